//! Numbered instructions.

use dika_markup::{Children, Node, view};
use leptos::prelude::*;

use super::text::mark_chinese;

/// A list of instructions.
#[component]
pub fn Steps(
    /// The [`Step`]s.
    children: Children,
) -> Node {
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
) -> Node {
    view! {
        <li class="step">
            <p class="step-title">{mark_chinese(title)}</p>
            {children.map(|children| view! { <div class="step-body">{children()}</div> })}
        </li>
    }
}
