//! A circuit breaker: after several calls without an answer the next ones fail at once, until a single
//! probe is answered. An answer that refuses is an answer: it closes the breaker.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When a breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Calls in a row without an answer after which it opens; at least one.
    pub silences: u32,
    /// How long it stays open the first time. Doubles with each probe that is not answered.
    pub pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            silences: 5,
            pause: Duration::from_secs(5),
            longest_pause: Duration::from_secs(60),
        }
    }
}

/// Where a breaker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Calls go through.
    Closed,
    /// Calls fail at once.
    Open,
    /// The next call, or the one under way, is the probe; others fail at once.
    HalfOpen,
}

/// A call that was not made, because the breaker is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// After how long a probe may be made. Zero while one is under way.
    pub retry_in: Duration,
}

#[derive(Clone, Copy, Debug)]
enum Inner {
    Closed { silences: u32 },
    Open { until: Instant, pause: Duration },
    Probing,
}

/// Shared by all calls to one connector.
#[derive(Debug)]
pub struct Breaker {
    rules: Rules,
    inner: Mutex<Inner>,
}

impl Breaker {
    /// A closed breaker.
    pub const fn new(rules: Rules) -> Self {
        Self {
            rules,
            inner: Mutex::new(Inner::Closed { silences: 0 }),
        }
    }

    /// Asks to make a call. The permit is told how it went.
    ///
    /// # Errors
    /// [`Rejected`] where the breaker is open, or another call is the probe.
    pub fn admit(&self, now: Instant) -> Result<Permit<'_>, Rejected> {
        let mut inner = self.lock();
        let probe = match *inner {
            Inner::Closed { .. } => None,
            Inner::Open { until, .. } if now < until => {
                return Err(Rejected {
                    retry_in: until - now,
                });
            }
            Inner::Open { pause, .. } => {
                *inner = Inner::Probing;
                Some(pause)
            }
            Inner::Probing => {
                return Err(Rejected {
                    retry_in: Duration::ZERO,
                });
            }
        };
        Ok(Permit {
            breaker: self,
            probe,
            told: false,
            admitted: now,
        })
    }

    /// Where it is now.
    pub fn state(&self, now: Instant) -> State {
        match *self.lock() {
            Inner::Closed { .. } => State::Closed,
            Inner::Open { until, .. } if now < until => State::Open,
            Inner::Open { .. } | Inner::Probing => State::HalfOpen,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to make one call. Dropped without a word, as when the caller went away, it counts neither way.
#[derive(Debug)]
#[must_use = "a call's outcome is told to the breaker"]
pub struct Permit<'a> {
    breaker: &'a Breaker,
    /// The pause that ended with this probe.
    probe: Option<Duration>,
    told: bool,
    admitted: Instant,
}

impl Permit<'_> {
    /// The other side answered, whatever it said.
    pub fn answered(mut self) {
        self.told = true;
        *self.breaker.lock() = Inner::Closed { silences: 0 };
    }

    /// No answer came.
    pub fn silent(mut self, now: Instant) {
        self.told = true;
        let rules = self.breaker.rules;
        let mut inner = self.breaker.lock();
        if let (Some(pause), Inner::Probing) = (self.probe, *inner) {
            let pause = pause.saturating_mul(2).min(rules.longest_pause);
            *inner = Inner::Open {
                until: now + pause,
                pause,
            };
            return;
        }
        // A call that began before the breaker opened says nothing new.
        if let Inner::Closed { silences } = &mut *inner {
            *silences += 1;
            if *silences >= rules.silences {
                *inner = Inner::Open {
                    until: now + rules.pause,
                    pause: rules.pause,
                };
            }
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        // The next call may probe at once.
        if let (false, Some(pause)) = (self.told, self.probe) {
            let mut inner = self.breaker.lock();
            if matches!(*inner, Inner::Probing) {
                *inner = Inner::Open {
                    until: self.admitted,
                    pause,
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        silences: 3,
        pause: Duration::from_secs(5),
        longest_pause: Duration::from_secs(15),
    };

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// A breaker that just opened, and when.
    fn opened() -> (Breaker, Instant) {
        let breaker = Breaker::new(RULES);
        let now = Instant::now();
        for _ in 0..3 {
            breaker.admit(now).expect("closed").silent(now);
        }
        assert_eq!(breaker.state(now), State::Open);
        (breaker, now)
    }

    #[test]
    fn opens_after_silences_in_a_row_only() {
        let breaker = Breaker::new(RULES);
        let now = Instant::now();
        for _ in 0..10 {
            breaker.admit(now).expect("closed").silent(now);
            breaker.admit(now).expect("closed").silent(now);
            breaker.admit(now).expect("closed").answered();
        }
        assert_eq!(breaker.state(now), State::Closed);
    }

    #[test]
    fn rejects_while_open_and_says_for_how_long() {
        let (breaker, now) = opened();
        let rejected = breaker.admit(now + seconds(2)).expect_err("open");
        assert_eq!(rejected.retry_in, seconds(3));
    }

    #[test]
    fn one_probe_at_a_time_and_an_answer_closes() {
        let (breaker, now) = opened();
        let later = now + seconds(5);
        assert_eq!(breaker.state(later), State::HalfOpen);
        let probe = breaker.admit(later).expect("a probe");
        assert_eq!(
            breaker.admit(later).expect_err("one only").retry_in,
            Duration::ZERO
        );
        probe.answered();
        assert_eq!(breaker.state(later), State::Closed);
        // The count begins anew.
        breaker.admit(later).expect("closed").silent(later);
        assert_eq!(breaker.state(later), State::Closed);
    }

    #[test]
    fn each_silent_probe_doubles_the_pause_up_to_the_longest() {
        let (breaker, mut now) = opened();
        let mut pause = RULES.pause;
        for next in [10, 15, 15] {
            now += pause;
            breaker.admit(now).expect("a probe").silent(now);
            pause = seconds(next);
            assert_eq!(breaker.admit(now).expect_err("open").retry_in, pause);
        }
    }

    #[test]
    fn a_dropped_probe_lets_the_next_call_probe() {
        let (breaker, now) = opened();
        let later = now + seconds(5);
        drop(breaker.admit(later).expect("a probe"));
        assert_eq!(breaker.state(later), State::HalfOpen);
        breaker.admit(later).expect("another probe").answered();
        assert_eq!(breaker.state(later), State::Closed);
        drop(breaker.admit(later).expect("closed"));
        assert_eq!(breaker.state(later), State::Closed);
    }

    #[test]
    fn calls_from_before_the_opening_change_nothing_unless_answered() {
        let breaker = Breaker::new(RULES);
        let now = Instant::now();
        let (late_silence, late_answer) = (
            breaker.admit(now).expect("a"),
            breaker.admit(now).expect("b"),
        );
        for _ in 0..3 {
            breaker.admit(now).expect("closed").silent(now);
        }
        late_silence.silent(now + seconds(4));
        assert_eq!(
            breaker.admit(now + seconds(4)).expect_err("open").retry_in,
            seconds(1)
        );
        late_answer.answered();
        assert_eq!(breaker.state(now), State::Closed);
    }
}
