//! A question that opens to its answer.

use leptos::prelude::*;

/// A native disclosure: works before the app is ready, and without it.
#[component]
pub fn Details(
    /// The question.
    #[prop(into)]
    summary: String,
    /// The answer.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="details">
            <summary>{summary}</summary>
            <div class="details-body prose">{children()}</div>
        </details>
    }
}
