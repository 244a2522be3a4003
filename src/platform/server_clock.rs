//! What time it is at the server. A device's clock can be hours off and can be corrected while a page is
//! open, so it decides nothing: replies carry the server's time, and the page's own monotonic clock counts
//! on from there.

/// The server's time, as far as replies have told it.
#[derive(Clone, Copy, Debug)]
pub enum ServerClock {
    /// No reply has come yet.
    Unknown,
    /// The API replies and doesn't say what time it is: the device's clock is all there is.
    Untold,
    /// The server's clock minus the page's monotonic clock, in milliseconds.
    Ahead(i64),
}

impl ServerClock {
    /// Takes the server's time (milliseconds since 1970 UTC) from a reply that arrived when the page's
    /// monotonic clock showed `page_ms`.
    ///
    /// A reply is late by its way through the network, never early, so the largest difference is the
    /// closest one. Keeping the largest also means that the time never goes back: what is counted down
    /// never jumps up.
    pub fn hear(&mut self, server_ms: i64, page_ms: i64) {
        let ahead = server_ms.saturating_sub(page_ms);
        *self = Self::Ahead(match *self {
            Self::Ahead(known) => known.max(ahead),
            Self::Unknown | Self::Untold => ahead,
        });
    }

    /// Takes note of a reply without a time.
    pub fn hear_nothing(&mut self) {
        if matches!(self, Self::Unknown) {
            *self = Self::Untold;
        }
    }

    /// The time in milliseconds since 1970 UTC, where the monotonic clock shows `page_ms` and the device's
    /// clock `device_ms`; `None` before the first reply.
    pub const fn now_ms(self, page_ms: i64, device_ms: i64) -> Option<i64> {
        match self {
            Self::Unknown => None,
            Self::Untold => Some(device_ms),
            Self::Ahead(ahead) => Some(ahead.saturating_add(page_ms)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device's clock that must not count.
    const WRONG: i64 = 77;

    fn heard(replies: &[(i64, i64)]) -> ServerClock {
        let mut clock = ServerClock::Unknown;
        for (server_ms, page_ms) in replies {
            clock.hear(*server_ms, *page_ms);
        }
        clock
    }

    #[test]
    fn nothing_is_known_before_a_reply() {
        assert_eq!(heard(&[]).now_ms(5, WRONG), None);
    }

    #[test]
    fn it_counts_on_from_the_last_reply() {
        let clock = heard(&[(1_000_000, 400)]);
        assert_eq!(clock.now_ms(400, WRONG), Some(1_000_000));
        assert_eq!(clock.now_ms(2_400, WRONG), Some(1_002_000));
    }

    #[test]
    fn a_slow_reply_does_not_turn_it_back() {
        // The second reply was three seconds on its way.
        let clock = heard(&[(1_000_000, 400), (1_007_000, 10_400)]);
        assert_eq!(clock.now_ms(10_400, WRONG), Some(1_010_000));
    }

    #[test]
    fn a_page_that_slept_learns_the_time_again() {
        // Some engines stop the monotonic clock while the device sleeps.
        let clock = heard(&[(1_000_000, 400), (4_600_000, 500)]);
        assert_eq!(clock.now_ms(500, WRONG), Some(4_600_000));
    }

    #[test]
    fn an_api_that_tells_no_time_leaves_the_device_s_clock() {
        let mut clock = heard(&[]);
        clock.hear_nothing();
        assert_eq!(clock.now_ms(5, 9_000), Some(9_000));
        clock.hear(1_000_000, 400);
        clock.hear_nothing();
        assert_eq!(clock.now_ms(400, WRONG), Some(1_000_000), "told is better");
    }
}
