//! Signing in by WeChat is the server's: the page leaves for it, and comes back signed in.

use crate::{platform, platform::StorageKey};

/// Where the server begins.
const AUTHORIZE: &str = "/wechat/authorize?return_to=";
/// A try that led back without a session within this time is not repeated by itself.
const TRIED_S: i64 = 60;

/// Leaves for WeChat, which comes back to this path of the app. The page left behind is no place in
/// the history: going back does not lead into the try again.
pub fn sign_in(path: &str) {
    platform::replace_url(&[AUTHORIZE, &platform::encode_uri_component(path)].concat());
}

/// Whether this page may try by itself: not where it has just tried, and not where that could not be
/// remembered, or a browser that keeps nothing would go in a circle.
pub fn may_try() -> bool {
    let now = platform::now();
    let tried = platform::load(&StorageKey::WechatTry).and_then(|at| at.parse().ok());
    if tried.is_some_and(|at: i64| now.unix() < at.saturating_add(TRIED_S)) {
        return false;
    }
    platform::store(&StorageKey::WechatTry, &now.unix().to_string());
    platform::load(&StorageKey::WechatTry).is_some()
}
