//! WeChat Pay behind the gateway trait.
//!
//! An order's number there is the order's own id. WeChat Pay ties a number to its form and payer, so
//! a student who goes on elsewhere (begun at a desktop, paid inside WeChat) needs another one: the
//! first is closed there before the second is asked for, and both stay watched, also where nobody
//! tells of them. Should both be paid all the same, the first one known pays the order and the other
//! one's money goes back; where the first one's money went back meanwhile, the other one takes its place.

/// One payment of an order: asked about, closed, recorded.
mod attempts;
/// What failed calls mean.
mod faults;
/// The gateway as a port.
mod port;
/// Money on its way back.
mod refund;
/// Payments of an order that another payment had paid.
mod surplus;
/// The payments of orders that are decided.
mod watch;

pub use attempts::{Standing, WechatGateway};
pub use surplus::{SurplusOutcome, log_not_sent_back};
pub use watch::log_paid_twice;
