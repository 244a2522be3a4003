use std::collections::HashMap;

use dika_contract::top_up::TimelineEntry;
use dika_contract::{
    CardId, ClaimRule, ClaimState, Fen, Issuer, OrderId, PayChannel, PaymentState, Timestamp,
    TopUpEvent, WalletKind,
};

use crate::audit::{self, Movement};
use crate::database::{Result, Store, Tx};
use crate::decode::{checked, known, order_id};
use crate::outbox;
use crate::sql::{self, FromRow, Row};
use dika_core::card_system::CardRef;
use dika_core::order::{OrderState, Transition};

/// Longer than anybody waits for a wallet's balance, and than servers' clocks differ: an order that is made and credited
/// meanwhile was made so many seconds ago at most.
const BALANCE_TAKES_S: i64 = 60;

/// An order as it is kept.
#[derive(Clone, Debug)]
pub struct OrderRow {
    /// Which.
    pub id: OrderId,
    /// Whose.
    pub user_id: String,
    /// For which bound card.
    pub card_id: CardId,
    /// Whose card.
    pub issuer: Issuer,
    /// For which wallet.
    pub wallet: WalletKind,
    /// How much.
    pub amount: Fen,
    /// Where the student was.
    pub channel: PayChannel,
    /// Both machines.
    pub state: OrderState,
    /// How the wallet's money was collected when the order was made; later rules don't touch it.
    pub claim_rule: ClaimRule,
    /// When it was stored.
    pub created_at: Timestamp,
    /// Until when it can be paid.
    pub pay_by: Timestamp,
    /// Digest of the body that made it.
    pub body_digest: String,
    /// Grows with every change.
    pub version: i64,
    /// How often the sweep looked without anything new.
    pub looks: i64,
    /// When its state last changed.
    pub moved_at: Timestamp,
}

/// An order that the sweep took, or why it can't be read.
#[derive(Debug)]
pub enum TakenOrder {
    /// As it is kept.
    Order(Box<OrderRow>),
    /// Kept in a way that this version can't read.
    Unreadable {
        /// Its number.
        id: String,
        /// What is wrong with it.
        fault: sqlx::Error,
    },
}

/// An order to store.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// Which.
    pub id: OrderId,
    /// Whose.
    pub user_id: String,
    /// For which bound card.
    pub card_id: CardId,
    /// Whose card.
    pub issuer: Issuer,
    /// For which wallet.
    pub wallet: WalletKind,
    /// How much.
    pub amount: Fen,
    /// Where the student is.
    pub channel: PayChannel,
    /// How the money will be collected.
    pub claim_rule: ClaimRule,
    /// Now.
    pub created_at: Timestamp,
    /// Until when it can be paid.
    pub pay_by: Timestamp,
    /// The client's key.
    pub key: String,
    /// Digest of the body.
    pub body_digest: String,
}

/// An order that keeps its student from another one for the same card and wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpaidOrder {
    /// Which.
    pub id: OrderId,
    /// Whether nobody knows if it was paid.
    pub is_unknown: bool,
    /// Until when it can be paid.
    pub pay_by: Timestamp,
}

/// Which orders to list.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// Only those before this one.
    pub before: Option<OrderId>,
    /// Only this card's.
    pub card_id: Option<CardId>,
    /// Only those that still want something of their student, or that the card system has not taken yet.
    pub open: bool,
    /// Not those on cards that are hidden from this session, the digest of its token.
    pub hidden_from: String,
    /// At most so many.
    pub limit: i64,
}

/// Whether it is not known yet what becomes of a payment. The SQL of this crate names the same three.
const fn is_undecided(payment: PaymentState) -> bool {
    matches!(
        payment,
        PaymentState::Created | PaymentState::Paying | PaymentState::Unknown
    )
}

/// What an account's wallet was promised at one moment, by order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promised {
    /// May still arrive: not decided, or paid and not yet known to the card system.
    open: HashMap<String, Fen>,
    /// Has arrived, of orders that were made not long ago.
    arrived: HashMap<String, Fen>,
}

impl Promised {
    /// What a wallet's balance may lack that was asked for after this moment and told before the later one: an order that
    /// arrives in between may count twice, and counts once at least.
    pub fn missed_until(mut self, later: Self) -> impl Iterator<Item = Fen> {
        let arrived = later.arrived.into_iter();
        let since = arrived.filter(|(id, _)| !self.arrived.contains_key(id));
        let since: Vec<_> = since.chain(later.open).collect();
        self.open.extend(since);
        self.open.into_values()
    }
}

async fn by_key(on: sql::On<'_>, user_id: &str, key: &str) -> Result<Option<OrderRow>> {
    sql::query_as("SELECT * FROM orders WHERE user_id = $1 AND idem_key = $2")
        .bind(user_id)
        .bind(key)
        .fetch_optional(on)
        .await
}

async fn promised(
    on: sql::On<'_>,
    card: &CardRef,
    wallet: WalletKind,
    now: Timestamp,
) -> Result<Promised> {
    let rows: Vec<(String, i64, i64)> = sql::query_as(
        "SELECT o.id, o.amount_fen, o.settled FROM orders o JOIN cards c ON c.id = o.card_id
         WHERE c.card_ref = $1 AND o.wallet = $2 AND (o.payment IN ('created', 'paying', 'unknown')
             OR (o.payment = 'paid' AND (o.settled = 0 OR o.created_at >= $3)))",
    )
    .bind(card.0.clone())
    .bind(wallet.as_str())
    .bind(now.plus(-BALANCE_TAKES_S).unix())
    .fetch_all(on)
    .await?;
    let mut promised = Promised::default();
    for (id, fen, settled) in rows {
        let orders = if settled == 0 {
            &mut promised.open
        } else {
            &mut promised.arrived
        };
        orders.insert(id, Fen::new(fen));
    }
    Ok(promised)
}

/// The lock under which orders for an account are made.
pub fn account_lock(card: &CardRef) -> String {
    format!("orders/{}", card.0)
}

impl FromRow for OrderRow {
    fn from_row(row: &Row) -> Result<Self> {
        let word = |column: &str| row.try_get::<String>(column);
        let claim_by: Option<i64> = row.try_get("claim_by")?;
        Ok(Self {
            id: order_id(&word("id")?)?,
            user_id: word("user_id")?,
            card_id: checked(CardId::parse(&word("card_id")?), "card id")?,
            issuer: known(&word("issuer")?, Issuer::from_word, Issuer::as_str)?,
            wallet: known(&word("wallet")?, WalletKind::from_word, WalletKind::as_str)?,
            amount: Fen::new(row.try_get("amount_fen")?),
            channel: known(&word("channel")?, PayChannel::from_word, PayChannel::as_str)?,
            state: OrderState {
                payment: known(
                    &word("payment")?,
                    PaymentState::from_word,
                    PaymentState::as_str,
                )?,
                claim: known(&word("claim")?, ClaimState::from_word, ClaimState::as_str)?,
                claim_by: claim_by.map(Timestamp::from_unix),
                settled: row.try_get::<i64>("settled")? != 0,
            },
            claim_rule: serde_json::from_str(&word("claim_rule")?)
                .map_err(|fault| sqlx::Error::Decode(fault.into()))?,
            created_at: Timestamp::from_unix(row.try_get("created_at")?),
            pay_by: Timestamp::from_unix(row.try_get("pay_by")?),
            body_digest: word("body_digest")?,
            version: row.try_get("version")?,
            looks: row.try_get("looks")?,
            moved_at: Timestamp::from_unix(row.try_get("moved_at")?),
        })
    }
}

impl Store {
    /// The order that a user's key made before.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn order_by_key(&self, user_id: &str, key: &str) -> Result<Option<OrderRow>> {
        by_key(self.quick(), user_id, key).await
    }

    /// As [`Store::order_by_key`], inside a change.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn order_by_key_in(
        &self,
        tx: &mut Tx,
        user_id: &str,
        key: &str,
    ) -> Result<Option<OrderRow>> {
        by_key(tx.into(), user_id, key).await
    }

    /// An order that can still be paid at `now`, for this card and wallet, inside a change. One whose time is over keeps
    /// nobody from another, also where the provider has not said yet what became of it.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn unpaid_order(
        &self,
        tx: &mut Tx,
        card: &CardId,
        wallet: WalletKind,
        now: Timestamp,
    ) -> Result<Option<UnpaidOrder>> {
        let row: Option<(String, String, i64)> = sql::query_as(
            "SELECT id, payment, pay_by FROM orders WHERE card_id = $1 AND wallet = $2
             AND payment IN ('created', 'paying', 'unknown') AND pay_by > $3 ORDER BY id DESC LIMIT 1",
        )
        .bind(card.as_str().to_owned())
        .bind(wallet.as_str())
        .bind(now.unix())
        .fetch_optional(&mut *tx)
        .await?;
        row.map(|(id, payment, pay_by)| {
            Ok(UnpaidOrder {
                id: order_id(&id)?,
                is_unknown: PaymentState::from_word(&payment) == PaymentState::Unknown,
                pay_by: Timestamp::from_unix(pay_by),
            })
        })
        .transpose()
    }

    /// Takes a look at an order for a student until `until`, where nobody else has it. Gives whether that was so.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn begin_look(
        &self,
        order: &OrderId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool> {
        let taken =
            sql::query("UPDATE orders SET ask_again_at = $3 WHERE id = $1 AND ask_again_at <= $2")
                .bind(order.as_str().to_owned())
                .bind(now.unix())
                .bind(until.unix())
                .execute(self)
                .await?;
        Ok(taken.rows_affected() > 0)
    }

    /// Ends a look that was taken until `until`: the next one is from `again_at` on. Changes nothing where another look
    /// was taken since.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn end_look(
        &self,
        order: &OrderId,
        until: Timestamp,
        again_at: Timestamp,
    ) -> Result<()> {
        sql::query("UPDATE orders SET ask_again_at = $3 WHERE id = $1 AND ask_again_at = $2")
            .bind(order.as_str().to_owned())
            .bind(until.unix())
            .bind(again_at.unix())
            .execute(self)
            .await
            .map(drop)
    }

    /// What was paid, or may still be, for an account's wallet by orders made since `since`.
    /// Money on its way back does not count.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn promised_since(
        &self,
        tx: &mut Tx,
        card: &CardRef,
        wallet: WalletKind,
        since: Timestamp,
    ) -> Result<Fen> {
        sql::query_scalar(
            "SELECT CAST(COALESCE(SUM(o.amount_fen), 0) AS BIGINT) FROM orders o
             JOIN cards c ON c.id = o.card_id
             WHERE c.card_ref = $1 AND o.wallet = $2 AND o.created_at >= $3
             AND o.payment IN ('created', 'paying', 'unknown', 'paid')",
        )
        .bind(card.0.clone())
        .bind(wallet.as_str())
        .bind(since.unix())
        .fetch_one(&mut *tx)
        .await
        .map(Fen::new)
    }

    /// What an account's wallet is promised.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn promised(
        &self,
        card: &CardRef,
        wallet: WalletKind,
        now: Timestamp,
    ) -> Result<Promised> {
        promised(self.quick(), card, wallet, now).await
    }

    /// As [`Store::promised`], inside a change.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn promised_in(
        &self,
        tx: &mut Tx,
        card: &CardRef,
        wallet: WalletKind,
        now: Timestamp,
    ) -> Result<Promised> {
        promised(tx.into(), card, wallet, now).await
    }

    /// Stores an order with its first event. Nothing where the user's key was used before.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn add_order(&self, tx: &mut Tx, new: &NewOrder) -> Result<Option<OrderRow>> {
        let rule = serde_json::to_string(&new.claim_rule)
            .map_err(|fault| sqlx::Error::Encode(fault.into()))?;
        let row: Option<OrderRow> = sql::query_as(
            "INSERT INTO orders (id, user_id, card_id, issuer, wallet, amount_fen, channel, payment,
                 claim, claim_rule, created_at, pay_by, settled, idem_key, body_digest, version,
                 look_at, looks, moved_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'created', 'not_needed', $8, $9, $10, 0, $11, $12, 0,
                 $13, 0, $9)
             ON CONFLICT (user_id, idem_key) DO NOTHING
             RETURNING *",
        )
        .bind(new.id.as_str().to_owned())
        .bind(new.user_id.clone())
        .bind(new.card_id.as_str().to_owned())
        .bind(new.issuer.as_str())
        .bind(new.wallet.as_str())
        .bind(new.amount.get())
        .bind(new.channel.as_str())
        .bind(rule)
        .bind(new.created_at.unix())
        .bind(new.pay_by.unix())
        .bind(new.key.clone())
        .bind(new.body_digest.clone())
        // Also the repair of a crash before the provider's answer was stored.
        .bind(new.created_at.plus(30).unix())
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(row) = &row {
            add_event(tx, &row.id, 0, TopUpEvent::Created, new.created_at).await?;
        }
        Ok(row)
    }

    /// A user's order.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn user_order(&self, user_id: &str, id: &OrderId) -> Result<Option<OrderRow>> {
        sql::query_as("SELECT * FROM orders WHERE id = $1 AND user_id = $2")
            .bind(id.as_str().to_owned())
            .bind(user_id.to_owned())
            .fetch_optional(self.quick())
            .await
    }

    /// Anybody's order: for the sweep, terminals and the provider's word.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn order(&self, id: &OrderId) -> Result<Option<OrderRow>> {
        sql::query_as("SELECT * FROM orders WHERE id = $1")
            .bind(id.as_str().to_owned())
            .fetch_optional(self.quick())
            .await
    }

    /// A user's orders, newest first.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn list_orders(&self, user_id: &str, filter: &OrderFilter) -> Result<Vec<OrderRow>> {
        sql::query_as(
            "SELECT * FROM orders WHERE user_id = $1 AND id < $2 AND ($3 = '' OR card_id = $3)
             AND card_id NOT IN (SELECT h.card_id FROM hidden_cards h WHERE h.token_hash = $6)
             AND ($4 = 0 OR payment IN ('created', 'paying', 'unknown', 'refunding')
                 OR (payment = 'paid' AND settled = 0) OR claim IN ('waiting', 'needs_confirmation'))
             ORDER BY id DESC LIMIT $5",
        )
        .bind(user_id.to_owned())
        // Ids are lower case letters and digits: this is behind every one of them.
        .bind(
            filter
                .before
                .as_ref()
                .map_or("zzzzzzzzzzzzzzzzzzzzzzzzz", OrderId::as_str)
                .to_owned(),
        )
        .bind(
            filter
                .card_id
                .as_ref()
                .map_or("", CardId::as_str)
                .to_owned(),
        )
        .bind(i64::from(filter.open))
        .bind(filter.limit)
        .bind(filter.hidden_from.clone())
        .fetch_all(&self.pool)
        .await
    }

    /// Writes what a state machine made of an order, together with its events, and when the sweep
    /// looks next. Gives the order as it is then; `None` where it was no more as `seen`: nothing was written, and the caller
    /// looks again.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn move_order(
        &self,
        seen: &OrderRow,
        made: &Transition,
        look_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<OrderRow>> {
        let mut tx = self.write(&format!("order/{}", seen.id)).await?;
        let moved: Option<OrderRow> = sql::query_as(
            "UPDATE orders SET payment = $3, claim = $4, claim_by = $5, settled = $6, look_at = $7,
                 looks = 0, ask_again_at = 0, version = version + 1, moved_at = $8
             WHERE id = $1 AND version = $2 RETURNING *",
        )
        .bind(seen.id.as_str().to_owned())
        .bind(seen.version)
        .bind(made.state.payment.as_str())
        .bind(made.state.claim.as_str())
        .bind(made.state.claim_by.map(Timestamp::unix))
        .bind(i64::from(made.state.settled))
        .bind(look_at.map(Timestamp::unix))
        .bind(now.unix())
        .fetch_optional(&mut tx)
        .await?;
        let Some(moved) = moved else {
            return Ok(None);
        };
        for event in &made.log {
            append_event(&mut tx, seen.id.as_str(), *event, now).await?;
        }
        for movement in movements(seen, made) {
            audit::record(&mut tx, seen.id.as_str(), movement, Some(seen.amount), now).await?;
        }
        if is_undecided(seen.state.payment) && !is_undecided(made.state.payment) {
            sql::query(
                "UPDATE wechat_payments SET look_at = 0 WHERE order_id = $1 AND look_at IS NULL",
            )
            .bind(seen.id.as_str())
            .execute(&mut tx)
            .await?;
        }
        outbox::order_changed(&mut tx, &seen.id, &made.log, now).await?;
        tx.commit().await?;
        Ok(Some(moved))
    }

    /// Notes that an order was looked at and nothing was new; `next` says when to look again.
    /// Does nothing where the order has moved since it was `seen`.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn looked_at_order(&self, seen: &OrderRow, next: Option<Timestamp>) -> Result<()> {
        sql::query(
            "UPDATE orders SET look_at = $3, looks = looks + 1, ask_again_at = 0 WHERE id = $1 AND version = $2",
        )
        .bind(seen.id.as_str().to_owned())
        .bind(seen.version)
        .bind(next.map(Timestamp::unix))
        .execute(self)
        .await
        .map(drop)
    }

    /// What happened to a user's orders between two of them, both included, by order.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn timelines(
        &self,
        user_id: &str,
        oldest: &OrderId,
        newest: &OrderId,
    ) -> Result<HashMap<String, Vec<TimelineEntry>>> {
        let rows: Vec<(String, String, i64)> = sql::query_as(
            "SELECT e.order_id, e.event, e.at FROM order_events e JOIN orders o ON o.id = e.order_id
             WHERE o.user_id = $1 AND o.id >= $2 AND o.id <= $3 ORDER BY e.order_id, e.seq",
        )
        .bind(user_id.to_owned())
        .bind(oldest.as_str().to_owned())
        .bind(newest.as_str().to_owned())
        .fetch_all(&self.pool)
        .await?;
        let mut timelines = HashMap::<_, Vec<_>>::new();
        for (order, event, at) in rows {
            timelines.entry(order).or_default().push(TimelineEntry {
                event: TopUpEvent::from_word(&event),
                at: Timestamp::from_unix(at),
            });
        }
        Ok(timelines)
    }

    /// Whether the student ever confirmed that an order's money is still to be collected.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn was_claim_confirmed(&self, order: &OrderId) -> Result<bool> {
        sql::query_scalar::<i64>(
            "SELECT COUNT(*) FROM order_events WHERE order_id = $1 AND event = $2",
        )
        .bind(order.as_str().to_owned())
        .bind(TopUpEvent::ClaimConfirmed.as_str())
        .fetch_one(self.quick())
        .await
        .map(|count| count > 0)
    }

    /// Makes every order that may yet be paid one that the sweep should look at now. Where other servers share the database,
    /// those that were taken to be looked at stay with whoever took them; elsewhere that was this one, before it ended.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn undecided_orders_are_due(&self, now: Timestamp) -> Result<()> {
        sql::query(
            "UPDATE orders SET look_at = $1
             WHERE look_at > $1 AND payment IN ('created', 'paying', 'unknown')
             AND ($2 = 0 OR look_at <> ask_again_at)",
        )
        .bind(now.unix())
        .bind(i64::from(self.is_shared()))
        .execute(self)
        .await
        .map(drop)
    }

    /// Takes orders that the sweep should look at, most overdue first, for `lease_s` seconds: one whose look did not end
    /// by then is due again, for this or another instance.
    ///
    /// # Errors
    /// Any database failure. An order that can't be read is no failure: the others must not wait for it.
    pub async fn take_orders_to_look_at(
        &self,
        now: Timestamp,
        lease_s: i64,
        limit: i64,
    ) -> Result<Vec<TakenOrder>> {
        // Whoever takes at the same moment takes others, in place of waiting for these and getting none.
        let rows = sql::query(
            "WITH due AS (SELECT id FROM orders WHERE look_at <= $1 ORDER BY look_at LIMIT $3
                 /*postgres: FOR UPDATE SKIP LOCKED*/)
             UPDATE orders SET look_at = $2, ask_again_at = $2
             WHERE look_at <= $1 AND id IN (SELECT id FROM due)
             RETURNING *",
        )
        .bind(now.unix())
        .bind(now.plus(lease_s).unix())
        .bind(limit)
        .fetch_all(self)
        .await?;
        let taken = rows.iter().map(|row| match OrderRow::from_row(row) {
            Ok(order) => TakenOrder::Order(Box::new(order)),
            Err(fault) => TakenOrder::Unreadable {
                id: row.try_get("id").unwrap_or_default(),
                fault,
            },
        });
        Ok(taken.collect())
    }
}

/// Adds an event to an order's timeline, inside a change under the order's lock.
pub(crate) async fn append_event(
    tx: &mut Tx,
    order: &str,
    event: TopUpEvent,
    at: Timestamp,
) -> Result<()> {
    sql::query(
        "INSERT INTO order_events (order_id, seq, event, at)
         SELECT $1, MAX(seq) + 1, $2, $3 FROM order_events WHERE order_id = $1",
    )
    .bind(order.to_owned())
    .bind(event.as_str())
    .bind(at.unix())
    .execute(&mut *tx)
    .await
    .map(drop)
}

/// What a transition says about the order's money.
fn movements(seen: &OrderRow, made: &Transition) -> Vec<Movement> {
    let mut found: Vec<Movement> = made.log.iter().copied().filter_map(Movement::of).collect();
    let is_on_its_way = made.state.payment == PaymentState::Paid;
    if is_on_its_way && made.state.settled && !seen.state.settled {
        found.push(Movement::Credited);
    }
    if made.log.contains(&TopUpEvent::Claimed) && seen.state.claim.is_open() {
        found.push(Movement::Collected);
    }
    found
}

async fn add_event(
    tx: &mut Tx,
    order: &OrderId,
    seq: i64,
    event: TopUpEvent,
    at: Timestamp,
) -> Result<()> {
    sql::query("INSERT INTO order_events (order_id, seq, event, at) VALUES ($1, $2, $3, $4)")
        .bind(order.as_str().to_owned())
        .bind(seq)
        .bind(event.as_str())
        .bind(at.unix())
        .execute(&mut *tx)
        .await
        .map(drop)
}
