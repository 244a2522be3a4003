//! Starts the app in the browser.

#[cfg(target_arch = "wasm32")]
fn main() {
    use dika::platform;

    platform::report_panics();
    platform::spawn(async move {
        // Hydration needs the page's code.
        if dika::app::fetch_first_page().await.is_err() {
            platform::announce_failure();
            return;
        }
        let is_prerendered = platform::take_over(false);
        // A page that came whole, and is drawn anew after all.
        if !is_prerendered && dika::app::fetch_first_page().await.is_err() {
            platform::announce_failure();
            return;
        }
        page::draw(is_prerendered);
        platform::on_lost_nodes(|| {
            platform::spawn(async {
                // Where the code of the page at this address does not come, the one that is drawn stays.
                if dika::app::fetch_first_page().await.is_ok() {
                    page::draw(platform::take_over(true));
                }
            });
        });
    });
}

/// The page that is drawn: taken over or from nothing, and once more where its nodes were lost.
#[cfg(target_arch = "wasm32")]
mod page {
    use std::{any::Any, cell::RefCell, sync::Arc};

    use dika::{api, app::App, platform};
    use dika_contract::Language;
    use leptos::{mount, prelude::*, tachys::dom::body};

    thread_local! {
        /// Ends with the page: its effects and listeners stop when this is dropped.
        static DRAWN: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
    }

    /// Draws the app, in place of what was drawn before.
    pub(super) fn draw(is_prerendered: bool) {
        let _ = is_prerendered;
        drop(DRAWN.take());
        let language = Language::from_tag(&platform::html_lang()).unwrap_or_default();
        let app =
            move || view! { <App language transport=Arc::new(api::HttpTransport::for_page())/> };
        // Hydration leaves words and attributes as they came. Where the page shows a student's data, it is drawn aside
        // first and compared: what differs is never left standing.
        #[cfg(feature = "hydrate")]
        let is_prerendered = is_prerendered
            && (platform::seed(api::SEED_TIME).is_none()
                || agrees(app)
                || platform::take_over(true));
        #[cfg(feature = "hydrate")]
        if is_prerendered {
            let drawn = mount::hydrate_from(body(), app);
            DRAWN.set(Some(Box::new(drawn)));
            return platform::announce_ready();
        }
        let drawn = mount::mount_to(body(), app);
        DRAWN.set(Some(Box::new(drawn)));
        platform::give_back();
        platform::announce_ready();
    }

    /// Whether the page that came is what `app` draws.
    #[cfg(feature = "hydrate")]
    fn agrees<N: IntoView + 'static>(app: impl FnOnce() -> N + 'static) -> bool {
        let owner = Owner::new();
        let agrees = platform::agrees(|aside| owner.with(|| mount::mount_to(aside, app)));
        // Its effects never run, and its listeners are gone: dropping alone would wait for tasks that hold it.
        owner.cleanup();
        agrees
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("Dika runs in a browser. Start it with: cargo xtask serve");
    std::process::exit(1);
}
