//! The mark of a sandbox.

use leptos::prelude::*;

/// A bar on top of each page that says that no real money moves.
#[component]
pub fn SandboxMark(
    /// Its text.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <header class="sandbox-mark">{text}</header> }
}
