use std::time::Duration;

use dika_core::card_system::CardSystemFault;
use tokio::time::timeout;

/// How long a card system is waited for: as long as a payment provider.
pub const CARD_PATIENCE: Duration = Duration::from_secs(3);

/// Waits for a card system, not forever. What was asked may have happened; asking again is safe.
///
/// # Errors
/// What the call gives; [`CardSystemFault::Unavailable`] where the time is over.
pub async fn in_time<T>(
    call: impl Future<Output = Result<T, CardSystemFault>>,
) -> Result<T, CardSystemFault> {
    timeout(CARD_PATIENCE, call)
        .await
        .unwrap_or_else(|late| Err(CardSystemFault::Unavailable(late.into())))
}
