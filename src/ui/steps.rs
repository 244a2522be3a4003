//! Numbered instructions.

use leptos::prelude::*;

use super::text::mark_chinese;

/// A list of instructions.
#[component]
pub fn Steps(
    /// The [`Step`]s.
    children: Children,
) -> impl IntoView {
    view! { <ol class="steps" role="list">{children()}</ol> }
}

/// One instruction.
#[component]
pub fn Step(
    /// What to do.
    #[prop(into)]
    title: String,
    /// Details.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <li class="step">
            <p class="step-title">{mark_chinese(title)}</p>
            {children.map(|children| view! { <div class="step-body">{children()}</div> })}
        </li>
    }
}
