//! Stand-ins for prerendering and native tests: there is no browser, so nothing happens.

use std::future::Future;

use dika_contract::Timestamp;

use super::Key;

/// Seconds since 1970 by the machine's clock.
pub fn now() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp::from_unix(now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX)))
}

/// Nothing is kept.
pub fn load(_: &Key) -> Option<String> {
    None
}

/// Nothing is kept.
pub fn store(_: &Key, _: &str) {}

/// Nothing is kept.
pub fn forget(_: &Key) {}

/// Nothing comes back.
pub fn on_return(_: impl Fn() + 'static) {}

/// Nothing is left.
pub fn on_leave(_: impl Fn() + 'static) {}

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

/// There is nobody to share with.
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

/// There is nowhere to go.
pub fn go(_: &str) {}

/// There is nowhere to go.
pub fn replace(_: &str) {}

/// Nothing is put into an address.
pub fn encoded(text: &str) -> String {
    text.to_owned()
}

/// There is nothing to load again.
pub fn reload() {}

/// There is no window.
pub fn set_title(_: &str) {}

/// There is no focus.
pub fn focus_main() {}

/// There is no history.
pub fn make_links_replace(_: &str, _: bool) {}

/// Nothing has the focus.
pub fn has_focus() -> bool {
    false
}

/// There is no document.
pub fn has_html_attribute(_: &str) -> bool {
    false
}

/// There is no document.
pub fn set_html_attribute(_: &str, _: Option<&str>) {}

/// There are no cookies.
pub fn set_language(_: &str) {}

/// There is no browser.
pub fn user_agent() -> String {
    String::new()
}

/// Random enough where there is no browser.
pub fn random_bytes() -> [u8; 16] {
    use std::hash::{BuildHasher, RandomState};
    let word = || RandomState::new().hash_one(()).to_le_bytes();
    let (mut bytes, halves) = ([0; 16], [word(), word()]);
    bytes.copy_from_slice(halves.as_flattened());
    bytes
}
