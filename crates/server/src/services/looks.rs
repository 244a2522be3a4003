//! One look at a time: students who open the same order's page, and the same page in several tabs, share what the
//! provider is asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dika_contract::OrderId;
use tokio::sync::OwnedMutexGuard;

type Gate = Arc<tokio::sync::Mutex<()>>;

/// Looks that are under way. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Looks(Arc<Mutex<HashMap<OrderId, Gate>>>);

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
    /// Waits for the look at this order that is under way, where there is one.
    pub async fn turn(&self, order: &OrderId) -> Turn {
        let gate = self.gates().entry(order.clone()).or_default().clone();
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

    fn gates(&self) -> std::sync::MutexGuard<'_, HashMap<OrderId, Gate>> {
        // A panic in between leaves nothing half done here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut gates = self.looks.gates();
        self.gate = None;
        // Nobody else holds it or waits for it.
        if gates
            .get(&self.order)
            .is_some_and(|gate| Arc::strong_count(gate) == 1)
        {
            gates.remove(&self.order);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_waits_for_the_first_and_nothing_is_left() {
        let looks = Looks::default();
        let order = OrderId::parse("order").expect("an id");
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
        assert!(looks.gates().is_empty());
    }
}
