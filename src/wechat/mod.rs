//! What is special inside WeChat.

/// WeChat's payment bridge.
mod bridge;
/// The kind of browser, and how a payment starts there.
mod browser_kind;
/// Sign-in by WeChat.
mod sign_in;

pub use bridge::{BridgeResult, pay};
pub use browser_kind::{BrowserKind, is_wechat_browser};
pub use sign_in::{may_try, sign_in};
