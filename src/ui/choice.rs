//! Radio buttons.

use dika_markup::{Node, view};
use leptos::{html, prelude::*};

use super::text::mark_chinese;
use crate::effect::effect;

/// The layout of a [`Choice`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChoiceLayout {
    /// Side by side, as wide as their labels; for filters.
    #[default]
    Segments,
    /// Tiles of equal size; for amounts.
    Grid,
    /// One below the other, with notes; for questions and settings.
    List,
}

/// An option of a [`Choice`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceOption {
    value: String,
    label: String,
    note: Option<String>,
    lang: Option<&'static str>,
}

impl ChoiceOption {
    /// An option with a value and a label.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            note: None,
            lang: None,
        }
    }

    /// Adds a second line.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Sets the language of its label.
    #[must_use]
    pub const fn lang(mut self, lang: &'static str) -> Self {
        self.lang = Some(lang);
        self
    }
}

/// A group of radio buttons. A choice made before hydration is taken over into `value`.
#[component]
pub fn Choice(
    /// The question.
    #[prop(into)]
    legend: String,
    /// The name of the inputs; the first one's id is `f-` and this.
    name: &'static str,
    /// The options.
    options: Vec<ChoiceOption>,
    /// The value of the chosen option, or empty.
    value: RwSignal<String>,
    /// The layout.
    #[prop(optional)]
    layout: ChoiceLayout,
) -> Node {
    view! {
        <fieldset
            class=match layout {
                ChoiceLayout::Segments => "choice choice-segments",
                ChoiceLayout::Grid => "choice choice-grid",
                ChoiceLayout::List => "choice choice-list",
            }
        >
            <legend class="field-label">{mark_chinese(legend)}</legend>
            <div class="choice-options">
                {options
                    .into_iter()
                    .enumerate()
                    .map(|(place, option)| radio(name, place, option, value))
                    .collect::<Node>()}
            </div>
        </fieldset>
    }
}

/// A radio button with its label. An effect keeps signal and input in sync: `prop:checked` would undo a
/// choice made before hydration.
fn radio(name: &'static str, place: usize, option: ChoiceOption, value: RwSignal<String>) -> Node {
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
                // `public/boot.js` dispatches this event for each button that differs from the
                // prerendered state, also for those that are no longer checked.
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
