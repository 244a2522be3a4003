//! Who asks about an order now, and who asked just now. All who look at the same order, in however many tabs, share one
//! question to provider and card system; where several servers share a database, they share it there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dika_contract::OrderId;
use tokio::sync::OwnedMutexGuard;

/// Seconds between two looks of students at one order that ask somebody. Whoever looks sooner gets what the last look
/// brought.
pub const LOOK_EVERY_S: i64 = 2;
/// How many ended looks are remembered before old ones are forgotten.
const REMEMBERED: usize = 1_024;
const MICROS: u64 = 1_000_000;

type Gate = Arc<tokio::sync::Mutex<()>>;

#[derive(Debug, Default)]
struct State {
    gates: HashMap<OrderId, Gate>,
    /// When the last look at an order ended, in microseconds.
    ended: HashMap<OrderId, u64>,
}

/// Looks that are under way. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Looks {
    state: Arc<Mutex<State>>,
    every_s: i64,
    shared: bool,
}

/// Somebody's turn to look at an order.
#[derive(Debug)]
pub struct Turn {
    looks: Looks,
    order: OrderId,
    gate: Option<OwnedMutexGuard<()>>,
    /// Whether another look ended meanwhile: what it brought is stored, and nothing newer is to be had.
    pub waited: bool,
}

impl Looks {
    /// Looks at least [`LOOK_EVERY_S`] apart; `shared` where other servers look at the same orders. [`Looks::default`] keeps
    /// no time between them, for a provider that costs nothing.
    pub fn spaced(shared: bool) -> Self {
        Self::every(LOOK_EVERY_S, shared)
    }

    /// As [`Looks::spaced`], at least so many seconds apart.
    pub fn every(every_s: i64, shared: bool) -> Self {
        Self {
            every_s,
            shared,
            ..Self::default()
        }
    }

    /// Seconds between two looks of students at one order.
    pub const fn every_s(&self) -> i64 {
        self.every_s
    }

    /// Whether other servers look at the same orders.
    pub const fn are_shared(&self) -> bool {
        self.shared
    }

    /// Waits for the look at this order that is under way, where there is one.
    pub async fn turn(&self, order: &OrderId) -> Turn {
        let gate = self.state().gates.entry(order.clone()).or_default().clone();
        let (gate, waited) = match gate.clone().try_lock_owned() {
            Ok(gate) => (gate, false),
            Err(_) => (gate.lock_owned().await, true),
        };
        Turn {
            looks: self.clone(),
            order: order.clone(),
            gate: Some(gate),
            waited,
        }
    }

    /// Whether the last look at this order is long enough ago.
    pub fn is_due(&self, order: &OrderId, now_micros: u64) -> bool {
        let ended = self.state().ended.get(order).copied();
        ended.is_none_or(|at| !self.is_recent(at, now_micros))
    }

    /// Notes that a look at this order ended: what it brought is as good as another one's.
    pub fn note_end(&self, order: &OrderId, now_micros: u64) {
        if self.every_s == 0 {
            return;
        }
        let mut state = self.state();
        if state.ended.len() >= REMEMBERED {
            state
                .ended
                .retain(|_, ended| self.is_recent(*ended, now_micros));
        }
        state.ended.insert(order.clone(), now_micros);
    }

    /// A clock that was set back makes nobody wait.
    const fn is_recent(&self, at_micros: u64, now_micros: u64) -> bool {
        match now_micros.checked_sub(at_micros) {
            Some(passed) => passed < self.every_s.unsigned_abs() * MICROS,
            None => false,
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic in between leaves nothing half done here.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.looks.state();
        self.gate = None;
        // Nobody else holds it or waits for it.
        if state
            .gates
            .get(&self.order)
            .is_some_and(|gate| Arc::strong_count(gate) == 1)
        {
            state.gates.remove(&self.order);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(id: &str) -> OrderId {
        OrderId::parse(id).expect("an id")
    }

    #[tokio::test]
    async fn the_second_waits_for_the_first_and_nothing_is_left() {
        let looks = Looks::default();
        let order = order("order");
        let first = looks.turn(&order).await;
        assert!(!first.waited);
        let second = tokio::spawn({
            let (looks, order) = (looks.clone(), order.clone());
            async move { looks.turn(&order).await.waited }
        });
        tokio::task::yield_now().await;
        let another = OrderId::parse("another").expect("an id");
        assert!(!looks.turn(&another).await.waited);
        drop(first);
        assert!(second.await.expect("it ends"));
        assert!(looks.state().gates.is_empty());
    }

    #[test]
    fn looks_are_so_far_apart_and_old_ones_are_forgotten() {
        let looks = Looks::spaced(false);
        let first = order("first");
        assert!(looks.is_due(&first, 0));
        looks.note_end(&first, 10 * MICROS);
        for (now, due) in [(10, false), (11, false), (12, true), (9, true)] {
            assert_eq!(looks.is_due(&first, now * MICROS), due, "{now}");
        }
        assert!(!looks.is_due(&first, 12 * MICROS - 1));
        for count in 0..2_000 {
            looks.note_end(&order(&format!("order-{count}")), (20 + count) * MICROS);
        }
        assert!(looks.state().ended.len() <= REMEMBERED);
        // Also where they came all at once.
        for count in 0..2_000 {
            looks.note_end(&order(&format!("sudden-{count}")), 3_000 * MICROS);
        }
        looks.note_end(&first, 3_002 * MICROS);
        assert_eq!(looks.state().ended.len(), 1);
        let unspaced = Looks::default();
        unspaced.note_end(&first, 10 * MICROS);
        assert!(unspaced.is_due(&first, 10 * MICROS));
    }

    #[test]
    fn looks_are_spaced_and_shared_as_they_were_made() {
        let ways = [
            Looks::default(),
            Looks::spaced(true),
            Looks::every(7, false),
        ];
        let ways = ways.map(|looks| (looks.every_s(), looks.are_shared()));
        assert_eq!(ways, [(0, false), (LOOK_EVERY_S, true), (7, false)]);
    }
}
