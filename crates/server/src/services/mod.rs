//! What happens, in the words of the business. No HTTP.

/// Keeps orders and providers agreed: asks, settles, closes, refunds, also after a crash.
pub mod reconcile;
/// How long card systems are waited for.
pub mod time_limits;
