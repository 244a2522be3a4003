//! A short message over the page.

use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::platform;

/// Shows messages for a few seconds, from any page. In the context.
#[derive(Clone, Copy, Debug)]
pub struct Toaster(RwSignal<Option<String>>);

impl Toaster {
    /// A toaster that writes to `text`, which a [`Toast`] shows.
    pub const fn new(text: RwSignal<Option<String>>) -> Self {
        Self(text)
    }

    /// The app's toaster.
    ///
    /// # Panics
    /// Outside of [`crate::app::App`].
    pub fn from_context() -> Self {
        use_context().expect("the toaster is provided by App")
    }

    /// Shows a message, which is also read aloud.
    pub fn show(self, text: impl Into<String>) {
        const DURATION_MS: u32 = 2_500;
        let text = text.into();
        self.0.try_set(Some(text.clone()));
        platform::spawn(async move {
            platform::sleep(DURATION_MS).await;
            // A newer message has its own timer.
            self.0.try_update(|shown| {
                if shown.as_ref() == Some(&text) {
                    *shown = None;
                }
            });
        });
    }

    /// Removes the message, if there is one.
    pub fn clear(self) {
        self.0.set(None);
    }
}

/// The place of the message: a status region. Mounted once and empty at first, because screen readers
/// don't announce a region that arrives together with its text.
#[component]
pub fn Toast(
    /// The message.
    #[prop(into)]
    text: Signal<Option<String>>,
) -> Node {
    view! {
        <div class="toast-layer" role="status">
            {move || text.get().map(|text| view! { <p class="toast">{text}</p> })}
        </div>
    }
}
