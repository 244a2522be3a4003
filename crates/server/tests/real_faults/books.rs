//! Whether the books of all parties agree: the provider's, the card system's, the orders'.

use std::collections::BTreeMap;

use dika_store::{Store, sql};

use crate::stage::Stage;

/// An order as it is kept, and its money in the ledger.
#[derive(Debug)]
struct Kept {
    payment: String,
    amount: i64,
    deposits: i64,
}

async fn kept(store: &Store) -> BTreeMap<String, Kept> {
    let rows: Vec<(String, String, i64, i64)> = sql::query_as(
        "SELECT o.id, o.payment, o.amount_fen, CAST(COALESCE((SELECT SUM(d.amount_fen)
             FROM ledger_deposits d WHERE d.order_id = o.id), 0) AS BIGINT) FROM orders o",
    )
    .fetch_all(store.pool())
    .await
    .expect("orders");
    rows.into_iter()
        .map(|(id, payment, amount, deposits)| {
            let kept = Kept {
                payment,
                amount,
                deposits,
            };
            (id, kept)
        })
        .collect()
}

/// What belongs to each order.
fn of_orders(
    kept: &BTreeMap<String, Kept>,
    by_number: BTreeMap<String, i64>,
) -> BTreeMap<String, i64> {
    let mut by_order = BTreeMap::new();
    for (number, fen) in by_number {
        let order = number.split('-').next().unwrap_or_default();
        assert!(kept.contains_key(order), "{number} is no order's");
        *by_order.entry(order.to_owned()).or_default() += fen;
    }
    by_order
}

/// Every payment at the provider is in the ledger once, or went back; nothing else is.
pub async fn agree(stage: &Stage) {
    let store = stage.store().await;
    assert_eq!(store.ledger_sum().await.expect("books"), 0);
    let unbalanced = store.ledger_unbalanced().await.expect("books");
    assert_eq!(unbalanced, Vec::<String>::new());
    let kept = kept(&store).await;
    let mut back: BTreeMap<String, i64> = BTreeMap::new();
    for refund in stage.wechat.refunds() {
        *back.entry(refund.out_trade_no).or_default() += refund.refund_fen;
    }
    let mut paid: BTreeMap<String, i64> = BTreeMap::new();
    for trade in stage.wechat.trades() {
        if trade.transaction_id.is_some() {
            *paid.entry(trade.out_trade_no).or_default() += trade.total_fen;
        }
    }
    // An order's first payment bears its number, each further one another behind it.
    let paid = of_orders(&kept, paid);
    let back = of_orders(&kept, back);
    for (id, order) in &kept {
        let paid = paid.get(id).copied().unwrap_or(0);
        let back = back.get(id).copied().unwrap_or(0);
        assert_eq!(
            paid,
            order.deposits + back,
            "{id}: {order:?}, {back} went back"
        );
        assert!(paid == 0 || paid == order.amount, "{id}: {order:?}");
        let said = match order.payment.as_str() {
            "paid" => (order.amount, 0),
            "refunded" => (order.amount, order.amount),
            "closed" => (0, 0),
            other => panic!("{id} is {other} still"),
        };
        assert_eq!((paid, back), said, "{id}: {order:?}");
    }
    let twice: i64 = sql::query_scalar(
        "SELECT COUNT(*) FROM (SELECT order_id FROM order_events WHERE event IN ('paid', 'refunded')
             GROUP BY order_id, event HAVING COUNT(*) > 1) twice",
    )
    .fetch_one(store.pool())
    .await
    .expect("events");
    assert_eq!(twice, 0, "something happened twice");
    store.close().await;
}
