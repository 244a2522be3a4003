use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use dika_core::clock::Clock;

use dika_server::adapters::system_clock::SystemClock;

/// The system's clock, plus what somebody has moved it by.
///
/// Clones share the offset. The offset survives restarts through
/// [`Tables::clock_offset`](crate::tables::Tables::clock_offset); the clock itself keeps nothing.
#[derive(Clone, Debug, Default)]
pub struct MovableClock {
    offset_s: Arc<AtomicI64>,
}

impl Clock for MovableClock {
    fn now_micros(&self) -> u64 {
        SystemClock
            .now_micros()
            .saturating_add_signed(self.offset_s().saturating_mul(1_000_000))
    }
}

impl MovableClock {
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
