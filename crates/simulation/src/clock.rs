use std::time::Duration;

use dika_contract::Timestamp;
use dika_core::clock::Clock;
use tokio::time::{Instant, sleep};

/// Virtual time: it stands still while anybody has something to do, and then goes on to the next thing.
#[derive(Clone, Copy, Debug)]
pub struct VirtualClock {
    began: Instant,
    at_unix_s: u64,
}

impl VirtualClock {
    /// A clock that shows so many seconds since 1970 now. Inside a paused runtime only.
    pub fn starting_at(at_unix_s: u64) -> Self {
        Self {
            began: Instant::now(),
            at_unix_s,
        }
    }
}

impl Clock for VirtualClock {
    fn now_micros(&self) -> u64 {
        let since = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.at_unix_s * 1_000_000 + since
    }
}

/// Lets so many milliseconds go by.
pub(crate) async fn pass_ms(ms: i64) {
    sleep(Duration::from_millis(u64::try_from(ms).unwrap_or(0))).await;
}

/// Lets time go by until then.
pub(crate) async fn pass_until(clock: VirtualClock, then: Timestamp) {
    pass_ms(then.since(clock.now()).max(0) * 1_000).await;
}
