//! The time left.

use dika_markup::{Node, view};
use leptos::prelude::*;

use super::art::{Icon, IconArt};

/// The time left. Not a live region, which would announce each change; the page announces what matters
/// through a [`LiveRegion`](super::LiveRegion).
#[component]
pub fn Countdown(
    /// The formatted time left.
    #[prop(into)]
    text: Signal<String>,
) -> Node {
    view! {
        <span class="countdown num" role="timer" aria-live="off">
            <IconArt icon=Icon::Clock/>
            <span>{move || text.get()}</span>
        </span>
    }
}
