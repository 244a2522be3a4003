//! A text field.

use dika_markup::{Children, Node, view};
use leptos::{ev::Event, html, prelude::*};

use super::{
    art::{Icon, IconArt},
    button::{Button, ButtonVariant},
    text::OptionalText,
};
use crate::{effect::effect, platform};

/// The kind of a [`Field`]: decides keyboard, autofill and font.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text.
    #[default]
    Text,
    /// A mobile number.
    Phone,
    /// A one-time code from an SMS.
    Code,
    /// A password.
    Password,
    /// An amount in yuan.
    Money,
    /// An account or card number.
    Digits,
    /// The end of a national ID: digits, perhaps a final letter. Without autofill.
    IdTail,
    /// Words to search for.
    Search,
}

impl FieldKind {
    const fn input_type(self) -> &'static str {
        match self {
            Self::Phone => "tel",
            Self::Password => "password",
            Self::Search => "search",
            _ => "text",
        }
    }

    const fn inputmode(self) -> Option<&'static str> {
        match self {
            Self::Code | Self::Digits => Some("numeric"),
            Self::Money => Some("decimal"),
            Self::Phone => Some("tel"),
            Self::Search => Some("search"),
            Self::Text | Self::Password | Self::IdTail => None,
        }
    }

    const fn autocomplete(self) -> &'static str {
        match self {
            Self::Phone => "tel-national",
            Self::Code => "one-time-code",
            Self::Password => "current-password",
            _ => "off",
        }
    }
}

/// What a [`Field`] holds. Password managers and some phones fill a field without an event: a form reads
/// [`FieldValue::read`] when it is sent, and not the text alone.
#[derive(Clone, Copy)]
pub struct FieldValue {
    text: RwSignal<String>,
    input: NodeRef<html::Input>,
    is_suggestion: RwSignal<bool>,
}

impl FieldValue {
    /// Nothing typed.
    pub fn new() -> Self {
        RwSignal::new(String::new()).into()
    }

    /// The text as far as events told of it.
    pub const fn text(self) -> RwSignal<String> {
        self.text
    }

    /// The text that stands in the field now.
    pub fn read(self) -> String {
        if let Some(input) = self.input.get_untracked() {
            let typed = input.value();
            if self.text.with_untracked(|text| *text != typed) {
                self.text.set(typed);
            }
        }
        self.text.get_untracked()
    }

    /// Takes over what stands in the field when the browser says that it changed. Chromium also says so while
    /// it takes a field out of the page, whose signals are disposed by then.
    fn changed(self) {
        if self.text.try_get_untracked().is_some() {
            self.read();
        }
    }

    /// Fills in a text that was not typed here: what is typed next replaces it.
    pub fn suggest(self, text: String) {
        self.text.set(text);
        self.is_suggestion.set(true);
    }

    /// Takes over what was typed.
    fn typed(self, event: &Event) {
        let replaced = self.is_suggestion.get_untracked();
        self.is_suggestion.set(false);
        let inserted = platform::inserted_text(event).filter(|_| replaced);
        let text = inserted.unwrap_or_else(|| event_target_value(event));
        self.text.set(text);
    }
}

impl Default for FieldValue {
    fn default() -> Self {
        Self::new()
    }
}

impl From<RwSignal<String>> for FieldValue {
    fn from(text: RwSignal<String>) -> Self {
        Self {
            text,
            input: NodeRef::new(),
            is_suggestion: RwSignal::new(false),
        }
    }
}

/// A labelled input with help and error. Its id is `f-{name}`. Text typed before hydration is taken over
/// into `value`.
#[component]
pub fn Field(
    /// Its label.
    #[prop(into)]
    label: String,
    /// The input's name.
    name: &'static str,
    /// The text.
    #[prop(into)]
    value: FieldValue,
    /// The kind of text.
    #[prop(optional)]
    kind: FieldKind,
    /// How to find or write it; shown below.
    #[prop(optional, into)]
    help: OptionalText,
    /// What is wrong, and how to correct it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// A sign before the input.
    #[prop(optional, into)]
    prefix: OptionalText,
    /// The autofill token, if not the kind's.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// For a password: the labels of the button that shows and hides it.
    #[prop(optional)]
    reveal: Option<(String, String)>,
    /// A small button beside the input.
    #[prop(optional)]
    children: Option<Children>,
) -> Node {
    let OptionalText(help) = help;
    let OptionalText(prefix) = prefix;
    let id = format!("f-{name}");
    let help_id = format!("{id}-help");
    let error_id = format!("{id}-error");
    let described = {
        let help_id = help.is_some().then(|| help_id.clone());
        let error_id = error_id.clone();
        move || match (&help_id, error.with(Option::is_some)) {
            (Some(help), true) => Some(format!("{error_id} {help}")),
            (Some(help), false) => Some(help.clone()),
            (None, true) => Some(error_id.clone()),
            (None, false) => None,
        }
    };
    let FieldValue { text, input, .. } = value;
    // Not `prop:value`, which would clear text typed before hydration.
    let mut seen = false;
    effect(move || {
        let Some(input) = input.get() else {
            seen = false;
            return;
        };
        let wanted = text.get();
        let typed = input.value();
        if !seen && wanted.is_empty() && !typed.is_empty() {
            text.set(typed);
        } else if typed != wanted {
            input.set_value(&wanted);
        }
        seen = true;
    });
    let shown = RwSignal::new(false);
    let reveal = reveal.map(|(show, hide)| {
        let words = Signal::derive(move || {
            if shown.get() {
                hide.clone()
            } else {
                show.clone()
            }
        });
        let turn = move |()| shown.update(|shown| *shown = !*shown);
        view! { <Button label=words variant=ButtonVariant::Link small=true on_press=turn/> }
    });
    view! {
        <div class=if kind == FieldKind::Money { "field field-money" } else { "field" }>
            <label class="field-label" for=id.clone()>{label}</label>
            <div class="field-line">
                <div class="field-box" class:field-bad=move || error.with(Option::is_some)>
                    {(kind == FieldKind::Search).then(|| view! { <IconArt icon=Icon::Search/> })}
                    {prefix.map(|prefix| view! { <span class="field-prefix" aria-hidden="true">{prefix}</span> })}
                    <input
                        class="field-input"
                        id=id
                        name=name
                        type=move || if shown.get() { "text" } else { kind.input_type() }
                        inputmode=kind.inputmode()
                        autocomplete=autocomplete.unwrap_or(kind.autocomplete())
                        autocapitalize="off"
                        spellcheck="false"
                        aria-describedby=described
                        aria-invalid=move || error.with(Option::is_some).then_some("true")
                        node_ref=input
                        on:input=move |event| value.typed(&event)
                        on:change=move |_| value.changed()
                        on:focus=move |_| {
                            if let Some(input) = input.get_untracked().filter(|_| value.is_suggestion.get_untracked()) {
                                input.select();
                            }
                        }
                    />
                    {reveal}
                </div>
                {children.map(|children| children())}
            </div>
            {help.map(|help| view! { <p class="field-help" id=help_id>{help}</p> })}
            <div class="field-error" id=error_id aria-live="polite">
                {move || error.get().map(|text| view! { <p><IconArt icon=Icon::Warn/>{text}</p> })}
            </div>
        </div>
    }
}
