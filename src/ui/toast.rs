//! What is said for a moment, seen or only heard.

use leptos::prelude::*;

/// A short word over the page, seen and read aloud. Mounted once; empty while there is nothing to
/// say, because a region that arrives together with its words is not read.
#[component]
pub fn Toast(
    /// What it says now.
    #[prop(into)]
    text: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <div class="toast-layer" role="status">
            {move || text.get().map(|text| view! { <p class="toast">{text}</p> })}
        </div>
    }
}

/// A polite live region that is only heard. Mounted once.
#[component]
pub fn Live(
    /// What it says now.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! { <p class="sr-only" role="status" aria-live="polite">{move || text.get()}</p> }
}
