//! A disclosure.

use dika_markup::{Children, Node, view};
use leptos::prelude::*;

/// A native `<details>`: works before hydration and without scripts.
#[component]
pub fn Details(
    /// What is always visible.
    #[prop(into)]
    summary: String,
    /// What opens.
    children: Children,
) -> Node {
    view! {
        <details class="details">
            <summary>{summary}</summary>
            <div class="details-body prose">{children()}</div>
        </details>
    }
}
