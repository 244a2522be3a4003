//! The mark of a sandbox.

use dika_markup::{Node, view};
use leptos::prelude::*;

/// A bar on top of each page that says that no real money moves.
#[component]
pub fn SandboxMark(
    /// Its text.
    #[prop(into)]
    text: String,
) -> Node {
    view! { <header class="sandbox-mark">{text}</header> }
}
