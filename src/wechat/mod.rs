//! What is special inside WeChat.

/// WeChat's payment bridge.
mod bridge;
/// Where the app is shown, and so how a payment is started there.
mod place;
/// Being signed in by WeChat.
mod sign_in;

pub use bridge::{BridgeEnd, pay};
pub use place::{Place, knows_who};
pub use sign_in::{may_try, sign_in};
