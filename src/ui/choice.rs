//! One of several.

use leptos::{html, prelude::*};

use super::{
    art::{Icon, IconArt},
    text::mark_chinese,
};
use crate::effect::effect;

/// How a [`Choice`] is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChoiceLayout {
    /// Side by side, as wide as their words: filters.
    #[default]
    Segments,
    /// Equal tiles: amounts.
    Grid,
    /// One below the other, with room for a note: questions and settings.
    List,
}

/// One of the things that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceOption {
    value: String,
    label: String,
    note: Option<String>,
    lang: Option<&'static str>,
}

impl ChoiceOption {
    /// An option: the value it stands for and its words.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            note: None,
            lang: None,
        }
    }

    /// The same with a second line.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// The same with words in this language, whatever the page's is.
    #[must_use]
    pub const fn lang(mut self, lang: &'static str) -> Self {
        self.lang = Some(lang);
        self
    }
}

/// A group of radio buttons. A choice made before the app was ready is taken over into `value`.
#[component]
pub fn Choice(
    /// The question.
    #[prop(into)]
    legend: String,
    /// Whether the question is for screen readers only.
    #[prop(optional)]
    legend_hidden: bool,
    /// The name of the inputs; the first one's id is `f-` and this.
    name: &'static str,
    /// What can be chosen.
    options: Vec<ChoiceOption>,
    /// What is chosen: an option's value, or empty.
    value: RwSignal<String>,
    /// The layout.
    #[prop(optional)]
    layout: ChoiceLayout,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let error_id = format!("f-{name}-error");
    let described = {
        let error_id = error_id.clone();
        move || error.get().map(|_| error_id.clone())
    };
    view! {
        <fieldset
            class=match layout {
                ChoiceLayout::Segments => "choice choice-segments",
                ChoiceLayout::Grid => "choice choice-grid",
                ChoiceLayout::List => "choice choice-list",
            }
            aria-describedby=described
        >
            <legend class=if legend_hidden { "sr-only" } else { "field-label" }>{mark_chinese(legend)}</legend>
            <div class="choice-options">
                {options
                    .into_iter()
                    .enumerate()
                    .map(|(place, option)| radio(name, place, option, value))
                    .collect_view()}
            </div>
            <div class="field-error" id=error_id aria-live="polite">
                {move || error.get().map(|text| view! { <p><IconArt icon=Icon::Warn/>{text}</p> })}
            </div>
        </fieldset>
    }
}

/// One radio button with its words. Signal and input are kept equal by an effect and not by
/// `prop:checked`, which would undo a choice made before the app was ready.
fn radio(
    name: &'static str,
    place: usize,
    option: ChoiceOption,
    value: RwSignal<String>,
) -> impl IntoView {
    let ChoiceOption {
        value: own,
        label,
        note,
        lang,
    } = option;
    let input = NodeRef::<html::Input>::new();
    let chosen_at_first = value.get_untracked() == own;
    {
        let own = own.clone();
        let mut seen = false;
        effect(move || {
            let Some(input) = input.get() else {
                seen = false;
                return;
            };
            let chosen = value.get() == own;
            if !seen {
                if input.checked() && !chosen {
                    value.set(own.clone());
                }
            } else if input.checked() != chosen {
                input.set_checked(chosen);
            }
            seen = true;
        });
    }
    let pick = own.clone();
    view! {
        <label class="opt">
            <input
                type="radio"
                id=(place == 0).then(|| format!("f-{name}"))
                class="opt-input"
                name=name
                value=own
                checked=chosen_at_first
                node_ref=input
                // The boot script tells of every button that differs from the page's first state, those
                // that are no longer chosen included.
                on:change=move |event| {
                    if event_target_checked(&event) {
                        value.set(pick.clone());
                    }
                }
            />
            <span class="opt-text">
                <span lang=lang>{label}</span>
                {note.map(|note| view! { <span class="opt-note">{note}</span> })}
            </span>
        </label>
    }
}
