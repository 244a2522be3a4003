//! What is special inside WeChat.

/// WeChat's payment bridge.
mod bridge;
/// Where the app is shown, and so how a payment is started there.
mod browser_kind;
/// Being signed in by WeChat.
mod sign_in;

pub use bridge::{BridgeResult, pay};
pub use browser_kind::{BrowserKind, is_wechat_browser};
pub use sign_in::{may_try, sign_in};
