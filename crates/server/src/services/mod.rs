//! What happens, in the words of the business. No HTTP.

/// What waits, and for how long.
pub mod backlog;
/// Binding cards: password, masked identity, the student's answer.
pub mod bind;
/// What a card system tells by itself, and taps at its machines.
pub mod card_news;
/// Bound cards and what is on them.
pub mod cards;
/// Cancelling, continuing, confirming a late claim.
pub mod change_order;
/// What services work with.
mod context;
/// A day's orders against WeChat's bill and the card systems' statements.
pub mod day_check;
/// Issuers, wallets, limits, hours.
pub mod directory;
/// Why something is refused.
pub mod error;
/// A student's look at an order.
pub mod look;
/// One look at an order at a time.
pub mod looks;
/// Sends the messages that wait in the outbox.
pub mod notify;
/// Placing an order.
pub mod place_order;
/// Deletes what nobody needs any more.
pub mod purge;
/// Keeps orders and providers agreed: asks, settles, closes, refunds, also after a crash.
pub mod reconcile;
/// Reminders of money that waits: a message that the student allows, the end of the time to collect.
pub mod remind;
/// Orders as their student sees them.
pub mod show_orders;
/// SMS codes and sessions.
pub mod sign_in;
/// Starting a payment at the provider.
pub mod start_payment;
/// How long card systems are waited for.
pub mod time_limits;
/// Who a proven WeChat user is here, and when two accounts are one person's.
pub mod wechat_accounts;
/// What WeChat Pay tells by itself.
pub mod wechat_notice;
/// Sign-in by WeChat.
pub mod wechat_sign_in;

pub use context::Services;
