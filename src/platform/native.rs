//! Stand-ins for prerendering and native tests: they do nothing.

use std::future::Future;

use dika_contract::{Timestamp, Typed};

use super::storage_key::StorageKey;

/// The machine's clock.
pub fn now() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp::from_unix(now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX)))
}

/// Seconds since 1970 by the machine's clock.
pub fn server_now() -> Option<Timestamp> {
    Some(now())
}

/// The machine's clock is the server's.
pub fn hear_server_time(_: Option<i64>) {}

/// Nothing is hidden.
pub fn is_hidden_by_event() -> bool {
    false
}

/// Nothing is stored.
pub fn remove_drafts() {}

/// Reads typed text; the normal forms are a crate's.
pub fn typed(text: &str) -> Typed {
    Typed::new(text)
}

/// Nothing is typed.
pub fn inserted_text(_: &leptos::ev::Event) -> Option<String> {
    None
}

/// Nothing is stored.
pub fn load(_: &StorageKey) -> Option<String> {
    None
}

/// Nothing is stored.
pub fn store(_: &StorageKey, _: &str) {}

/// Nothing is stored.
pub fn remove(_: &StorageKey) {}

/// There is no page.
pub fn is_on_page(_: &str) -> bool {
    false
}

/// There is no page.
pub fn agrees<T>(_: impl FnOnce(leptos::tachys::renderer::types::Element) -> T) -> bool {
    false
}

/// Nothing was brought along.
pub fn recall_page() -> bool {
    false
}

/// Nothing was brought along.
pub fn forget_page() {}

/// Nothing was brought along.
pub fn seed(_: &str) -> Option<String> {
    None
}

/// No page is shown.
pub fn on_page_shown(_: impl Fn() + 'static) {}

/// No page is hidden.
pub fn on_page_hidden(_: impl Fn() + 'static) {}

/// Nothing is hidden.
pub fn is_hidden() -> bool {
    false
}

/// Does not wait.
pub async fn sleep(_: u32) {}

/// Nothing runs in the background.
pub fn spawn(_: impl Future<Output = ()> + 'static) {}

/// There is no script beside the app.
pub fn announce_failure() {}

/// There is no clipboard.
pub fn copy(_: &str) -> bool {
    false
}

/// There is no printer.
pub fn print() -> bool {
    false
}

/// There is no canvas.
pub fn picture_of(_: &[&str]) -> Option<String> {
    None
}

/// There is no share sheet.
pub fn share(_: &str) -> bool {
    false
}

/// There is no address bar.
pub fn path_and_query() -> String {
    String::new()
}

/// There is no address bar.
pub fn origin() -> String {
    String::new()
}

/// There is no address bar.
pub fn path() -> String {
    String::new()
}

/// Nothing is on its way.
pub const fn stop_loading() {}

/// There is no address bar.
pub fn open_url(_: &str) {}

/// There is no address bar.
pub fn replace_url(_: &str) {}

/// Nothing is encoded.
pub fn encode_uri_component(text: &str) -> String {
    text.to_owned()
}

/// There is no page to reload.
pub fn reload() {}

/// There is no window.
pub fn set_title(_: &str) {}

/// There is no focus.
pub fn focus_main() {}

/// There is nothing to scroll.
pub fn scroll_to_top() {}

/// There is no line to scroll.
pub fn scroll_line_to(_: &str) {}

/// There is no history.
pub fn make_links_replace(_: &str, _: bool) {}

/// Nothing has the focus.
pub fn has_focus() -> bool {
    false
}

/// There are no filters.
pub fn is_turned(_: &str) -> bool {
    false
}

/// There is no document.
pub fn has_html_attribute(_: &str) -> bool {
    false
}

/// There is no document.
pub fn set_html_attribute(_: &str, _: Option<&str>) {}

/// There are no cookies.
pub fn set_cookie(_: &str, _: &str) {}

/// There is no browser.
pub fn user_agent() -> String {
    String::new()
}

/// There is no screen.
pub fn takes_touches() -> bool {
    false
}

/// There are no cookies to refuse.
pub fn keeps_cookies() -> bool {
    true
}

/// Sixteen random bytes, good enough outside of a browser.
pub fn random_bytes() -> [u8; 16] {
    use std::hash::{BuildHasher, RandomState};
    let word = || RandomState::new().hash_one(()).to_le_bytes();
    let (mut bytes, halves) = ([0; 16], [word(), word()]);
    bytes.copy_from_slice(halves.as_flattened());
    bytes
}
