use dika_contract::{OrderId, Timestamp, TopUpEvent};
use dika_core::digest::digest;
use dika_core::messenger::Occasion;

use crate::database::{Result, Store, Tx};
use crate::decode::{checked, order_id};
use crate::sql;

/// Scenes are 0 to 10000.
const SCENES: i64 = 10_001;
/// Permissions that may be asked for per order; more are begun by nobody who means it.
const MOST_PER_ORDER: i64 = 20;
/// How long before the time to collect is over the reminder goes out.
const BEFORE_END_S: i64 = 3_600;
/// When it goes out where there is no end.
const WITHOUT_END_S: i64 = 24 * 3_600;

/// A message whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueMessage {
    /// About which order.
    pub order_id: OrderId,
    /// What happened.
    pub occasion: Occasion,
    /// How often it was tried, this time included.
    pub tries: i64,
    /// Whether the try before may have been sent without our knowing.
    pub last_answer_lost: bool,
}

/// A permission that was granted and not used yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedPermission {
    /// Its key.
    pub token_hash: String,
    /// WeChat's number for it.
    pub scene: u16,
    /// Who granted it.
    pub openid: String,
}

/// A row of the outbox, for tests and the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// What happened.
    pub occasion: Occasion,
    /// `waiting`, `sent` or `given_up`.
    pub state: String,
    /// Why it was given up.
    pub reason: Option<String>,
    /// When it is tried next.
    pub send_at: Option<Timestamp>,
}

impl Store {
    /// Begins to ask a student for one message about an order. Gives the scene, or `None` if that was begun too often.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ask_message_permission(
        &self,
        user_id: &str,
        order: &OrderId,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<u16>> {
        let mut tx = self.write(&format!("messages/{user_id}")).await?;
        let of_order: i64 =
            sql::query_scalar("SELECT COUNT(*) FROM message_permissions WHERE order_id = $1")
                .bind(order.as_str().to_owned())
                .fetch_one(&mut tx)
                .await?;
        if of_order >= MOST_PER_ORDER {
            return Ok(None);
        }
        // Counted up per user: the same number again allows no second message while the first is not sent.
        let of_user: i64 =
            sql::query_scalar("SELECT COUNT(*) FROM message_permissions WHERE user_id = $1")
                .bind(user_id.to_owned())
                .fetch_one(&mut tx)
                .await?;
        let scene = of_user.rem_euclid(SCENES);
        sql::query(
            "INSERT INTO message_permissions (token_hash, order_id, user_id, scene, state, created_at)
             VALUES ($1, $2, $3, $4, 'asked', $5)",
        )
        .bind(digest(&[token]))
        .bind(order.as_str().to_owned())
        .bind(user_id.to_owned())
        .bind(scene)
        .bind(now.unix())
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(u16::try_from(scene).ok())
    }

    /// A student's answer came back: where it is yes and the order's money still waits, puts the reminder into the
    /// outbox. Gives the order; `None` if nothing was asked with this token and scene. Saying so again changes nothing.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn answer_message_permission(
        &self,
        token: &str,
        scene: u16,
        granted_by: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<OrderId>> {
        let token_hash = digest(&[token]);
        let row: Option<(String, String)> = sql::query_as(
            "SELECT order_id, state FROM message_permissions WHERE token_hash = $1 AND scene = $2",
        )
        .bind(token_hash.clone())
        .bind(i64::from(scene))
        .fetch_optional(&self.pool)
        .await?;
        let Some((order, state)) = row else {
            return Ok(None);
        };
        let order = order_id(&order)?;
        let (Some(openid), "asked") = (granted_by, state.as_str()) else {
            return Ok(Some(order));
        };
        let mut tx = self.write(&format!("order/{order}")).await?;
        let granted = sql::query(
            "UPDATE message_permissions SET state = 'granted', openid = $2
             WHERE token_hash = $1 AND state = 'asked'",
        )
        .bind(token_hash)
        .bind(openid.to_owned())
        .execute(&mut tx)
        .await?
        .rows_affected();
        let waits: Option<Option<i64>> =
            sql::query_scalar("SELECT claim_by FROM orders WHERE id = $1 AND claim = 'waiting'")
                .bind(order.as_str().to_owned())
                .fetch_optional(&mut tx)
                .await?;
        if let (1, Some(claim_by)) = (granted, waits) {
            let at = claim_by.map_or(now.plus(WITHOUT_END_S).unix(), |end| end - BEFORE_END_S);
            queue(
                &mut tx,
                &order,
                Occasion::CollectBy,
                now,
                at.max(now.unix()),
            )
            .await?;
        }
        tx.commit().await?;
        Ok(Some(order))
    }

    /// Whether a message about this order is allowed and not sent yet.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn has_message_permission(&self, order: &OrderId) -> Result<bool> {
        sql::query_scalar::<i64>(
            "SELECT COUNT(*) FROM message_permissions WHERE order_id = $1 AND state = 'granted'",
        )
        .bind(order.as_str().to_owned())
        .fetch_one(&self.pool)
        .await
        .map(|count| count > 0)
    }

    /// The permission that a message about this order uses up, if one is left.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn message_permission(&self, order: &OrderId) -> Result<Option<GrantedPermission>> {
        let row: Option<(String, i64, String)> = sql::query_as(
            "SELECT token_hash, scene, openid FROM message_permissions
             WHERE order_id = $1 AND state = 'granted' AND openid IS NOT NULL
             ORDER BY created_at, token_hash LIMIT 1",
        )
        .bind(order.as_str().to_owned())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|(token_hash, scene, openid)| {
            Ok(GrantedPermission {
                token_hash,
                scene: checked(u16::try_from(scene).ok(), "scene")?,
                openid,
            })
        })
        .transpose()
    }

    /// Takes messages whose time has come, for `lease_s` seconds: what is neither finished nor put off by then is taken
    /// again, by this or another instance.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn take_due_messages(
        &self,
        now: Timestamp,
        lease_s: i64,
        limit: i64,
    ) -> Result<Vec<DueMessage>> {
        // `lost` is 1 at the beginning of a try, or 2 where the one before has no outcome or may have been sent.
        let rows: Vec<(String, String, i64, i64)> = sql::query_as(
            "WITH due AS (SELECT order_id, occasion FROM outbox WHERE send_at <= $1
                 ORDER BY send_at LIMIT $3 /*postgres: FOR UPDATE SKIP LOCKED*/)
             UPDATE outbox SET send_at = $2, tries = tries + 1, lost = CASE lost WHEN 0 THEN 1 ELSE 2 END
             WHERE send_at <= $1 AND (order_id, occasion) IN (SELECT order_id, occasion FROM due)
             RETURNING order_id, occasion, tries, lost",
        )
        .bind(now.unix())
        .bind(now.plus(lease_s).unix())
        .bind(limit)
        .fetch_all(self)
        .await?;
        // One that this version can't read stays for the one that wrote it: the others must not wait for it.
        let read = |(order, occasion, tries, lost): (String, String, i64, i64)| {
            Some(DueMessage {
                order_id: order_id(&order).ok()?,
                occasion: Occasion::from_word(&occasion)?,
                tries,
                last_answer_lost: lost > 1,
            })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// A message was sent: it and its permission are used up.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn message_sent(
        &self,
        message: &DueMessage,
        permission: &GrantedPermission,
        now: Timestamp,
    ) -> Result<()> {
        self.finish(message, "sent", None, Some(permission), now)
            .await
    }

    /// A message is given up, with the reason; `permission` is the one that turned out to be worth nothing.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn message_given_up(
        &self,
        message: &DueMessage,
        reason: &str,
        permission: Option<&GrantedPermission>,
        now: Timestamp,
    ) -> Result<()> {
        self.finish(message, "given_up", Some(reason), permission, now)
            .await
    }

    async fn finish(
        &self,
        message: &DueMessage,
        state: &'static str,
        reason: Option<&str>,
        permission: Option<&GrantedPermission>,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.write(&format!("order/{}", message.order_id)).await?;
        sql::query(
            "UPDATE outbox SET state = $3, reason = $4, send_at = NULL, done_at = $5
             WHERE order_id = $1 AND occasion = $2 AND state = 'waiting'",
        )
        .bind(message.order_id.as_str().to_owned())
        .bind(message.occasion.as_str())
        .bind(state)
        .bind(reason.map(str::to_owned))
        .bind(now.unix())
        .execute(&mut tx)
        .await?;
        if let Some(permission) = permission {
            sql::query("UPDATE message_permissions SET state = 'used' WHERE token_hash = $1")
                .bind(permission.token_hash.clone())
                .execute(&mut tx)
                .await?;
        }
        tx.commit().await
    }

    /// A message is tried again later; `lost` if this try may have been sent.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn message_put_off(
        &self,
        message: &DueMessage,
        until: Timestamp,
        lost: bool,
    ) -> Result<()> {
        sql::query(
            "UPDATE outbox SET send_at = $3, lost = $4
             WHERE order_id = $1 AND occasion = $2 AND state = 'waiting'",
        )
        .bind(message.order_id.as_str().to_owned())
        .bind(message.occasion.as_str())
        .bind(until.unix())
        .bind(i64::from(lost || message.last_answer_lost))
        .execute(self)
        .await
        .map(drop)
    }

    /// The messages about an order, sent or not.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn outbox_of(&self, order: &OrderId) -> Result<Vec<OutboxRow>> {
        let rows: Vec<(String, String, Option<String>, Option<i64>)> = sql::query_as(
            "SELECT occasion, state, reason, send_at FROM outbox WHERE order_id = $1
             ORDER BY created_at, occasion",
        )
        .bind(order.as_str().to_owned())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|(occasion, state, reason, send_at)| {
                Ok(OutboxRow {
                    occasion: checked(Occasion::from_word(&occasion), "occasion")?,
                    state,
                    reason,
                    send_at: send_at.map(Timestamp::from_unix),
                })
            })
            .collect()
    }
}

/// What an order's change means for its messages. Runs in the change's own transaction.
pub(crate) async fn order_changed(
    tx: &mut Tx,
    order: &OrderId,
    log: &[TopUpEvent],
    now: Timestamp,
) -> Result<()> {
    for event in log {
        match event {
            TopUpEvent::ClaimLapsed => {
                drop_waiting(tx, order, "time_is_up", now).await?;
                queue(tx, order, Occasion::TimeIsUp, now, now.unix()).await?;
            }
            TopUpEvent::Claimed => {
                drop_waiting(tx, order, "collected", now).await?;
                queue(tx, order, Occasion::Collected, now, now.unix()).await?;
            }
            TopUpEvent::ClaimConfirmed => drop_waiting(tx, order, "confirmed", now).await?,
            TopUpEvent::RefundStarted => drop_waiting(tx, order, "refunded", now).await?,
            _ => {}
        }
    }
    Ok(())
}

/// Gives up what waits: the order has moved on.
async fn drop_waiting(
    tx: &mut Tx,
    order: &OrderId,
    reason: &'static str,
    now: Timestamp,
) -> Result<()> {
    sql::query(
        "UPDATE outbox SET state = 'given_up', reason = $2, send_at = NULL, done_at = $3
         WHERE order_id = $1 AND state = 'waiting'",
    )
    .bind(order.as_str().to_owned())
    .bind(reason)
    .bind(now.unix())
    .execute(&mut *tx)
    .await
    .map(drop)
}

/// Puts a message into the outbox, where the student allowed one and none was queued for the occasion before.
async fn queue(
    tx: &mut Tx,
    order: &OrderId,
    occasion: Occasion,
    now: Timestamp,
    send_at: i64,
) -> Result<()> {
    sql::query(
        "INSERT INTO outbox (order_id, occasion, state, send_at, tries, lost, created_at)
         SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), 'waiting', CAST($3 AS BIGINT), 0, 0, CAST($4 AS BIGINT)
         WHERE EXISTS (SELECT 1 FROM message_permissions WHERE order_id = $1 AND state = 'granted')
         ON CONFLICT (order_id, occasion) DO NOTHING",
    )
    .bind(order.as_str().to_owned())
    .bind(occasion.as_str())
    .bind(send_at)
    .bind(now.unix())
    .execute(&mut *tx)
    .await
    .map(drop)
}
