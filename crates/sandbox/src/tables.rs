use dika_contract::{Fen, Issuer, OrderId, Timestamp, WalletKind};
use dika_store::numbers::{Given, NumberKind};
use dika_store::sql::{self, AssertSqlSafe, FromRow, Row};
use dika_store::{Result, Store};

/// A payment at the sandbox's provider.
#[derive(Clone, Debug)]
pub struct PaymentFacts {
    /// Whose order.
    pub order_id: OrderId,
    /// Whose card.
    pub issuer: Issuer,
    /// Which wallet.
    pub wallet: WalletKind,
    /// How much.
    pub amount: Fen,
    /// What the provider would say: `pending`, `paid`, `cancelled`, `failed`, `silent`, `closed`,
    /// `refunded`.
    pub outcome: String,
    /// When it was started.
    pub created_at: Timestamp,
}

/// A code that was sent.
#[derive(Clone)]
pub struct SmsRow {
    /// To whom.
    pub phone: String,
    /// The code.
    pub code: String,
    /// When, in seconds since 1970.
    pub sent_at: i64,
}

impl FromRow for SmsRow {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            phone: row.try_get("phone")?,
            code: row.try_get("code")?,
            sent_at: row.try_get("sent_at")?,
        })
    }
}

const FACTS: &str = "SELECT p.order_id, o.issuer, o.wallet, p.amount_fen, p.outcome, p.created_at
    FROM sandbox_payments p JOIN orders o ON o.id = p.order_id";

/// What only the sandbox keeps, in the server's database.
#[derive(Clone, Debug)]
pub struct Tables {
    store: Store,
}

impl Tables {
    /// The sandbox's tables in this database.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// All settings whose key starts with `prefix`.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn settings_under(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        // Prefixes are this program's own words: nothing in them is special to LIKE.
        sql::query_as("SELECT key, value FROM settings WHERE key LIKE $1 ORDER BY key")
            .bind(format!("{prefix}%"))
            .fetch_all(self.store.pool())
            .await
    }

    /// Keeps an invented number; the first moment stays.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn keep_number(
        &self,
        order: &OrderId,
        kind: NumberKind,
        given: &Given,
    ) -> Result<()> {
        self.store.keep_number(order, kind, given).await
    }

    /// How far the sandbox's clock was moved, in seconds.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn clock_offset(&self) -> Result<i64> {
        let text = self.store.setting("clock_offset_s").await?;
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// Remembers how far the clock was moved.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn set_clock_offset(&self, seconds: i64) -> Result<()> {
        self.store
            .set_setting("clock_offset_s", &seconds.to_string())
            .await
    }

    /// Puts a message into the sandbox's inbox.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn add_sms(&self, phone: &str, code: &str, at: Timestamp) -> Result<()> {
        let mut tx = self.store.write("sandbox/sms").await?;
        sql::query(
            "INSERT INTO sandbox_sms (phone, code, sent_at, seq)
             SELECT $1, $2, $3, COALESCE(MAX(seq), 0) + 1 FROM sandbox_sms",
        )
        .bind(phone.to_owned())
        .bind(code.to_owned())
        .bind(at.unix())
        .execute(&mut tx)
        .await?;
        tx.commit().await
    }

    /// The code last sent to a phone.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn latest_sms(&self, phone: &str) -> Result<Option<String>> {
        sql::query_scalar("SELECT code FROM sandbox_sms WHERE phone = $1 ORDER BY seq DESC LIMIT 1")
            .bind(phone.to_owned())
            .fetch_optional(self.store.pool())
            .await
    }

    /// The messages last sent, newest first.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn sms_inbox(&self, limit: i64) -> Result<Vec<SmsRow>> {
        sql::query_as("SELECT phone, code, sent_at FROM sandbox_sms ORDER BY seq DESC LIMIT $1")
            .bind(limit)
            .fetch_all(self.store.pool())
            .await
    }

    /// Payments that nobody has decided yet (pending, silent, or turned back from), newest first.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn pending_payments(&self) -> Result<Vec<PaymentFacts>> {
        let sql = [
            FACTS,
            " WHERE p.outcome IN ('pending', 'silent', 'cancelled') ORDER BY p.order_id DESC LIMIT 50",
        ].concat();
        let rows = sql::query(AssertSqlSafe(sql))
            .fetch_all(self.store.pool())
            .await?;
        rows.iter().map(facts).collect()
    }

    /// A payment, for the cashier's page.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn payment_facts(&self, order: &OrderId) -> Result<Option<PaymentFacts>> {
        let sql = [FACTS, " WHERE p.order_id = $1"].concat();
        let row = sql::query(AssertSqlSafe(sql))
            .bind(order.as_str().to_owned())
            .fetch_optional(self.store.pool())
            .await?;
        row.as_ref().map(facts).transpose()
    }

    /// Opens a payment at the sandbox's provider, or goes on with one that its student turned back
    /// from. Gives what the provider would now say.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn start_payment(
        &self,
        order: &OrderId,
        amount: Fen,
        at: Timestamp,
    ) -> Result<String> {
        sql::query_scalar(
            "INSERT INTO sandbox_payments (order_id, amount_fen, outcome, created_at)
             VALUES ($1, $2, 'pending', $3)
             ON CONFLICT (order_id) DO UPDATE SET outcome =
                 CASE sandbox_payments.outcome WHEN 'cancelled' THEN 'pending' ELSE sandbox_payments.outcome END
             RETURNING outcome",
        )
        .bind(order.as_str().to_owned())
        .bind(amount.get())
        .bind(at.unix())
        .fetch_one(&self.store)
        .await
    }

    /// What the sandbox's provider would say about a payment, and its amount.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn payment(&self, order: &OrderId) -> Result<Option<(String, Fen)>> {
        let row: Option<(String, i64)> =
            sql::query_as("SELECT outcome, amount_fen FROM sandbox_payments WHERE order_id = $1")
                .bind(order.as_str().to_owned())
                .fetch_optional(self.store.pool())
                .await?;
        Ok(row.map(|(outcome, amount)| (outcome, Fen::new(amount))))
    }

    /// Decides a payment. One that was paid or refunded only changes from paid to refunded. Gives
    /// whether there is such a payment and it now says `outcome`.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn decide_payment(&self, order: &OrderId, outcome: &str) -> Result<bool> {
        let done = sql::query(
            "UPDATE sandbox_payments SET outcome = $2 WHERE order_id = $1
             AND (outcome NOT IN ('paid', 'refunded') OR outcome = $2
                  OR (outcome = 'paid' AND $2 = 'refunded'))",
        )
        .bind(order.as_str().to_owned())
        .bind(outcome.to_owned())
        .execute(&self.store)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whether the database holds neither users nor card accounts.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn holds_nobody(&self) -> Result<bool> {
        let count: i64 = sql::query_scalar(
            "SELECT (SELECT COUNT(*) FROM users) + (SELECT COUNT(*) FROM ledger_cards)",
        )
        .fetch_one(self.store.pool())
        .await?;
        Ok(count == 0)
    }

    /// Forgets everything: people, orders, books, messages, settings.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn reset(&self) -> Result<()> {
        let mut tx = self.store.write("reset").await?;
        // Children before parents.
        for sql in [
            "DELETE FROM sandbox_sms",
            "DELETE FROM sandbox_payments",
            "DELETE FROM ledger_deposits",
            "DELETE FROM ledger_refusals",
            "DELETE FROM ledger_entries",
            "DELETE FROM ledger_transfers",
            "DELETE FROM ledger_cards",
            "DELETE FROM account_joins",
            "DELETE FROM wechat_sign_ins",
            "DELETE FROM wechat_payments",
            "DELETE FROM outbox",
            "DELETE FROM message_permissions",
            "DELETE FROM order_events",
            "DELETE FROM order_numbers",
            "DELETE FROM orders",
            "DELETE FROM bindings",
            "DELETE FROM cards",
            "DELETE FROM password_tries",
            "DELETE FROM rates",
            "DELETE FROM sms_codes",
            "DELETE FROM sign_in_codes",
            "DELETE FROM sign_in_tries",
            "DELETE FROM sessions",
            "DELETE FROM devices",
            "DELETE FROM identities",
            "DELETE FROM users",
            "DELETE FROM settings",
        ] {
            sql::query(sql).execute(&mut tx).await?;
        }
        tx.commit().await
    }
}

fn facts(row: &Row) -> Result<PaymentFacts> {
    Ok(PaymentFacts {
        order_id: dika_store::decode::order_id(&row.try_get::<String>("order_id")?)?,
        issuer: Issuer::from_word(&row.try_get::<String>("issuer")?),
        wallet: WalletKind::from_word(&row.try_get::<String>("wallet")?),
        amount: Fen::new(row.try_get("amount_fen")?),
        outcome: row.try_get("outcome")?,
        created_at: Timestamp::from_unix(row.try_get("created_at")?),
    })
}
