use std::time::Duration;

use dika_contract::Timestamp;
use dika_store::Store;
use dika_store::retention::Forget;

use crate::services::context::Services;

/// How often a running server forgets.
const EVERY: Duration = Duration::from_secs(24 * 3_600);
/// What ended is kept so long still, for a look at what happened yesterday.
const ENDED_DAYS: i64 = 2;
const DAY_S: i64 = 86_400;

/// How long what need not be kept is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Bindings that were not confirmed.
    pub bindings_days: i64,
    /// Browsers that nobody signed in from.
    pub browsers_days: i64,
}

/// Forgets what need not be kept, and says how much of what.
///
/// # Errors
/// Any database failure; nothing was forgotten then.
pub async fn forget(
    store: &Store,
    rules: Retention,
    now: Timestamp,
) -> dika_store::Result<Vec<(&'static str, u64)>> {
    let before = |days: i64| now.plus(-days * DAY_S);
    store
        .forget(Forget {
            ended: before(ENDED_DAYS),
            bindings: before(rules.bindings_days),
            devices: before(rules.browsers_days),
        })
        .await
}

/// Forgets every day, forever. Start it once.
pub async fn run(services: Services, rules: Retention) {
    loop {
        match forget(&services.store, rules, services.clock.now()).await {
            Ok(forgotten) => {
                let rows: u64 = forgotten.iter().map(|(_, count)| count).sum();
                tracing::info!(rows, "what need not be kept was forgotten");
            }
            Err(fault) => {
                tracing::error!(?fault, "nothing could be forgotten; it will be tried again")
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}
