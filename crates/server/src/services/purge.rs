//! Deletes what nobody needs any more: ended sessions, used codes, old counts, unanswered bindings.

use std::time::Duration;

use dika_store::purge::Retention;
use tokio::time::{MissedTickBehavior, interval};

use crate::services::context::Services;

const PURGE_EVERY: Duration = Duration::from_secs(600);

/// Purges again and again, forever. Start it once.
pub async fn run(services: Services, keep: Retention) {
    let mut beat = interval(PURGE_EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        match services.store.purge(services.clock.now(), keep).await {
            Ok(rows) => tracing::debug!(rows, "purged"),
            Err(fault) => tracing::error!(?fault, "the purge failed; it will be tried again"),
        }
    }
}
