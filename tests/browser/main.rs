//! Component tests in a headless browser: the app with scripted replies, mounted at an address.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);

/// The guide, service points and triage, which need no API.
mod guide;
/// One order, and the list of them.
mod order;
/// A paid order as a receipt; six months of them.
mod receipt;
/// Replies that many tests need.
mod replies;
/// Replies that the test holds and releases.
mod scripted_transport;
/// The app with hands and eyes on it.
mod test_app;
/// Amount, review, paying.
mod top_up;
