use dika_contract::{ClaimState, Fen, PaymentState, Timestamp};

use crate::database::{Result, Store};
use crate::sql;

/// Orders in one state that the sweep looks after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOrders {
    /// How far their payments are.
    pub payment: PaymentState,
    /// How far their money is on its way onto the card.
    pub claim: ClaimState,
    /// Whether the card system has their money, or never will.
    pub settled: bool,
    /// How many.
    pub count: i64,
    /// What they come to.
    pub amount: Fen,
    /// When the first of them was made.
    pub oldest: Timestamp,
}

/// Messages that wait to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingMessages {
    /// How many, those of which the time has not come included.
    pub count: i64,
    /// When the first of them is due.
    pub first_due: Option<Timestamp>,
}

impl Store {
    /// Orders that may still change by themselves, by state. Reads those alone, however many there are in all.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn open_orders(&self) -> Result<Vec<OpenOrders>> {
        let rows: Vec<(String, String, i64, i64, i64, i64)> = sql::query_as(
            "SELECT payment, claim, settled, COUNT(*), CAST(SUM(amount_fen) AS BIGINT), MIN(created_at)
             FROM orders WHERE look_at IS NOT NULL GROUP BY payment, claim, settled",
        )
        .fetch_all(&self.pool)
        .await?;
        let orders =
            rows.into_iter().map(
                |(payment, claim, settled, count, amount, oldest)| OpenOrders {
                    payment: PaymentState::from_word(&payment),
                    claim: ClaimState::from_word(&claim),
                    settled: settled != 0,
                    count,
                    amount: Fen::new(amount),
                    oldest: Timestamp::from_unix(oldest),
                },
            );
        Ok(orders.collect())
    }

    /// When the order was due that the sweep should look at first; absent where nothing moves by itself.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn first_look_at(&self) -> Result<Option<Timestamp>> {
        let first: Option<i64> =
            sql::query_scalar("SELECT MIN(look_at) FROM orders WHERE look_at IS NOT NULL")
                .fetch_one(&self.pool)
                .await?;
        Ok(first.map(Timestamp::from_unix))
    }

    /// The outbox.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn waiting_messages(&self) -> Result<WaitingMessages> {
        let (count, first_due): (i64, Option<i64>) =
            sql::query_as("SELECT COUNT(*), MIN(send_at) FROM outbox WHERE send_at IS NOT NULL")
                .fetch_one(&self.pool)
                .await?;
        Ok(WaitingMessages {
            count,
            first_due: first_due.map(Timestamp::from_unix),
        })
    }
}
