//! What is said for a moment, seen or only heard.

use leptos::prelude::*;

use crate::platform;

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

/// Says through a [`Live`] region that was there before: a region that arrives together with its words is
/// not read aloud. Provided by the app; parts without one are silent.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    wanted: RwSignal<String>,
    said: RwSignal<String>,
}

impl Voice {
    /// The voice of a region that says this.
    pub fn of(said: RwSignal<String>) -> Self {
        Self {
            wanted: RwSignal::new(String::new()),
            said,
        }
    }

    /// Says it in a moment, unless there is something else to say by then: an answer that comes at once
    /// is the page itself.
    pub fn say(self, words: &str) {
        const IN_A_MOMENT_MS: u32 = 400;
        let Self { wanted, said } = self;
        wanted.try_set(words.to_owned());
        platform::spawn(async move {
            platform::sleep(IN_A_MOMENT_MS).await;
            if let Some(words) = wanted.try_get_untracked() {
                said.try_set(words);
            }
        });
    }
}
