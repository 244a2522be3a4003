//! Time left, as text.

use leptos::prelude::*;

use super::art::{Icon, IconArt};

/// Time left. Not a live region: a clock that speaks every second nags; the page says through
/// [`super::LiveRegion`] what matters.
#[component]
pub fn Countdown(
    /// The time left, ready to read.
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
