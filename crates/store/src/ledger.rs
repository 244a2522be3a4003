use dika_contract::{CardStatus, Fen, Issuer, OrderId, Timestamp, WalletKind};

use crate::database::{Result, Store, Tx};
use crate::decode::known;
use crate::sql::{self, AssertSqlSafe, FromRow, Row};
use dika_core::card_system::CardRef;
use dika_core::transfer::{Account, Transfer};

/// An account of the built-in card system, identity masked already when it is stored.
#[derive(Clone)]
pub struct LedgerCard {
    /// The account.
    pub card_ref: CardRef,
    /// Whose card.
    pub issuer: Issuer,
    /// What the student signs in with.
    pub identifier: String,
    /// The number on the card.
    pub card_no: String,
    /// Argon2 hash of the card's password, as a PHC string.
    pub password_hash: String,
    /// Masked.
    pub name_masked: String,
    /// Masked.
    pub student_no: String,
    /// A campus's word.
    pub campus: String,
    /// College or department.
    pub college: Option<String>,
    /// Whether the card works.
    pub status: CardStatus,
}

/// An order's money in the built-in card system.
#[derive(Clone, Debug)]
pub struct Deposit {
    /// Paid by which order.
    pub order_id: OrderId,
    /// For which wallet.
    pub wallet: WalletKind,
    /// How much.
    pub amount: Fen,
    /// Whether it waits still.
    pub waiting: bool,
    /// Until when it can be collected without confirming.
    pub claim_by: Option<Timestamp>,
}

impl FromRow for LedgerCard {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            card_ref: CardRef(row.try_get("card_ref")?),
            issuer: known(
                &row.try_get::<String>("issuer")?,
                Issuer::from_word,
                Issuer::as_str,
            )?,
            identifier: row.try_get("identifier")?,
            card_no: row.try_get("card_no")?,
            password_hash: row.try_get("password_hash")?,
            name_masked: row.try_get("name_masked")?,
            student_no: row.try_get("student_no")?,
            campus: row.try_get("campus")?,
            college: row.try_get("college")?,
            status: known(
                &row.try_get::<String>("status")?,
                CardStatus::from_word,
                CardStatus::as_str,
            )?,
        })
    }
}

impl FromRow for Deposit {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            order_id: crate::decode::order_id(&row.try_get::<String>("order_id")?)?,
            wallet: known(
                &row.try_get::<String>("wallet")?,
                WalletKind::from_word,
                WalletKind::as_str,
            )?,
            amount: Fen::new(row.try_get("amount_fen")?),
            waiting: match row.try_get::<String>("state")?.as_str() {
                "waiting" => true,
                "on_card" => false,
                _ => return Err(sqlx::Error::Decode("word of another version".into())),
            },
            claim_by: row
                .try_get::<Option<i64>>("claim_by")?
                .map(Timestamp::from_unix),
        })
    }
}

/// A card's balances: of which wallet, and whether they wait.
pub const BALANCES: [(WalletKind, bool); 4] = [
    (WalletKind::Main, false),
    (WalletKind::Main, true),
    (WalletKind::Utilities, false),
    (WalletKind::Utilities, true),
];

/// The lock under which a card's money moves.
pub fn card_lock(card: &CardRef) -> String {
    format!("ledger/{}", card.0)
}

impl Store {
    /// Opens an account; one that exists stays as it is. Gives whether it is new.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_open_account(&self, tx: &mut Tx, card: &LedgerCard) -> Result<bool> {
        let done = sql::query(
            "INSERT INTO ledger_cards (card_ref, issuer, identifier, card_no, password_hash,
                 name_masked, student_no, campus, college, status)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (card_ref) DO NOTHING",
        )
        .bind(card.card_ref.0.clone())
        .bind(card.issuer.as_str())
        .bind(card.identifier.clone())
        .bind(card.card_no.clone())
        .bind(card.password_hash.clone())
        .bind(card.name_masked.clone())
        .bind(card.student_no.clone())
        .bind(card.campus.clone())
        .bind(card.college.clone())
        .bind(card.status.as_str())
        .execute(&mut *tx)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The account that a student signs in to.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_by_identifier(
        &self,
        issuer: Issuer,
        identifier: &str,
    ) -> Result<Option<LedgerCard>> {
        sql::query_as("SELECT * FROM ledger_cards WHERE issuer = $1 AND identifier = $2")
            .bind(issuer.as_str())
            .bind(identifier.to_owned())
            .fetch_optional(self.quick())
            .await
    }

    /// The account of the card that carries this number.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_by_card_no(&self, card_no: &str) -> Result<Option<LedgerCard>> {
        sql::query_as("SELECT * FROM ledger_cards WHERE card_no = $1")
            .bind(card_no.to_owned())
            .fetch_optional(self.quick())
            .await
    }

    /// An account.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_card(&self, card: &CardRef) -> Result<Option<LedgerCard>> {
        sql::query_as("SELECT * FROM ledger_cards WHERE card_ref = $1")
            .bind(card.0.clone())
            .fetch_optional(self.quick())
            .await
    }

    /// How many accounts there are.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_count(&self) -> Result<i64> {
        sql::query_scalar("SELECT COUNT(*) FROM ledger_cards")
            .fetch_one(&self.pool)
            .await
    }

    /// Changes whether a card works. Gives whether there is such a card.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_set_status(&self, card: &CardRef, status: CardStatus) -> Result<bool> {
        let done = sql::query("UPDATE ledger_cards SET status = $2 WHERE card_ref = $1")
            .bind(card.0.clone())
            .bind(status.as_str())
            .execute(self)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// As [`Store::ledger_set_status`], inside a change.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_set_status_in(
        &self,
        tx: &mut Tx,
        card: &CardRef,
        status: CardStatus,
    ) -> Result<bool> {
        let done = sql::query("UPDATE ledger_cards SET status = $2 WHERE card_ref = $1")
            .bind(card.0.clone())
            .bind(status.as_str())
            .execute(tx)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whether a card works, inside a change.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_status(&self, tx: &mut Tx, card: &CardRef) -> Result<Option<CardStatus>> {
        let word: Option<String> = sql::query_scalar(
            "SELECT status FROM ledger_cards WHERE card_ref = $1 /*postgres: FOR UPDATE*/",
        )
        .bind(card.0.clone())
        .fetch_optional(&mut *tx)
        .await?;
        word.map(|word| known(&word, CardStatus::from_word, CardStatus::as_str))
            .transpose()
    }

    /// Books a transfer once. Gives whether it was new.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_book(
        &self,
        tx: &mut Tx,
        transfer: &Transfer,
        at: Timestamp,
    ) -> Result<bool> {
        let done = sql::query(
            "INSERT INTO ledger_transfers (id, kind, at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        )
        .bind(transfer.id().to_owned())
        .bind(transfer.kind())
        .bind(at.unix())
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let mut entries = transfer.entries();
        // Two of them, as a rule: one statement.
        while let Some((account, amount)) = entries.next() {
            let (sql, other) = match entries.next() {
                Some(other) => (TWO_ENTRIES, Some(other)),
                None => (ONE_ENTRY, None),
            };
            let mut insert = sql::query(sql)
                .bind(transfer.id().to_owned())
                .bind(account.name())
                .bind(amount);
            if let Some((account, amount)) = other {
                insert = insert.bind(account.name()).bind(amount);
            }
            insert.execute(&mut *tx).await?;
        }
        Ok(true)
    }

    /// What an account holds.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_balance(&self, account: &Account) -> Result<Fen> {
        sql::query_scalar(BALANCE)
            .bind(account.name())
            .fetch_one(&self.pool)
            .await
            .map(Fen::new)
    }

    /// What two accounts hold together, inside a change.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_held_in(&self, tx: &mut Tx, accounts: [&Account; 2]) -> Result<Fen> {
        sql::query_scalar(
            "SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM ledger_entries
             WHERE account IN ($1, $2)",
        )
        .bind(accounts[0].name())
        .bind(accounts[1].name())
        .fetch_one(&mut *tx)
        .await
        .map(Fen::new)
    }

    /// Cards and what each holds, by one statement, in no order; those that are not known are left out. The balances are
    /// in the order of [`BALANCES`].
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_cards_with_balances(
        &self,
        cards: &[CardRef],
    ) -> Result<Vec<(LedgerCard, [Fen; 4])>> {
        if cards.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<String> = (1..=cards.len()).map(|place| format!("${place}")).collect();
        let sums: Vec<String> = BALANCES
            .iter()
            .enumerate()
            .map(|(at, (wallet, is_waiting))| {
                let kind = if *is_waiting { "waiting" } else { "on_card" };
                format!(
                    "(SELECT CAST(COALESCE(SUM(e.amount_fen), 0) AS BIGINT) FROM ledger_entries e
                      WHERE e.account = 'card/' || c.card_ref || '/{wallet}/{kind}') AS held_{at}"
                )
            })
            .collect();
        let statement = format!(
            "SELECT c.*, {} FROM ledger_cards c WHERE c.card_ref IN ({})",
            sums.join(", "),
            places.join(", ")
        );
        let query = cards
            .iter()
            .fold(sql::query(AssertSqlSafe(statement)), |query, card| {
                query.bind(card.0.clone())
            });
        let rows = query.fetch_all(self.quick()).await?;
        let read = |row: &Row| {
            let held = |column: &str| row.try_get(column).map(Fen::new);
            let balances = [
                held("held_0")?,
                held("held_1")?,
                held("held_2")?,
                held("held_3")?,
            ];
            Ok((LedgerCard::from_row(row)?, balances))
        };
        rows.iter().map(read).collect()
    }

    /// What an account holds, inside a change.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_balance_in(&self, tx: &mut Tx, account: &Account) -> Result<Fen> {
        sql::query_scalar(BALANCE)
            .bind(account.name())
            .fetch_one(&mut *tx)
            .await
            .map(Fen::new)
    }

    /// An order's money.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_deposit(&self, order: &OrderId) -> Result<Option<Deposit>> {
        sql::query_as("SELECT * FROM ledger_deposits WHERE order_id = $1")
            .bind(order.as_str().to_owned())
            .fetch_optional(self.quick())
            .await
    }

    /// An order's money, inside a change.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_deposit_in(&self, tx: &mut Tx, order: &OrderId) -> Result<Option<Deposit>> {
        sql::query_as("SELECT * FROM ledger_deposits WHERE order_id = $1")
            .bind(order.as_str().to_owned())
            .fetch_optional(&mut *tx)
            .await
    }

    /// Notes that an order's money arrived.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_add_deposit(
        &self,
        tx: &mut Tx,
        card: &CardRef,
        deposit: &Deposit,
        at: Timestamp,
    ) -> Result<()> {
        sql::query(
            "INSERT INTO ledger_deposits (order_id, card_ref, wallet, amount_fen, state, claim_by, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(deposit.order_id.as_str().to_owned())
        .bind(card.0.clone())
        .bind(deposit.wallet.as_str())
        .bind(deposit.amount.get())
        .bind(if deposit.waiting { "waiting" } else { "on_card" })
        .bind(deposit.claim_by.map(Timestamp::unix))
        .bind(at.unix())
        .execute(&mut *tx)
        .await
        .map(drop)
    }

    /// Whether an order's money was refused before, inside a change.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_was_refused(&self, tx: &mut Tx, order: &OrderId) -> Result<bool> {
        sql::query_scalar::<i64>("SELECT COUNT(*) FROM ledger_refusals WHERE order_id = $1")
            .bind(order.as_str())
            .fetch_one(tx)
            .await
            .map(|count| count > 0)
    }

    /// Notes that an order's money was refused.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_refuse(&self, tx: &mut Tx, order: &OrderId, at: Timestamp) -> Result<()> {
        sql::query("INSERT INTO ledger_refusals (order_id, at) VALUES ($1, $2)")
            .bind(order.as_str())
            .bind(at.unix())
            .execute(tx)
            .await
            .map(drop)
    }

    /// What waits for a card, oldest first, inside a change.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_waiting(&self, tx: &mut Tx, card: &CardRef) -> Result<Vec<Deposit>> {
        sql::query_as(
            "SELECT * FROM ledger_deposits WHERE card_ref = $1 AND state = 'waiting' ORDER BY order_id
             /*postgres: FOR UPDATE*/",
        )
        .bind(card.0.clone())
        .fetch_all(&mut *tx)
        .await
    }

    /// Notes that an order's money is on the card.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_release(&self, tx: &mut Tx, order: &OrderId) -> Result<()> {
        sql::query("UPDATE ledger_deposits SET state = 'on_card' WHERE order_id = $1")
            .bind(order.as_str().to_owned())
            .execute(&mut *tx)
            .await
            .map(drop)
    }

    /// Gives an order's waiting money a new term.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_reopen(&self, order: &OrderId, claim_by: Option<Timestamp>) -> Result<()> {
        sql::query(
            "UPDATE ledger_deposits SET claim_by = $2 WHERE order_id = $1 AND state = 'waiting'",
        )
        .bind(order.as_str().to_owned())
        .bind(claim_by.map(Timestamp::unix))
        .execute(self)
        .await
        .map(drop)
    }

    /// The sum of all entries; zero while the books balance.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_sum(&self) -> Result<i64> {
        sql::query_scalar("SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM ledger_entries")
            .fetch_one(&self.pool)
            .await
    }

    /// Transfers whose entries do not sum to zero; none while the books balance.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ledger_unbalanced(&self) -> Result<Vec<String>> {
        sql::query_scalar(
            "SELECT t.id FROM ledger_transfers t LEFT JOIN ledger_entries e ON e.transfer_id = t.id
             GROUP BY t.id HAVING COALESCE(SUM(e.amount_fen), 0) <> 0 OR COUNT(e.account) < 2",
        )
        .fetch_all(&self.pool)
        .await
    }
}

const ONE_ENTRY: &str =
    "INSERT INTO ledger_entries (transfer_id, account, amount_fen) VALUES ($1, $2, $3)";
const TWO_ENTRIES: &str = "INSERT INTO ledger_entries (transfer_id, account, amount_fen) VALUES ($1, $2, $3), ($1, $4, $5)";
const BALANCE: &str =
    "SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM ledger_entries WHERE account = $1";
