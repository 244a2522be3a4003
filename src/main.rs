//! Starts the app in the browser.

/// A third of the default allocator's bytes, and as quick for an app's small pieces.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

#[cfg(target_arch = "wasm32")]
fn main() {
    use std::sync::Arc;

    use dika::{api, app::App, platform, text::Locale};
    use leptos::prelude::*;

    platform::report_panics();
    let locale = Locale::from_tag(&platform::html_lang());
    let app = move || view! { <App locale transport=Arc::new(api::HttpTransport::for_page())/> };
    platform::spawn(async move {
        // The prerendered page can only be taken over by the page's own code.
        if dika::app::fetch_first_page().await.is_err() {
            platform::announce_failure();
            return;
        }
        #[cfg(feature = "hydrate")]
        leptos::mount::hydrate_body(app);
        #[cfg(not(feature = "hydrate"))]
        leptos::mount::mount_to_body(app);
        platform::announce_ready();
    });
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("Dika runs in a browser. Start it with: cargo xtask serve");
    std::process::exit(1);
}
