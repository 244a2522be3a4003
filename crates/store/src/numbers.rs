use dika_contract::{OrderId, Timestamp};

use crate::database::{Result, Store, Tx};
use crate::decode::known;
use crate::sql::{self, FromRow, Row};

/// More than any number that WeChat Pay gives; what a card system gives beyond it is not kept.
const LONGEST: usize = 64;

/// What another party's number names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberKind {
    /// The payment that paid the order.
    Payment,
    /// That payment's way back.
    Refund,
    /// A payment of an order that was paid already.
    SecondPayment,
    /// That payment's way back.
    SecondRefund,
    /// What the card system booked.
    Credit,
}

/// A number that another party gave, and the moment that it named with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// As it was given.
    pub number: String,
    /// When it was paid, or was back.
    pub at: Option<Timestamp>,
}

/// A number as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderNumber {
    /// What it names.
    pub kind: NumberKind,
    /// The number.
    pub given: Given,
}

impl NumberKind {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::SecondPayment => "second_payment",
            Self::SecondRefund => "second_refund",
            Self::Credit => "credit",
        }
    }

    fn from_word(word: &str) -> Self {
        match word {
            "refund" => Self::Refund,
            "second_payment" => Self::SecondPayment,
            "second_refund" => Self::SecondRefund,
            "credit" => Self::Credit,
            _ => Self::Payment,
        }
    }
}

impl FromRow for OrderNumber {
    fn from_row(row: &Row) -> Result<Self> {
        let at: Option<i64> = row.try_get("at")?;
        Ok(Self {
            kind: known(
                &row.try_get::<String>("kind")?,
                NumberKind::from_word,
                NumberKind::as_str,
            )?,
            given: Given {
                number: row.try_get("number")?,
                at: at.map(Timestamp::from_unix),
            },
        })
    }
}

/// Keeps a number inside a change. Saying it again changes nothing but a moment that was not known yet.
pub(crate) async fn keep_in(
    tx: &mut Tx,
    order: &str,
    kind: NumberKind,
    given: &Given,
) -> Result<()> {
    let number = &given.number;
    if number.is_empty() || number.len() > LONGEST || number.chars().any(char::is_control) {
        return Ok(());
    }
    sql::query(
        "INSERT INTO order_numbers (order_id, kind, number, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (order_id, kind, number) DO UPDATE SET at = COALESCE(order_numbers.at, excluded.at)",
    )
    .bind(order)
    .bind(kind.as_str())
    .bind(number.clone())
    .bind(given.at.map(Timestamp::unix))
    .execute(&mut *tx)
    .await
    .map(drop)
}

/// Gives an order's numbers of one kind another kind, inside a change.
pub(crate) async fn rename_in(
    tx: &mut Tx,
    order: &str,
    from: NumberKind,
    to: NumberKind,
) -> Result<()> {
    sql::query(
        "DELETE FROM order_numbers WHERE order_id = $1 AND kind = $3 AND number IN
             (SELECT n.number FROM order_numbers n WHERE n.order_id = $1 AND n.kind = $2)",
    )
    .bind(order)
    .bind(from.as_str())
    .bind(to.as_str())
    .execute(&mut *tx)
    .await?;
    sql::query("UPDATE order_numbers SET kind = $3 WHERE order_id = $1 AND kind = $2")
        .bind(order)
        .bind(from.as_str())
        .bind(to.as_str())
        .execute(&mut *tx)
        .await
        .map(drop)
}

/// Forgets an order's number of one kind, inside a change.
pub(crate) async fn forget_in(
    tx: &mut Tx,
    order: &str,
    kind: NumberKind,
    number: &str,
) -> Result<()> {
    sql::query("DELETE FROM order_numbers WHERE order_id = $1 AND kind = $2 AND number = $3")
        .bind(order)
        .bind(kind.as_str())
        .bind(number)
        .execute(&mut *tx)
        .await
        .map(drop)
}

impl Store {
    /// Keeps a number that another party gave for an order.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn keep_number(
        &self,
        order: &OrderId,
        kind: NumberKind,
        given: &Given,
    ) -> Result<()> {
        let mut tx = self.write(&format!("order/{order}")).await?;
        keep_in(&mut tx, order.as_str(), kind, given).await?;
        tx.commit().await
    }

    /// The numbers that other parties gave for an order, by kind; the last of a kind is the one that became something, or
    /// the latest. (The databases differ in where they put what has no moment.)
    ///
    /// # Errors
    /// Any database failure.
    pub async fn order_numbers(&self, order: &OrderId) -> Result<Vec<OrderNumber>> {
        sql::query_as(
            "SELECT kind, number, at FROM order_numbers WHERE order_id = $1 ORDER BY kind, COALESCE(at, 0), number",
        )
        .bind(order.as_str())
        .fetch_all(&self.pool)
        .await
    }
}
