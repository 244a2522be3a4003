//! Passes a new order from the top-up page to the order's page, which starts the payment: the provider
//! leads back there.

use std::cell::RefCell;

use dika_contract::{OrderId, TopUp};

thread_local! {
    static NEW_ORDER: RefCell<Option<TopUp>> = const { RefCell::new(None) };
}

/// Leaves a new order, with its payment prompt, for the order's page.
pub(crate) fn hand_over(order: TopUp) {
    NEW_ORDER.with_borrow_mut(|slot| *slot = Some(order));
}

/// Takes the new order, once. An order with another id is dropped.
pub(super) fn take(id: &OrderId) -> Option<TopUp> {
    NEW_ORDER
        .with_borrow_mut(Option::take)
        .filter(|order| order.id == *id)
}

#[cfg(test)]
mod tests {
    use dika_contract::{ClaimState, PaymentState};

    use super::*;

    #[test]
    fn it_is_taken_once_and_by_its_own_page() {
        let order = super::super::test_order::order(PaymentState::Created, ClaimState::NotNeeded);
        let id = order.id.clone();
        hand_over(order.clone());
        assert!(take(&id).is_some());
        assert!(take(&id).is_none());
        hand_over(order);
        assert!(take(&OrderId::parse("other").expect("an id")).is_none());
        assert!(take(&id).is_none());
    }
}
