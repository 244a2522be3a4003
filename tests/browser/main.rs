//! Component tests in a headless browser: the app at an address, with scripted replies.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);

/// Pages that need no API: guide, service points, money triage.
mod guide;
/// A student's home page.
mod home;
/// Markup: drawn, drawn again, removed.
mod markup;
/// One order, and the list of orders.
mod order;
/// The receipt of a paid order, and the chart of six months.
mod receipt;
/// Replies used by several tests.
mod replies;
/// A transport whose replies the test controls.
mod scripted_transport;
/// Signing in where no code can be sent.
mod sign_in;
/// The mounted app.
mod test_app;
/// Amount, review, payment.
mod top_up;
/// What people type, in every field.
mod typed;
