//! The browser: page lifecycle, storage, clipboard, clock, address bar. Only this module, the HTTP
//! transport and WeChat's bridge call the browser. Natively, where pages are prerendered, each function
//! has a stand-in that does nothing. Rendering calls none of them.

use dika_contract::Timestamp;

/// What a computed `filter` does to the page's colours.
#[cfg(any(target_arch = "wasm32", test))]
mod filter;
/// Whether somebody looks at the page.
#[cfg(any(target_arch = "wasm32", test))]
mod presence;
/// The server's time, counted on from its replies.
#[cfg(any(target_arch = "wasm32", test))]
mod server_clock;

/// The functions in a browser.
#[cfg(target_arch = "wasm32")]
mod browser;
/// The stand-ins outside of a browser.
#[cfg(not(target_arch = "wasm32"))]
mod native;
/// The keys of stored values.
mod storage_key;

#[cfg(target_arch = "wasm32")]
pub use browser::*;
#[cfg(not(target_arch = "wasm32"))]
pub use native::*;
pub use storage_key::StorageKey;

/// The attribute of `<html>` that says that a student is signed in on this device, or was last time.
/// `public/boot.js` sets it ahead of what it changes; it is removed at sign-out.
pub const KNOWN_STUDENT: &str = "data-known";

/// The attribute of `<html>` that says that the page came with a student's data.
pub const CAME_WITH_DATA: &str = "data-seeded";

/// Seconds until a moment by the server's clock, at least 0; `None` before the server's first reply.
pub fn seconds_until(then: Timestamp) -> Option<i64> {
    Some(then.since(server_now()?).max(0))
}

/// Lets the browser run what is queued: effects of views that were just drawn, above all.
pub async fn next_task() {
    sleep(0).await;
}

/// Waits until the address bar shows an expected address, for at most a second. The router changes it
/// only after the page is shown, and a redirect before that would lead back to the previous page.
pub async fn wait_for_address(is_shown: impl Fn() -> bool) {
    const INTERVAL_MS: u32 = 20;
    const TRIES: u32 = 50;
    for _ in 0..TRIES {
        if is_shown() {
            break;
        }
        sleep(INTERVAL_MS).await;
    }
}
