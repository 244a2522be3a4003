//! An order on its way from the page that made it to its own page. There the payment is started: it
//! is the page that the provider leads back to, and the one that stands in the history by then.

use std::cell::RefCell;

use dika_contract::{OrderId, TopUp};

thread_local! {
    static ON_ITS_WAY: RefCell<Option<TopUp>> = const { RefCell::new(None) };
}

/// Leaves a new order, with its prompt, for the order's page.
pub(crate) fn hand_over(order: TopUp) {
    ON_ITS_WAY.with_borrow_mut(|way| *way = Some(order));
}

/// Takes it, once. What was left for another order's page is dropped.
pub(super) fn take(id: &OrderId) -> Option<TopUp> {
    ON_ITS_WAY
        .with_borrow_mut(Option::take)
        .filter(|order| order.id == *id)
}

#[cfg(test)]
mod tests {
    use dika_contract::{ClaimState, PaymentState};

    use super::*;

    #[test]
    fn it_is_taken_once_and_by_its_own_page() {
        let order =
            super::super::evidence::tests::order(PaymentState::Created, ClaimState::NotNeeded);
        let id = order.id.clone();
        hand_over(order.clone());
        assert!(take(&id).is_some());
        assert!(take(&id).is_none());
        hand_over(order);
        assert!(take(&OrderId::parse("other").expect("an id")).is_none());
        assert!(take(&id).is_none());
    }
}
