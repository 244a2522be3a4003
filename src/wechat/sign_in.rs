//! Sign-in by WeChat. The server does it: the page leaves for it and comes back signed in.

use dika_contract::endpoint;

use crate::{platform, platform::StorageKey};

/// Seconds in which the page does not start another automatic sign-in.
const RETRY_AFTER_S: i64 = 60;

/// Leaves for WeChat, which returns to this path of the app. Replaces the page in the history, so that the
/// back button does not start it again.
pub fn sign_in(path: &str) {
    let path = platform::encode_uri_component(path);
    platform::replace_url(&[endpoint::WECHAT_AUTHORIZE, "?return_to=", &path].concat());
}

/// Whether the page may start it automatically: not if it just did, and not if storage fails, which would
/// cause a redirect loop. Notes the time.
pub fn may_try() -> bool {
    let now = platform::now();
    let tried = platform::load(&StorageKey::WechatTry).and_then(|at| at.parse().ok());
    if tried.is_some_and(|at: i64| now.unix() < at.saturating_add(RETRY_AFTER_S)) {
        return false;
    }
    platform::store(&StorageKey::WechatTry, &now.unix().to_string());
    platform::load(&StorageKey::WechatTry).is_some()
}
