use std::fmt::Debug;

use dika_contract::Timestamp;

/// The clock that every decision goes by.
pub trait Clock: Debug + Send + Sync {
    /// Now, in microseconds since 1970: only for what must sort finer than a second.
    fn now_micros(&self) -> u64;

    /// Now, in whole seconds.
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(i64::try_from(self.now_micros() / 1_000_000).unwrap_or(i64::MAX))
    }
}
