//! The audit of money: every movement of an order's money, written in the transaction that moves the order, with who caused
//! it and by which request. The database refuses to change or delete a line (`migrations/*/0031`).

use std::cell::RefCell;

use dika_contract::{Fen, Issuer, OrderId, Timestamp, TopUpEvent};

use crate::database::{Result, Store, Tx};
use crate::sql::{self, FromRow, Row};

tokio::task_local! {
    static CAUSE: RefCell<Cause>;
}

/// Why something happens to money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// Who does it.
    pub actor: Actor,
    /// The request that it happens for, as the log names it.
    pub request_id: Option<String>,
}

/// Who moves money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Actor {
    /// Nobody said who: something in the server itself.
    #[default]
    Server,
    /// A signed-in student, by their user's id.
    Student(String),
    /// The work beside the requests that looks at orders again and again.
    Sweep,
    /// The payment provider, by a message of its own.
    Provider,
    /// An issuer's card system, by a message of its own.
    CardSystem(Issuer),
    /// A machine at which cards are laid, by its name.
    Machine(String),
    /// Somebody at the desk, by the name that they gave.
    Desk(String),
}

impl Actor {
    fn word(&self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Student(_) => "student",
            Self::Sweep => "sweep",
            Self::Provider => "provider",
            Self::CardSystem(_) => "card_system",
            Self::Machine(_) => "machine",
            Self::Desk(_) => "desk",
        }
    }

    fn id(&self) -> Option<&str> {
        match self {
            Self::Server | Self::Sweep | Self::Provider => None,
            Self::Student(id) | Self::Machine(id) | Self::Desk(id) => Some(id),
            Self::CardSystem(issuer) => Some(issuer.as_str()),
        }
    }
}

/// What happened to money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// It came from the payer.
    Paid,
    /// The card system took it.
    Credited,
    /// It was collected at a machine.
    Collected,
    /// The card system does not take it, for good.
    Refused,
    /// It is going back to the payer.
    RefundStarted,
    /// It is back.
    Refunded,
    /// The order was paid once more.
    SecondPayment,
    /// That money is back.
    SecondPaymentReturned,
    /// Somebody wrote a note about it.
    Note,
}

impl Movement {
    /// As it is kept and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Credited => "credited",
            Self::Collected => "collected",
            Self::Refused => "refused",
            Self::RefundStarted => "refund_started",
            Self::Refunded => "refunded",
            Self::SecondPayment => "second_payment",
            Self::SecondPaymentReturned => "second_payment_returned",
            Self::Note => "note",
        }
    }

    /// What an event of an order's timeline says about money, where it says something.
    pub(crate) const fn of(event: TopUpEvent) -> Option<Self> {
        Some(match event {
            TopUpEvent::Paid => Self::Paid,
            TopUpEvent::RefundStarted => Self::RefundStarted,
            TopUpEvent::Refunded => Self::Refunded,
            TopUpEvent::SecondPayment => Self::SecondPayment,
            TopUpEvent::SecondPaymentReturned => Self::SecondPaymentReturned,
            // Said where the order moves, which knows whether the money waited first.
            TopUpEvent::Claimed => return None,
            TopUpEvent::Created
            | TopUpEvent::PaymentStarted
            | TopUpEvent::PaymentCancelled
            | TopUpEvent::PaymentFailed
            | TopUpEvent::OutcomeUnknown
            | TopUpEvent::Closed
            | TopUpEvent::ClaimOpened
            | TopUpEvent::ClaimLapsed
            | TopUpEvent::ClaimConfirmed
            | TopUpEvent::Other => return None,
        })
    }
}

/// A line of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// When.
    pub at: Timestamp,
    /// What: the word of a [`Movement`].
    pub movement: String,
    /// How much, where it is about an amount.
    pub amount: Option<Fen>,
    /// Who: the word of an [`Actor`].
    pub actor: String,
    /// Which of them.
    pub actor_id: Option<String>,
    /// By which request.
    pub request_id: Option<String>,
}

impl FromRow for AuditLine {
    fn from_row(row: &Row) -> Result<Self> {
        let amount: Option<i64> = row.try_get("amount_fen")?;
        Ok(Self {
            at: Timestamp::from_unix(row.try_get("at")?),
            movement: row.try_get("movement")?,
            amount: amount.map(Fen::new),
            actor: row.try_get("actor")?,
            actor_id: row.try_get("actor_id")?,
            request_id: row.try_get("request_id")?,
        })
    }
}

/// Does some work; what it moves was caused so. What the work spawns does not know of it, unless [`cause`] is handed on.
pub async fn caused_by<T>(cause: Cause, work: impl Future<Output = T>) -> T {
    CAUSE.scope(RefCell::new(cause), work).await
}

/// Says who it is that the work under way is done for, once that is known. Without effect outside of [`caused_by`].
pub fn acting(actor: Actor) {
    let _ = CAUSE.try_with(|cause| cause.borrow_mut().actor = actor);
}

/// Why the work under way is done: for work that it spawns.
pub fn cause() -> Cause {
    let known = CAUSE.try_with(|cause| cause.borrow().clone());
    known.unwrap_or_default()
}

/// Writes a line inside a change.
pub(crate) async fn record(
    tx: &mut Tx,
    order: &str,
    movement: Movement,
    amount: Option<Fen>,
    at: Timestamp,
) -> Result<()> {
    record_as(tx, order, movement, amount, at, &cause()).await
}

/// As [`record`], where it is known who did it.
pub(crate) async fn record_as(
    tx: &mut Tx,
    order: &str,
    movement: Movement,
    amount: Option<Fen>,
    at: Timestamp,
    cause: &Cause,
) -> Result<()> {
    sql::query(
        "INSERT INTO money_audit (order_id, seq, at, movement, amount_fen, actor, actor_id, request_id)
         SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5, $6, $7 FROM money_audit WHERE order_id = $1",
    )
    .bind(order)
    .bind(at.unix())
    .bind(movement.as_str())
    .bind(amount.map(Fen::get))
    .bind(cause.actor.word())
    .bind(cause.actor.id().map(str::to_owned))
    .bind(cause.request_id.clone())
    .execute(tx)
    .await
    .map(drop)
}

impl Store {
    /// Notes that the card system does not take an order's money. What becomes of the order is written by itself.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn audit_refusal(&self, order: &OrderId, amount: Fen, at: Timestamp) -> Result<()> {
        let mut tx = self.write(&format!("order/{order}")).await?;
        record(&mut tx, order.as_str(), Movement::Refused, Some(amount), at).await?;
        tx.commit().await
    }

    /// All that happened to an order's money, oldest first.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn money_audit(&self, order: &OrderId) -> Result<Vec<AuditLine>> {
        sql::query_as("SELECT * FROM money_audit WHERE order_id = $1 ORDER BY seq")
            .bind(order.as_str())
            .fetch_all(&self.pool)
            .await
    }
}
