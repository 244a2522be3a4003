use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use dika_contract::Timestamp;

/// The clock that every decision goes by: the system's, plus what the sandbox has moved it.
///
/// Clones share the offset. The offset survives restarts through
/// [`Store::clock_offset`](crate::store::Store::clock_offset); the clock itself keeps nothing.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_s: Arc<AtomicI64>,
}

impl Clock {
    /// Now, in whole seconds.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_unix((self.now_micros() / 1_000_000) as i64)
    }

    /// Now, in microseconds since 1970: only for what must sort finer than a second.
    pub fn now_micros(&self) -> u64 {
        let system = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_micros() as u64);
        system.saturating_add_signed(self.offset_s().saturating_mul(1_000_000))
    }

    /// How far the clock was moved, in seconds.
    pub fn offset_s(&self) -> i64 {
        self.offset_s.load(Ordering::SeqCst)
    }

    /// Moves the clock to so many seconds from the system's.
    pub fn set_offset(&self, seconds: i64) {
        self.offset_s.store(seconds, Ordering::SeqCst);
    }

    /// Moves the clock on; gives the new offset.
    pub fn advance(&self, seconds: i64) -> i64 {
        self.offset_s.fetch_add(seconds, Ordering::SeqCst) + seconds
    }
}
