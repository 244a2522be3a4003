//! The time left.

use leptos::prelude::*;

use super::art::{Icon, IconArt};

/// The time left. Not a live region, which would announce each change; the page announces what matters
/// through a [`LiveRegion`](super::LiveRegion).
#[component]
pub fn Countdown(
    /// The formatted time left.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! {
        <span class="countdown num" role="timer" aria-live="off">
            <IconArt icon=Icon::Clock/>
            <span>{move || text.get()}</span>
        </span>
    }
}
