use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use dika_contract::Timestamp;

use crate::signature::TOLERANCE_S;

/// The most ids that are remembered; beyond that the oldest go first.
const MOST: usize = 100_000;

/// Remembers the `webhook-id` of each message for as long as its signature could be accepted again.
///
/// Kept in memory: with several instances, or after a restart, a message may be taken twice. That is
/// harmless, because a callback only makes Dika ask the connector.
#[derive(Debug, Default)]
pub struct ReplayGuard {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    until: HashMap<String, Timestamp>,
    oldest_first: VecDeque<(Timestamp, String)>,
}

impl ReplayGuard {
    /// An empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether this id is new; from now on it is not. Call it only for messages whose signature fits.
    pub fn is_new(&self, id: &str, now: Timestamp) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // A message may be sent five minutes early and be repeated until it is five minutes old.
        let until = now.plus(2 * TOLERANCE_S);
        while seen.oldest_first.len() >= MOST
            || seen.oldest_first.front().is_some_and(|(end, _)| *end < now)
        {
            let Some((end, id)) = seen.oldest_first.pop_front() else {
                break;
            };
            if seen.until.get(&id) == Some(&end) {
                seen.until.remove(&id);
            }
        }
        if seen.until.contains_key(id) {
            return false;
        }
        seen.until.insert(id.to_owned(), until);
        seen.oldest_first.push_back((until, id.to_owned()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_counts_once_while_its_signature_could_be_accepted() {
        let guard = ReplayGuard::new();
        let at = |seconds: i64| Timestamp::from_unix(1_790_000_000 + seconds);
        assert!(guard.is_new("a", at(0)));
        assert!(!guard.is_new("a", at(1)));
        assert!(guard.is_new("b", at(1)));
        assert!(!guard.is_new("a", at(600)));
        // By then no signature of that time is accepted.
        assert!(guard.is_new("a", at(601)));
        assert!(!guard.is_new("a", at(602)));
    }

    #[test]
    fn memory_is_bounded() {
        let guard = ReplayGuard::new();
        let now = Timestamp::from_unix(1_790_000_000);
        for number in 0..(MOST + 10) {
            assert!(guard.is_new(&number.to_string(), now));
        }
        let seen = guard.seen.lock().expect("nobody else");
        assert_eq!((seen.until.len(), seen.oldest_first.len()), (MOST, MOST));
    }
}
