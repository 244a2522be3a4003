//! Whether a fen is lost: provider, ledger and orders, each against the others, and all against what students were told.

use std::collections::HashMap;

use anyhow::{Result, bail};
use dika_store::{Store, sql};

use crate::journey::Credited;

/// Each finds what must not be: a payment, an order or an entry without its like in the others.
const MUST_BE_EMPTY: [(&str, &str); 6] = [
    (
        "paid at the provider and not by the order",
        "SELECT p.order_id FROM sandbox_payments p LEFT JOIN orders o ON o.id = p.order_id
         WHERE p.outcome = 'paid' AND (o.id IS NULL OR o.payment <> 'paid' OR o.amount_fen <> p.amount_fen)",
    ),
    (
        "paid by the order and not at the provider",
        "SELECT o.id FROM orders o LEFT JOIN sandbox_payments p ON p.order_id = o.id
         WHERE o.payment = 'paid'
         AND (p.order_id IS NULL OR p.outcome <> 'paid' OR p.amount_fen <> o.amount_fen)",
    ),
    (
        "settled and not in the ledger",
        "SELECT o.id FROM orders o LEFT JOIN ledger_deposits d ON d.order_id = o.id
         WHERE o.payment = 'paid' AND o.settled = 1
         AND (d.order_id IS NULL OR d.amount_fen <> o.amount_fen OR NOT EXISTS (
             SELECT 1 FROM ledger_entries e WHERE e.transfer_id = 'credit/' || o.id
             AND e.account = 'provider' AND e.amount_fen = -o.amount_fen))",
    ),
    (
        "in the ledger and not settled",
        "SELECT d.order_id FROM ledger_deposits d LEFT JOIN orders o ON o.id = d.order_id
         WHERE o.id IS NULL OR o.settled = 0 OR o.payment <> 'paid' OR o.amount_fen <> d.amount_fen",
    ),
    (
        "credited without a deposit",
        "SELECT t.id FROM ledger_transfers t WHERE t.kind = 'credit' AND NOT EXISTS (
             SELECT 1 FROM ledger_deposits d WHERE d.order_id = substr(t.id, 8))",
    ),
    (
        "a movement that does not sum to zero",
        "SELECT e.transfer_id FROM ledger_entries e GROUP BY e.transfer_id HAVING SUM(e.amount_fen) <> 0",
    ),
];

/// What the books say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Books {
    /// Orders that were paid.
    pub paid: i64,
    /// What they come to, in fen.
    pub fen: i64,
}

/// Compares the books of a database that nobody writes to, and what students were told during the run.
///
/// # Errors
/// What does not agree; any database failure.
pub async fn check(store: &Store, told: &[Credited]) -> Result<Books> {
    let mut wrong = Vec::new();
    for (what, statement) in MUST_BE_EMPTY {
        let found: Vec<String> = sql::query_scalar(statement).fetch_all(store.pool()).await?;
        if let Some(first) = found.first() {
            wrong.push(format!("{what}: {}, such as {first}", found.len()));
        }
    }
    let kept: Vec<(String, i64)> = sql::query_as(
        "SELECT id, amount_fen FROM orders WHERE payment = 'paid' AND settled = 1 AND body_digest <> 'filled'",
    )
    .fetch_all(store.pool())
    .await?;
    let kept: HashMap<String, i64> = kept.into_iter().collect();
    let lost = told
        .iter()
        .filter(|told| kept.get(&told.order) != Some(&told.amount.get()));
    if let Some(first) = lost.clone().next() {
        wrong.push(format!(
            "students were told that it is credited, and it is not: {}, such as {}",
            lost.count(),
            first.order
        ));
    }
    if !wrong.is_empty() {
        bail!("the books do not agree: {}", wrong.join("; "));
    }
    let (paid, fen) = sql::query_as(
        "SELECT COUNT(*), CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM orders WHERE payment = 'paid'",
    )
    .fetch_one(store.pool())
    .await?;
    Ok(Books { paid, fen })
}
