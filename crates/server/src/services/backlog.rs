//! What waits, and for how long: for operators and load balancers.

use dika_store::Result;

use crate::services::context::Services;

/// How late the sweep may be, in seconds: longer means that it stands still or does not keep up.
pub const MOST_LAG_S: i64 = 120;

/// How late the sweep is with the order that it should look at first, in seconds.
///
/// # Errors
/// Any database failure.
pub async fn sweep_lag_s(services: &Services) -> Result<i64> {
    let first = services.store.first_look_at().await?;
    let now = services.clock.now();
    Ok(first.map_or(0, |due| now.since(due).max(0)))
}
