//! The stack of buttons that ends a page.

use leptos::prelude::*;

/// Puts a page's buttons at its end: at the bottom of the screen when the page is short, after the
/// content when it is long. In normal flow, so that a keyboard never covers it.
#[component]
pub fn Actions(
    /// The buttons, main one first.
    children: Children,
) -> impl IntoView {
    view! { <div class="actions">{children()}</div> }
}
