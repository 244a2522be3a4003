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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Fixed(u64);

    impl Clock for Fixed {
        fn now_micros(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn a_second_begins_with_its_first_microsecond() {
        assert_eq!(Fixed(1_999_999).now(), Timestamp::from_unix(1));
        assert_eq!(Fixed(2_000_000).now(), Timestamp::from_unix(2));
    }
}
