use std::time::Duration;

use dika_core::card_system::CardSystemFault;
use tokio::time::{Instant, timeout_at};

/// How long a card system is waited for while a student waits: as long as a payment provider.
pub const CARD_PATIENCE: Duration = Duration::from_secs(3);

/// How long a payment provider is waited for while a student waits for the answer.
pub const PROVIDER_PATIENCE: Duration = Duration::from_secs(3);
/// How long where nobody waits: an order may have many payments to ask about, one after the other.
pub const UNHURRIED_PATIENCE: Duration = Duration::from_secs(15);

tokio::task_local! {
    /// Until when what this task does waits for card systems, where that is sooner.
    static UNTIL: Instant;
    /// How long what this task does waits for each answer of the payment provider.
    static PROVIDER: Duration;
    /// How long each of this task's calls waits, where no student waits for it.
    static PATIENCE: Duration;
}

/// Does something for which nobody waits: the payment provider may take its time.
pub async fn unhurried<T>(work: impl Future<Output = T>) -> T {
    PROVIDER.scope(UNHURRIED_PATIENCE, work).await
}

/// How long the payment provider is waited for here.
pub fn provider_patience() -> Duration {
    PROVIDER
        .try_with(|patience| *patience)
        .unwrap_or(PROVIDER_PATIENCE)
}

/// Does something that no student waits for: each call to a card system may take so long, where that is said.
pub async fn in_background<T>(patience: Option<Duration>, work: impl Future<Output = T>) -> T {
    PATIENCE
        .scope(patience.unwrap_or(CARD_PATIENCE), work)
        .await
}

/// Does something that waits for card systems until then at the latest.
pub async fn until<T>(until: Instant, work: impl Future<Output = T>) -> T {
    UNTIL.scope(until, work).await
}

/// Waits for a card system, not forever. What was asked may have happened; asking again is safe.
///
/// # Errors
/// What the call gives; [`CardSystemFault::Unavailable`] where the time is over.
pub async fn in_time<T>(
    call: impl Future<Output = Result<T, CardSystemFault>>,
) -> Result<T, CardSystemFault> {
    let patience = PATIENCE.try_with(|patience| *patience);
    let usual = Instant::now() + patience.unwrap_or(CARD_PATIENCE);
    let until = UNTIL.try_with(|until| usual.min(*until));
    timeout_at(until.unwrap_or(usual), call)
        .await
        .unwrap_or_else(|late| Err(CardSystemFault::Unavailable(late.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_card_system_is_waited_for_as_long_as_the_work_may_take() {
        let start = Instant::now();
        let limit = start + Duration::from_millis(40);
        let silent = until(limit, in_time::<()>(std::future::pending())).await;
        assert!(silent.is_err());
        assert!((limit..start + CARD_PATIENCE).contains(&Instant::now()));
        // Behind the students' backs it may take longer than they would wait.
        let mut called = Instant::now();
        let silent = async {
            called = Instant::now();
            in_time::<()>(std::future::pending()).await
        };
        let longer = CARD_PATIENCE + Duration::from_millis(50);
        assert!(in_background(Some(longer), silent).await.is_err());
        assert!(called.elapsed() >= longer);
        // One that answers at once is heard even then.
        let quick = until(limit, in_time(std::future::ready(Ok(7)))).await;
        assert!(matches!(quick, Ok(7)));
    }

    #[tokio::test]
    async fn a_provider_is_waited_for_longer_where_nobody_waits() {
        assert_eq!(provider_patience(), PROVIDER_PATIENCE);
        let there = unhurried(async { provider_patience() }).await;
        assert_eq!(there, UNHURRIED_PATIENCE);
        assert!(there > PROVIDER_PATIENCE);
    }
}
