//! Buttons, and links that look like buttons.

use leptos::{ev::MouseEvent, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};

use super::{
    art::{Icon, IconArt},
    text::OptionalText,
};

/// What weight a button has on its page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonVariant {
    /// The page's one main action.
    #[default]
    Primary,
    /// Any other action.
    Default,
    /// Takes something away.
    Danger,
    /// An action that should not draw the eye.
    Link,
}

impl ButtonVariant {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "btn btn-primary",
            Self::Default => "btn",
            Self::Danger => "btn btn-danger",
            Self::Link => "btn btn-link",
        }
    }
}

/// Gives what was pressed the focus: Safari does not, and then a sheet that it opens could not give it
/// back.
pub(super) fn hold_focus(event: &MouseEvent) {
    let pressed = event
        .current_target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok());
    if let Some(pressed) = pressed {
        drop(pressed.focus());
    }
}

/// A button. While busy or disabled it keeps its focus and says so (`aria-disabled`), and presses
/// do nothing, not even submit the form around it.
#[component]
pub fn Button(
    /// What it does.
    #[prop(into)]
    label: Signal<String>,
    /// Its name for tests and scripts (`data-action`).
    #[prop(optional)]
    action: Option<&'static str>,
    /// Its weight.
    #[prop(optional)]
    variant: ButtonVariant,
    /// Whether it sends the form around it.
    #[prop(optional)]
    submit: bool,
    /// Whether what it started is still running.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// The label while busy.
    #[prop(optional, into)]
    busy_label: OptionalText,
    /// Whether it can't be used now; say why nearby.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// A picture before the label.
    #[prop(optional)]
    icon: Option<Icon>,
    /// As wide as its label, beside a field or in a notice.
    #[prop(optional)]
    small: bool,
    /// Called on a press that counts.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
) -> impl IntoView {
    let OptionalText(busy_label) = busy_label;
    let idle = move || !busy.get() && !disabled.get();
    let press = move |event: MouseEvent| {
        hold_focus(&event);
        if busy.get_untracked() || disabled.get_untracked() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    let words = move || match &busy_label {
        Some(words) if busy.get() => words.clone(),
        _ => label.get(),
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=variant.class()
            class:btn-small=small
            data-action=action
            aria-busy=move || busy.get().then_some("true")
            aria-disabled=move || (!idle()).then_some("true")
            on:click=press
        >
            {icon.map(|icon| view! { <IconArt icon/> })}
            <span>{words}</span>
        </button>
    }
}

/// A link that looks like a button: it goes somewhere and changes nothing.
#[component]
pub fn ButtonLink(
    /// Where it goes.
    #[prop(into)]
    href: String,
    /// What is there.
    #[prop(into)]
    label: String,
    /// Its name for tests and scripts (`data-action`).
    #[prop(optional)]
    action: Option<&'static str>,
    /// Its weight.
    #[prop(optional)]
    variant: ButtonVariant,
    /// A picture before the label.
    #[prop(optional)]
    icon: Option<Icon>,
    /// Whether it leaves the app: the router keeps out of it.
    #[prop(optional)]
    external: bool,
) -> impl IntoView {
    view! {
        <a class=variant.class() href=href data-action=action rel=external.then_some("external noopener")>
            {icon.map(|icon| view! { <IconArt icon/> })}
            <span>{label}</span>
        </a>
    }
}
