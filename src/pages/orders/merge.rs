//! Merging pages of the list.

use dika_contract::TopUp;

/// Merges a page that was just loaded into the orders known before, newest first. Where an order is in
/// both, the loaded one counts.
pub(super) fn merged(loaded: Vec<TopUp>, known: &[TopUp]) -> Vec<TopUp> {
    let mut all = loaded;
    for order in known {
        if !all.iter().any(|loaded| loaded.id == order.id) {
            all.push(order.clone());
        }
    }
    // A stable sort: orders created in the same second keep the server's order.
    all.sort_by_key(|order| core::cmp::Reverse(order.created_at));
    all
}

#[cfg(test)]
mod tests {
    use dika_contract::{ClaimState, OrderId, PaymentState, Timestamp};

    use super::*;
    use crate::pages::orders::test_order;

    fn order(id: &str, at: i64, payment: PaymentState) -> TopUp {
        let mut order = test_order::order(payment, ClaimState::NotNeeded);
        order.id = OrderId::parse(id).expect("an id");
        order.created_at = Timestamp::from_unix(at);
        order
    }

    #[test]
    fn loaded_orders_replace_known_ones_and_drop_none() {
        let known = [
            order("b", 20, PaymentState::Created),
            order("a", 10, PaymentState::Paid),
        ];
        let loaded = vec![
            order("c", 30, PaymentState::Created),
            order("b", 20, PaymentState::Paid),
        ];
        let all = merged(loaded, &known);
        let ids: Vec<&str> = all.iter().map(|order| order.id.as_str()).collect();
        assert_eq!(ids, ["c", "b", "a"]);
        assert_eq!(all[1].payment, PaymentState::Paid);
    }
}
