//! The buttons at the end of a page.

use dika_markup::{Children, Node, view};
use leptos::prelude::*;

/// The buttons at the end of a page: at the bottom of the screen if the page is short, after the content if
/// it is long. In normal flow, so that the keyboard does not cover them.
#[component]
pub fn Actions(
    /// The buttons, main one first.
    children: Children,
) -> Node {
    view! { <div class="actions">{children()}</div> }
}
