use dika_contract::top_up::TimelineEntry;
use dika_contract::{Fen, OrderId, Timestamp, TopUpEvent};

use crate::audit::{self, Actor, Cause, Movement};
use crate::database::{Result, Store};
use crate::decode::order_id;
use crate::orders::OrderRow;
use crate::sql;

/// What the desk knows about an order. All that is given has to fit.
#[derive(Clone, Debug, Default)]
pub struct DeskFilter {
    /// How the order's number begins.
    pub order: Option<String>,
    /// The student's phone number, as it was proven.
    pub phone: Option<String>,
    /// The merchant's number of a payment at WeChat Pay, or any number that WeChat Pay or a card system gave.
    pub number: Option<String>,
    /// How much was to be paid.
    pub amount: Option<Fen>,
    /// Made from this moment on.
    pub from: Option<Timestamp>,
    /// Made before this moment.
    pub to: Option<Timestamp>,
    /// At most so many.
    pub limit: i64,
}

/// An order's card and student, as the desk may see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskParty {
    /// Masked.
    pub card_no: String,
    /// Masked.
    pub name: String,
    /// Masked.
    pub student_no: String,
    /// The last four digits of the phone number, where one was proven.
    pub phone_end: Option<String>,
}

/// A note of the desk's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskNote {
    /// Who wrote it.
    pub author: String,
    /// What.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Orders that fit, newest first.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn desk_orders(&self, filter: &DeskFilter) -> Result<Vec<OrderRow>> {
        // Ids hold letters, digits, - and _, which stands for any letter in LIKE.
        let begins = filter.order.as_ref().map(|start| {
            let plain = start
                .replace('!', "!!")
                .replace('_', "!_")
                .replace('%', "!%");
            format!("{plain}%")
        });
        sql::query_as(
            "SELECT o.* FROM orders o
             WHERE ($1 = '' OR o.id LIKE $1 ESCAPE '!')
             AND ($2 = '' OR o.user_id IN
                 (SELECT i.user_id FROM identities i WHERE i.kind = 'phone' AND i.subject = $2))
             AND ($3 = '' OR o.id IN (SELECT p.order_id FROM wechat_payments p WHERE p.out_trade_no = $3)
                 OR o.id IN (SELECT n.order_id FROM order_numbers n WHERE n.number = $3))
             AND ($4 = 0 OR o.amount_fen = $4) AND o.created_at >= $5 AND o.created_at < $6
             ORDER BY o.id DESC LIMIT $7",
        )
        .bind(begins.unwrap_or_default())
        .bind(filter.phone.clone().unwrap_or_default())
        .bind(filter.number.clone().unwrap_or_default())
        .bind(filter.amount.map_or(0, Fen::get))
        .bind(filter.from.map_or(i64::MIN, Timestamp::unix))
        .bind(filter.to.map_or(i64::MAX, Timestamp::unix))
        .bind(filter.limit)
        .fetch_all(&self.pool)
        .await
    }

    /// How many orders there are.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn count_orders(&self) -> Result<i64> {
        sql::query_scalar("SELECT COUNT(*) FROM orders")
            .fetch_one(&self.pool)
            .await
    }

    /// Whose card and whose order it is, masked.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn desk_party(&self, order: &OrderId) -> Result<Option<DeskParty>> {
        let row = sql::query(
            "SELECT c.card_no_masked, c.name_masked, c.student_no,
                 (SELECT MIN(i.subject) FROM identities i WHERE i.user_id = o.user_id AND i.kind = 'phone') AS phone
             FROM orders o JOIN cards c ON c.id = o.card_id WHERE o.id = $1",
        )
        .bind(order.as_str().to_owned())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            let phone: Option<String> = row.try_get("phone")?;
            Ok(DeskParty {
                card_no: row.try_get("card_no_masked")?,
                name: row.try_get("name_masked")?,
                student_no: row.try_get("student_no")?,
                phone_end: phone.map(|phone| phone.chars().skip(7).collect()),
            })
        })
        .transpose()
    }

    /// What happened to an order.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn order_timeline(&self, order: &OrderId) -> Result<Vec<TimelineEntry>> {
        let rows: Vec<(String, i64)> =
            sql::query_as("SELECT event, at FROM order_events WHERE order_id = $1 ORDER BY seq")
                .bind(order.as_str().to_owned())
                .fetch_all(&self.pool)
                .await?;
        Ok(rows
            .into_iter()
            .map(|(event, at)| TimelineEntry {
                event: TopUpEvent::from_word(&event),
                at: Timestamp::from_unix(at),
            })
            .collect())
    }

    /// The orders to which this happened in a span of time, the end not included.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn orders_with_event(
        &self,
        event: TopUpEvent,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<OrderId>> {
        let ids: Vec<String> = sql::query_scalar(
            "SELECT DISTINCT order_id FROM order_events WHERE event = $1 AND at >= $2 AND at < $3 ORDER BY order_id",
        )
        .bind(event.as_str())
        .bind(from.unix())
        .bind(to.unix())
        .fetch_all(&self.pool)
        .await?;
        ids.iter().map(|id| order_id(id)).collect()
    }

    /// The desk's notes about an order, oldest first.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn order_notes(&self, order: &OrderId) -> Result<Vec<DeskNote>> {
        let rows: Vec<(String, String, i64)> = sql::query_as(
            "SELECT author, text, at FROM order_notes WHERE order_id = $1 ORDER BY seq",
        )
        .bind(order.as_str().to_owned())
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(author, text, at)| DeskNote {
                author,
                text,
                at: Timestamp::from_unix(at),
            })
            .collect())
    }

    /// Adds a note about an order.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn add_order_note(&self, order: &OrderId, note: &DeskNote) -> Result<()> {
        let mut tx = self.write(&format!("order/{order}")).await?;
        let seq: i64 = sql::query_scalar(
            "SELECT CAST(COALESCE(MAX(seq), 0) + 1 AS BIGINT) FROM order_notes WHERE order_id = $1",
        )
        .bind(order.as_str().to_owned())
        .fetch_one(&mut tx)
        .await?;
        sql::query(
            "INSERT INTO order_notes (order_id, seq, author, text, at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(order.as_str().to_owned())
        .bind(seq)
        .bind(note.author.clone())
        .bind(note.text.clone())
        .bind(note.at.unix())
        .execute(&mut tx)
        .await?;
        let cause = Cause {
            actor: Actor::Desk(note.author.clone()),
            request_id: None,
        };
        let movement = Movement::Note;
        audit::record_as(&mut tx, order.as_str(), movement, None, note.at, &cause).await?;
        tx.commit().await
    }
}
