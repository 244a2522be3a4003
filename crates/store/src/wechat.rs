use dika_contract::{Fen, OrderId, PayChannel, PaymentState, Timestamp, TopUpEvent};

use crate::audit::{self, Movement};
use crate::database::{Result, Store, Tx};
use crate::decode::known;
use crate::numbers::{self, Given, NumberKind};
use crate::orders::append_event;
use crate::sql::{self, FromRow, Row};
use dika_core::digest::digest;

/// A payment of an order at WeChat Pay.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its number at WeChat Pay: the order's own for the first, with a count behind it for others.
    pub out_trade_no: String,
    /// Whose.
    pub order_id: OrderId,
    /// 0 for the first.
    pub seq: i64,
    /// Its form.
    pub channel: PayChannel,
    /// Who is to pay, for JSAPI.
    pub payer: Option<String>,
    /// What the payer reads.
    pub description: String,
    /// How much.
    pub amount: Fen,
    /// Until when it can be paid.
    pub pay_by: Timestamp,
    /// What is known of it.
    pub state: AttemptState,
    /// When a query proved that it can't be paid any more.
    pub closed_at: Option<Timestamp>,
    /// How far its money is on its way back.
    pub back: BackState,
    /// How many of our refunds of it ended closed.
    pub refunds_closed: i64,
    /// Before this moment no next refund is asked for.
    pub refund_again_at: Timestamp,
    /// How often it was looked at without anything new.
    pub looks: i64,
}

/// A payment that the sweep should look at.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The payment.
    pub attempt: Attempt,
    /// What its order has come to.
    pub order: PaymentState,
}

/// What is known of a payment at WeChat Pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptState {
    /// May be paid.
    Open,
    /// Given up: closed there, or not known there.
    Closed,
    /// The one that paid the order.
    Paid,
    /// Paid although another one had paid the order: the money goes back.
    Surplus,
}

/// How far a payment's money is on its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackState {
    /// Nobody has seen it go.
    None,
    /// On its way.
    Running,
    /// It does not come back by itself: a person has to look.
    Stuck,
    /// All of it is back with its payer.
    Done,
}

/// What came of a surplus payment that was to pay its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// It pays the order; the other one's money is back.
    Done,
    /// It pays the order; how much of the other one's money is back is not known.
    Unproven,
    /// Nothing changed.
    Refused,
}

/// What a browser's sign-in by WeChat has come to.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInRow {
    /// The path that the browser is on its way to.
    pub return_to: String,
    /// `open`, `swapping`, `done` or `failed`.
    pub phase: String,
    /// Who it turned out to be, once done.
    pub user_id: Option<String>,
    /// Their openid, unless it is a snapshot's.
    pub openid: Option<String>,
    /// When it was done, in seconds since 1970.
    pub done_at: Option<i64>,
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt")
            .field("out_trade_no", &self.out_trade_no)
            .field("channel", &self.channel)
            .field("state", &self.state)
            .field("back", &self.back)
            .finish_non_exhaustive()
    }
}

impl AttemptState {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Paid => "paid",
            Self::Surplus => "surplus",
        }
    }

    fn from_word(word: &str) -> Self {
        match word {
            "paid" => Self::Paid,
            "surplus" => Self::Surplus,
            "closed" => Self::Closed,
            _ => Self::Open,
        }
    }

    /// What this payment's number at WeChat Pay names.
    pub const fn payment_kind(self) -> NumberKind {
        match self {
            Self::Surplus => NumberKind::SecondPayment,
            Self::Open | Self::Closed | Self::Paid => NumberKind::Payment,
        }
    }

    /// What the number of a refund of this payment names.
    pub const fn refund_kind(self) -> NumberKind {
        match self {
            Self::Surplus => NumberKind::SecondRefund,
            Self::Open | Self::Closed | Self::Paid => NumberKind::Refund,
        }
    }
}

impl BackState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Running => "running",
            Self::Stuck => "stuck",
            Self::Done => "done",
        }
    }

    fn from_word(word: &str) -> Self {
        match word {
            "done" => Self::Done,
            "stuck" => Self::Stuck,
            "running" => Self::Running,
            _ => Self::None,
        }
    }
}

/// A payment that the sweep took, or why it can't be read.
#[derive(Debug)]
pub enum TakenAttempt {
    /// As it is kept.
    Watched(Box<Watched>),
    /// Kept in a way that this version can't read.
    Unreadable {
        /// Its number.
        number: String,
        /// What is wrong with it.
        fault: sqlx::Error,
    },
}

impl FromRow for Watched {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            attempt: Attempt::from_row(row)?,
            order: known(
                &row.try_get::<String>("order_payment")?,
                PaymentState::from_word,
                PaymentState::as_str,
            )?,
        })
    }
}

impl FromRow for Attempt {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            out_trade_no: row.try_get("out_trade_no")?,
            order_id: crate::decode::order_id(&row.try_get::<String>("order_id")?)?,
            seq: row.try_get("seq")?,
            channel: known(
                &row.try_get::<String>("channel")?,
                PayChannel::from_word,
                PayChannel::as_str,
            )?,
            payer: row.try_get("payer")?,
            description: row.try_get("description")?,
            amount: Fen::new(row.try_get("amount_fen")?),
            pay_by: Timestamp::from_unix(row.try_get("pay_by")?),
            state: known(
                &row.try_get::<String>("state")?,
                AttemptState::from_word,
                AttemptState::as_str,
            )?,
            closed_at: row
                .try_get::<Option<i64>>("closed_at")?
                .map(Timestamp::from_unix),
            back: known(
                &row.try_get::<String>("refund")?,
                BackState::from_word,
                BackState::as_str,
            )?,
            refunds_closed: row.try_get("refunds_closed")?,
            refund_again_at: Timestamp::from_unix(row.try_get("refund_again_at")?),
            looks: row.try_get("looks")?,
        })
    }
}

/// What a payment is, inside a change.
async fn attempt_state(tx: &mut Tx, out_trade_no: &str) -> Result<AttemptState> {
    let word: String =
        sql::query_scalar("SELECT state FROM wechat_payments WHERE out_trade_no = $1")
            .bind(out_trade_no.to_owned())
            .fetch_one(&mut *tx)
            .await?;
    known(&word, AttemptState::from_word, AttemptState::as_str)
}

impl Store {
    /// An order's payments at WeChat Pay, the first one first.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn wechat_attempts(&self, order: &OrderId) -> Result<Vec<Attempt>> {
        sql::query_as("SELECT * FROM wechat_payments WHERE order_id = $1 ORDER BY seq")
            .bind(order.as_str().to_owned())
            .fetch_all(self.quick())
            .await
    }

    /// The payment that a number at WeChat Pay stands for.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn wechat_attempt(&self, out_trade_no: &str) -> Result<Option<Attempt>> {
        sql::query_as("SELECT * FROM wechat_payments WHERE out_trade_no = $1")
            .bind(out_trade_no.to_owned())
            .fetch_optional(self.quick())
            .await
    }

    /// Keeps a payment before WeChat Pay is asked for it. Does nothing where its number is taken:
    /// another call was faster. It becomes due once its order is decided; one that is added later is due at once.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn add_wechat_attempt(&self, new: &Attempt) -> Result<()> {
        let mut tx = self.write(&format!("order/{}", new.order_id)).await?;
        sql::query(
            "INSERT INTO wechat_payments (out_trade_no, order_id, seq, channel, payer, description,
                 amount_fen, pay_by, state, look_at)
             SELECT $1, o.id, $3, $4, $5, $6, $7, $8, 'open',
                 CASE WHEN o.payment IN ('created', 'paying', 'unknown') THEN NULL ELSE 0 END
             FROM orders o WHERE o.id = $2
             ON CONFLICT DO NOTHING",
        )
        .bind(new.out_trade_no.clone())
        .bind(new.order_id.as_str().to_owned())
        .bind(new.seq)
        .bind(new.channel.as_str())
        .bind(new.payer.clone())
        .bind(new.description.clone())
        .bind(new.amount.get())
        .bind(new.pay_by.unix())
        .execute(&mut tx)
        .await?;
        tx.commit().await
    }

    /// Notes that a payment was given up; one that was paid stays paid. `proven` says when a query
    /// proved that it can't be paid any more; the first such moment stays.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn close_wechat_attempt(
        &self,
        out_trade_no: &str,
        proven: Option<Timestamp>,
    ) -> Result<()> {
        sql::query(
            "UPDATE wechat_payments SET state = 'closed', closed_at = COALESCE(closed_at, $2), looks = 0
             WHERE out_trade_no = $1 AND (state = 'open'
                 OR (state = 'closed' AND closed_at IS NULL AND CAST($2 AS BIGINT) IS NOT NULL))",
        )
        .bind(out_trade_no.to_owned())
        .bind(proven.map(Timestamp::unix))
        .execute(self)
        .await
        .map(drop)
    }

    /// Takes payments that the sweep should look at, most overdue first, for `lease_s` seconds: one whose look did not end
    /// by then is due again. One of an undecided order is not among them: it is asked about with its order.
    ///
    /// # Errors
    /// Any database failure. A payment that can't be read is no failure: the others must not wait for it.
    pub async fn take_wechat_attempts_to_look_at(
        &self,
        now: Timestamp,
        lease_s: i64,
        limit: i64,
    ) -> Result<Vec<TakenAttempt>> {
        let rows = sql::query(
            "WITH due AS (SELECT p.out_trade_no FROM wechat_payments p
                 JOIN orders o ON o.id = p.order_id
                 WHERE p.look_at <= $1 AND o.payment NOT IN ('created', 'paying', 'unknown')
                 ORDER BY p.look_at LIMIT $3 /*postgres: FOR UPDATE OF p SKIP LOCKED*/)
             UPDATE wechat_payments SET look_at = $2
             WHERE look_at <= $1 AND out_trade_no IN (SELECT out_trade_no FROM due)
             RETURNING *, (SELECT o.payment FROM orders o WHERE o.id = wechat_payments.order_id)
                 AS order_payment",
        )
        .bind(now.unix())
        .bind(now.plus(lease_s).unix())
        .bind(limit)
        .fetch_all(self)
        .await?;
        let taken = rows.iter().map(|row| match Watched::from_row(row) {
            Ok(watched) => TakenAttempt::Watched(Box::new(watched)),
            Err(fault) => TakenAttempt::Unreadable {
                number: row.try_get("out_trade_no").unwrap_or_default(),
                fault,
            },
        });
        Ok(taken.collect())
    }

    /// Notes that a payment was looked at; `next` says when to look again. Does nothing where it has
    /// moved since it was `seen`: what it has become is due.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn looked_at_wechat_attempt(
        &self,
        seen: &Attempt,
        next: Option<Timestamp>,
    ) -> Result<()> {
        sql::query(
            "UPDATE wechat_payments SET look_at = $2, looks = looks + 1
             WHERE out_trade_no = $1 AND state = $3 AND refund = $4",
        )
        .bind(seen.out_trade_no.clone())
        .bind(next.map(Timestamp::unix))
        .bind(seen.state.as_str())
        .bind(seen.back.as_str())
        .execute(self)
        .await
        .map(drop)
    }

    /// Keeps a number that WeChat Pay gave for a payment, or for a refund of it: `kind` says which, by what the payment is
    /// at that moment.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn keep_wechat_number(
        &self,
        attempt: &Attempt,
        kind: fn(AttemptState) -> NumberKind,
        given: &Given,
    ) -> Result<()> {
        let order = attempt.order_id.as_str();
        let mut tx = self.write(&format!("order/{order}")).await?;
        let state = attempt_state(&mut tx, &attempt.out_trade_no).await?;
        numbers::keep_in(&mut tx, order, kind(state), given).await?;
        tx.commit().await
    }

    /// Notes how far a payment's money is on its way back, and the number of that way. What is back stays back. The
    /// order's timeline says when a second payment's money is back.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn wechat_money_back(
        &self,
        attempt: &Attempt,
        back: BackState,
        refund: Option<&Given>,
        now: Timestamp,
    ) -> Result<()> {
        let order = attempt.order_id.as_str();
        let mut tx = self.write(&format!("order/{order}")).await?;
        if let Some(refund) = refund {
            let kind = attempt_state(&mut tx, &attempt.out_trade_no).await?;
            numbers::keep_in(&mut tx, order, kind.refund_kind(), refund).await?;
        }
        let moved: Option<String> = sql::query_scalar(
            "UPDATE wechat_payments SET refund = $2, looks = CASE WHEN refund = $2 THEN looks ELSE 0 END
             WHERE out_trade_no = $1 AND refund <> 'done' RETURNING state",
        )
        .bind(attempt.out_trade_no.clone())
        .bind(back.as_str())
        .fetch_optional(&mut tx)
        .await?;
        let surplus = moved.is_some_and(|state| state == AttemptState::Surplus.as_str());
        if surplus && back == BackState::Done {
            append_event(&mut tx, order, TopUpEvent::SecondPaymentReturned, now).await?;
            let movement = Movement::SecondPaymentReturned;
            audit::record(&mut tx, order, movement, Some(attempt.amount), now).await?;
        }
        tx.commit().await
    }

    /// Notes that one more of our refunds of a payment ended closed, after so many before it, and when
    /// the next one may be asked for; a second note of the same one changes nothing.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn wechat_refund_closed(
        &self,
        out_trade_no: &str,
        before: i64,
        again_at: Timestamp,
    ) -> Result<()> {
        sql::query(
            "UPDATE wechat_payments SET refunds_closed = refunds_closed + 1, refund_again_at = $3
             WHERE out_trade_no = $1 AND refunds_closed = $2",
        )
        .bind(out_trade_no.to_owned())
        .bind(before)
        .bind(again_at.unix())
        .execute(self)
        .await
        .map(drop)
    }

    /// Notes that a payment was paid, and its number at WeChat Pay. Gives what that makes of it: the order's payment, or money too
    /// much where another one of the order was paid before; the order's timeline says so then. The first answer stays.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn pay_wechat_attempt(
        &self,
        attempt: &Attempt,
        payment: Option<&Given>,
        now: Timestamp,
    ) -> Result<AttemptState> {
        let order = attempt.order_id.as_str();
        let mut tx = self.write(&format!("order/{order}")).await?;
        let paid = sql::query(
            "UPDATE wechat_payments SET state = CASE
                 WHEN EXISTS (SELECT 1 FROM wechat_payments o
                     WHERE o.order_id = $2 AND o.out_trade_no <> $1 AND o.state = 'paid')
                 THEN 'surplus' ELSE 'paid' END, look_at = 0, looks = 0
             WHERE out_trade_no = $1 AND state IN ('open', 'closed')",
        )
        .bind(attempt.out_trade_no.clone())
        .bind(order.to_owned())
        .execute(&mut tx)
        .await?;
        let state = attempt_state(&mut tx, &attempt.out_trade_no).await?;
        if paid.rows_affected() == 1 && state == AttemptState::Surplus {
            append_event(&mut tx, order, TopUpEvent::SecondPayment, now).await?;
            let movement = Movement::SecondPayment;
            audit::record(&mut tx, order, movement, Some(attempt.amount), now).await?;
        }
        if let Some(payment) = payment {
            numbers::keep_in(&mut tx, order, state.payment_kind(), payment).await?;
        }
        tx.commit().await?;
        Ok(state)
    }

    /// Notes that a surplus payment's money is about to go back: it pays no order any more. `false` where it is on its way
    /// already, or pays the order by now.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn begin_surplus_refund(&self, out_trade_no: &str) -> Result<bool> {
        sql::query(
            "UPDATE wechat_payments SET refund = 'running'
             WHERE out_trade_no = $1 AND state = 'surplus' AND refund = 'none'",
        )
        .bind(out_trade_no.to_owned())
        .execute(self)
        .await
        .map(|begun| begun.rows_affected() == 1)
    }

    /// Lets a surplus payment pay its order in place of the one that did, whose money went back. `payment` is the surplus
    /// one's number at WeChat Pay. Refused where one of the two has moved meanwhile, or the order is being refunded.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn replace_returned_payment(
        &self,
        returned: &Attempt,
        surplus: &Attempt,
        payment: Option<&Given>,
        now: Timestamp,
    ) -> Result<Replacement> {
        let order = surplus.order_id.as_str();
        let mut tx = self.write(&format!("order/{order}")).await?;
        let given_up: Option<String> = sql::query_scalar(
            "UPDATE wechat_payments SET state = 'surplus', look_at = 0, looks = 0,
                 refund = CASE refund WHEN 'done' THEN 'done' ELSE 'stuck' END
             WHERE out_trade_no = $1 AND state = 'paid' AND refund IN ('none', 'done')
                 AND EXISTS (SELECT 1 FROM orders o
                     WHERE o.id = $2 AND o.payment NOT IN ('refunding', 'refunded'))
             RETURNING refund",
        )
        .bind(returned.out_trade_no.clone())
        .bind(order.to_owned())
        .fetch_optional(&mut tx)
        .await?;
        let taken = sql::query(
            "UPDATE wechat_payments SET state = 'paid', look_at = 0, looks = 0
             WHERE out_trade_no = $1 AND order_id = $2 AND state = 'surplus' AND refund = 'none'",
        )
        .bind(surplus.out_trade_no.clone())
        .bind(order.to_owned())
        .execute(&mut tx)
        .await?;
        // Neither change is kept without the other.
        let Some(back) = given_up.filter(|_| taken.rows_affected() == 1) else {
            return Ok(Replacement::Refused);
        };
        for (from, to) in [
            (NumberKind::Payment, NumberKind::SecondPayment),
            (NumberKind::Refund, NumberKind::SecondRefund),
        ] {
            numbers::rename_in(&mut tx, order, from, to).await?;
        }
        if let Some(payment) = payment {
            numbers::forget_in(&mut tx, order, NumberKind::SecondPayment, &payment.number).await?;
            numbers::keep_in(&mut tx, order, NumberKind::Payment, payment).await?;
        }
        let is_back = back == BackState::Done.as_str();
        if is_back {
            append_event(&mut tx, order, TopUpEvent::SecondPaymentReturned, now).await?;
            let movement = Movement::SecondPaymentReturned;
            audit::record(&mut tx, order, movement, Some(returned.amount), now).await?;
        }
        tx.commit().await?;
        Ok(if is_back {
            Replacement::Done
        } else {
            Replacement::Unproven
        })
    }

    /// Begins a sign-in by WeChat for a browser. Both secrets are kept as digests.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn begin_wechat_sign_in(
        &self,
        state: &str,
        browser: &str,
        return_to: &str,
        now: Timestamp,
        lives_s: i64,
    ) -> Result<()> {
        sql::query(
            "INSERT INTO wechat_sign_ins (state_hash, browser_hash, return_to, phase, expires_at)
             VALUES ($1, $2, $3, 'open', $4)",
        )
        .bind(digest(&[state]))
        .bind(digest(&[browser]))
        .bind(return_to.to_owned())
        .bind(now.plus(lives_s).unix())
        .execute(self)
        .await
        .map(drop)
    }

    /// A sign-in that this browser began, while it lasts.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn wechat_sign_in(
        &self,
        state: &str,
        browser: &str,
        now: Timestamp,
    ) -> Result<Option<SignInRow>> {
        let row = sql::query(
            "SELECT return_to, phase, user_id, openid, done_at FROM wechat_sign_ins
             WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3",
        )
        .bind(digest(&[state]))
        .bind(digest(&[browser]))
        .bind(now.unix())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(SignInRow {
                return_to: row.try_get("return_to")?,
                phase: row.try_get("phase")?,
                user_id: row.try_get("user_id")?,
                openid: row.try_get("openid")?,
                done_at: row.try_get("done_at")?,
            })
        })
        .transpose()
    }

    /// Whether a sign-in that this browser began still waits for WeChat.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn wechat_browser_waits(&self, browser: &str, now: Timestamp) -> Result<bool> {
        let waiting: i64 = sql::query_scalar(
            "SELECT COUNT(*) FROM wechat_sign_ins
             WHERE browser_hash = $1 AND expires_at > $2 AND phase IN ('open', 'swapping')",
        )
        .bind(digest(&[browser]))
        .bind(now.unix())
        .fetch_one(&self.pool)
        .await?;
        Ok(waiting > 0)
    }

    /// Takes a sign-in to swap its code: `true` for one caller only.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn take_wechat_sign_in(&self, state: &str) -> Result<bool> {
        let done = sql::query(
            "UPDATE wechat_sign_ins SET phase = 'swapping' WHERE state_hash = $1 AND phase = 'open'",
        )
        .bind(digest(&[state]))
        .execute(self)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes how a sign-in ended: with a user, or without.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn end_wechat_sign_in(
        &self,
        state: &str,
        user_id: Option<&str>,
        openid: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        sql::query(
            "UPDATE wechat_sign_ins SET phase = $2, user_id = $3, openid = $4, done_at = $5
             WHERE state_hash = $1 AND phase = 'swapping'",
        )
        .bind(digest(&[state]))
        .bind(if user_id.is_some() { "done" } else { "failed" })
        .bind(user_id.map(str::to_owned))
        .bind(openid.map(str::to_owned))
        .bind(now.unix())
        .execute(self)
        .await
        .map(drop)
    }
}
