//! Says on every page that no real money moves.

use leptos::prelude::*;

/// A bar on top of every page of a sandbox.
#[component]
pub fn SandboxMark(
    /// What it says.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <header class="sandbox-mark">{text}</header> }
}
