//! A text for screen readers only.

use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::platform;

/// A polite live region, not visible.
#[component]
pub fn LiveRegion(
    /// The text; each change is announced.
    #[prop(into)]
    text: Signal<String>,
) -> Node {
    view! { <p class="sr-only" role="status" aria-live="polite">{move || text.get()}</p> }
}

/// Announces through the app's [`LiveRegion`], which exists before the text: screen readers don't
/// announce a region that arrives together with its text. Without one in the context, views are silent.
#[derive(Clone, Copy, Debug)]
pub struct Announcer {
    wanted: RwSignal<String>,
    announced: RwSignal<String>,
}

impl Announcer {
    /// An announcer for the region that shows `announced`.
    pub fn new(announced: RwSignal<String>) -> Self {
        Self {
            wanted: RwSignal::new(String::new()),
            announced,
        }
    }

    /// Announces a text after a short delay, unless another one replaces it by then. A page that loads
    /// at once is not announced as loading.
    pub fn announce(self, text: &str) {
        const DELAY_MS: u32 = 400;
        let Self { wanted, announced } = self;
        wanted.try_set(text.to_owned());
        platform::spawn(async move {
            platform::sleep(DELAY_MS).await;
            if let Some(text) = wanted.try_get_untracked() {
                announced.try_set(text);
            }
        });
    }
}
