//! Buttons, and links that look like buttons.

use dika_markup::{Node, view};
use leptos::{ev::MouseEvent, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};

use super::{
    art::{Icon, IconArt},
    text::OptionalText,
};

/// The weight of a button on its page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonVariant {
    /// The page's one main action.
    #[default]
    Primary,
    /// Any other action.
    Default,
    /// An action that removes something.
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

/// Focuses the pressed element. Safari does not, and a sheet that it opens could not return the focus.
pub(super) fn hold_focus(event: &MouseEvent) {
    let pressed = event
        .current_target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok());
    if let Some(pressed) = pressed {
        drop(pressed.focus());
    }
}

/// A button. While busy or disabled it keeps its focus, is marked `aria-disabled`, and presses do nothing:
/// they don't submit the form either.
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
    /// Whether it submits its form.
    #[prop(optional)]
    submit: bool,
    /// Whether its action is under way.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// The label while busy.
    #[prop(optional, into)]
    busy_label: OptionalText,
    /// Whether it can't be used now; explain why nearby.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// An icon before the label.
    #[prop(optional)]
    icon: Option<Icon>,
    /// As wide as its label; for use beside a field or in a notice.
    #[prop(optional)]
    small: bool,
    /// Called on a press, unless busy or disabled.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
) -> Node {
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

/// A link that looks like a button.
#[component]
pub fn ButtonLink(
    /// Where it goes.
    #[prop(into)]
    href: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// Its name for tests and scripts (`data-action`).
    #[prop(optional)]
    action: Option<&'static str>,
    /// Its weight.
    #[prop(optional)]
    variant: ButtonVariant,
    /// Whether it leaves the app, so that the router ignores it.
    #[prop(optional)]
    external: bool,
) -> Node {
    view! {
        <a class=variant.class() href=href data-action=action rel=external.then_some("external")>
            <span>{label}</span>
        </a>
    }
}
