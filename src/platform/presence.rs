//! Whether the page can be seen, and when the user returns to it.
//!
//! Some engines hide a page without an event, and show it again with a focus, a touch or nothing at all.
//! So the state is observed at every event that may mean a return, and every few seconds.

/// How long a page may go without an observation before the next one counts as a return, in milliseconds:
/// a phone that sleeps runs no timers.
const GAP_MS: i64 = 15_000;

/// How often to observe while no event occurs, in milliseconds.
#[cfg(target_arch = "wasm32")]
pub const OBSERVE_EVERY_MS: u32 = 3_000;

/// The last observation.
#[derive(Clone, Copy, Debug)]
pub struct Presence {
    hidden: bool,
    observed_at_ms: i64,
}

impl Presence {
    /// The state at `now_ms` by the device's clock.
    pub const fn new(hidden: bool, now_ms: i64) -> Self {
        Self {
            hidden,
            observed_at_ms: now_ms,
        }
    }

    /// Observes again. Returns whether the user has returned since the last observation.
    pub const fn observe(&mut self, hidden: bool, now_ms: i64) -> bool {
        // A clock that is corrected looks like a gap, too: that costs one request.
        let gap = (now_ms - self.observed_at_ms).abs() > GAP_MS;
        let returned = !hidden && (self.hidden || gap);
        *self = Self::new(hidden, now_ms);
        returned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visible_page_is_not_returned_to() {
        let mut presence = Presence::new(false, 0);
        assert!(!presence.observe(false, 3_000));
        assert!(!presence.observe(false, 6_000));
    }

    #[test]
    fn a_hidden_page_is_returned_to_once() {
        let mut presence = Presence::new(false, 0);
        assert!(!presence.observe(true, 3_000));
        assert!(!presence.observe(true, 6_000));
        assert!(presence.observe(false, 9_000));
        assert!(!presence.observe(false, 12_000));
    }

    #[test]
    fn a_phone_that_slept_without_an_event_is_returned_to() {
        let mut presence = Presence::new(false, 0);
        assert!(presence.observe(false, 60_000));
        // Also when the clock was corrected in between.
        assert!(presence.observe(false, 0));
        assert!(!presence.observe(false, 3_000));
    }
}
