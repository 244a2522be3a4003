use dika_contract::{Fen, Timestamp};

use crate::cards::{CardRow, keep_a_default_card};
use crate::database::{Result, Store, Tx};
use crate::sql::{self, AssertSqlSafe, FromRow, Row};

/// Seconds for which a join can be undone.
pub const SPLIT_WITHIN_S: i64 = 90 * 86_400;

/// What would move where an account went up in another one.
#[derive(Clone, Debug)]
pub struct OtherAccount {
    /// Its bound cards.
    pub cards: Vec<CardRow>,
    /// How many orders it has.
    pub orders: i64,
    /// Its paid money that waits to be collected.
    pub waiting: Fen,
}

impl OtherAccount {
    /// Whether nothing would move but the way to sign in.
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty() && self.orders == 0
    }
}

/// How far a join is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinState {
    /// The student is asked.
    Asked,
    /// The student said no, or the two turned out to be two people.
    Refused,
    /// They are one account.
    Joined,
    /// They were one account; the desk parted them.
    Split,
}

impl JoinState {
    /// The word that the database keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Refused => "refused",
            Self::Joined => "joined",
            Self::Split => "split",
        }
    }

    fn from_word(word: &str) -> Result<Self> {
        let all = [Self::Asked, Self::Refused, Self::Joined, Self::Split];
        let found = all.into_iter().find(|state| state.as_str() == word);
        found.ok_or_else(|| sqlx::Error::Decode("word of another version".into()))
    }
}

/// A join, for the desk.
#[derive(Clone, Debug)]
pub struct Join {
    /// Which.
    pub id: String,
    /// The account that went up in the other one.
    pub from: String,
    /// The account that stays.
    pub to: String,
    /// How far it is.
    pub state: JoinState,
    /// Whether the student was asked.
    pub was_asked: bool,
    /// When it began.
    pub asked_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Who parted the two again.
    pub split_by: Option<String>,
}

impl FromRow for Join {
    fn from_row(row: &Row) -> Result<Self> {
        let decided_at: Option<i64> = row.try_get("decided_at")?;
        Ok(Self {
            id: row.try_get("id")?,
            from: row.try_get("from_user")?,
            to: row.try_get("to_user")?,
            state: JoinState::from_word(&row.try_get::<String>("state")?)?,
            was_asked: row.try_get::<Option<String>>("session")?.is_some(),
            asked_at: Timestamp::from_unix(row.try_get("asked_at")?),
            decided_at: decided_at.map(Timestamp::from_unix),
            split_by: row.try_get("split_by")?,
        })
    }
}

/// What a join moved, or a split would move back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Ways to sign in.
    pub identities: i64,
    /// Cards.
    pub cards: i64,
    /// Orders.
    pub orders: i64,
}

/// Why two accounts are not parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSplit {
    /// There is no such join.
    Unknown,
    /// They are no longer, or never were, one account.
    NotJoined,
    /// It is too long ago.
    TooLate,
}

/// The same card bound by both: `c` is the one that stays.
const TWIN: &str = "SELECT c.id FROM cards a
    JOIN cards c ON c.issuer = a.issuer AND c.card_ref = a.card_ref AND c.user_id = $2
    WHERE a.user_id = $1 AND a.id =";

impl Store {
    /// What would move where `from` went up in `to`. Nothing where they are two people: `from` is gone or has a phone
    /// number of its own, or both have cards and none of the one's has the holder of one of the other's.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn other_account(&self, from: &str, to: &str) -> Result<Option<OtherAccount>> {
        let pool = &self.pool;
        if is_apart(pool.into(), from, to).await? || are_strangers(pool.into(), from, to).await? {
            return Ok(None);
        }
        let (orders, waiting): (i64, i64) = sql::query_as(
            "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN payment = 'paid'
                 AND claim IN ('waiting', 'needs_confirmation') THEN amount_fen ELSE 0 END), 0) AS BIGINT)
             FROM orders WHERE user_id = $1",
        )
        .bind(from)
        .fetch_one(pool)
        .await?;
        Ok(Some(OtherAccount {
            cards: self.cards(from).await?,
            orders,
            waiting: Fen::new(waiting),
        }))
    }

    /// Whether an account has bound cards, or orders.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn holds_anything(&self, user_id: &str) -> Result<bool> {
        sql::query_scalar::<i64>(
            "SELECT (SELECT COUNT(*) FROM cards WHERE user_id = $1 AND unbound_at IS NULL)
                 + (SELECT COUNT(*) FROM orders WHERE user_id = $1)",
        )
        .bind(user_id)
        .fetch_one(&self.pool)
        .await
        .map(|count| count > 0)
    }

    /// Asks the student of a session whether `from` is theirs, too. `session` is the digest of its token.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ask_to_join(
        &self,
        session: &str,
        from: &str,
        to: &str,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.write(&format!("user/{from}")).await?;
        let asked = sql::query(
            "UPDATE account_joins SET from_user = $2, to_user = $3, asked_at = $4
             WHERE session = $1 AND state = 'asked'",
        )
        .bind(session)
        .bind(from)
        .bind(to)
        .bind(now.unix())
        .execute(&mut tx)
        .await?;
        if asked.rows_affected() == 0 {
            add_join(&mut tx, &self.ids.id(), (from, to), Some(session), now).await?;
        }
        tx.commit().await
    }

    /// Makes one account of two that turned out to be the same person's: identities, cards, orders,
    /// bindings and allowed messages of `from` become `to`'s, its sessions end, and it is gone. Gives `false`, and
    /// changes nothing, where they are two people: see [`Store::other_account`].
    ///
    /// # Errors
    /// Any database failure; then nothing was changed.
    pub async fn join_users(&self, from: &str, to: &str, now: Timestamp) -> Result<bool> {
        let mut tx = self.write(&format!("user/{from}")).await?;
        let id = self.ids.id();
        add_join(&mut tx, &id, (from, to), None, now).await?;
        if !join(&mut tx, &id, from, to, now).await? {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The student's answer: whether the account that was asked about is theirs. It is then joined as by
    /// [`Store::join_users`]. Gives what became of it; nothing where nothing was asked. `session` is the digest of the
    /// session's token.
    ///
    /// # Errors
    /// Any database failure; then nothing was changed.
    pub async fn answer_join(
        &self,
        session: &str,
        same_person: bool,
        now: Timestamp,
    ) -> Result<Option<Join>> {
        let asked: Option<Join> =
            sql::query_as("SELECT * FROM account_joins WHERE session = $1 AND state = 'asked'")
                .bind(session)
                .fetch_optional(&self.pool)
                .await?;
        let Some(mut asked) = asked else {
            return Ok(None);
        };
        let mut tx = self.write(&format!("user/{}", asked.from)).await?;
        let taken =
            sql::query("UPDATE account_joins SET state = 'refused', decided_at = $2 WHERE id = $1 AND state = 'asked'")
                .bind(asked.id.clone())
                .bind(now.unix())
                .execute(&mut tx)
                .await?;
        if taken.rows_affected() == 0 {
            return Ok(None);
        }
        let joined = same_person && join(&mut tx, &asked.id, &asked.from, &asked.to, now).await?;
        tx.commit().await?;
        asked.state = if joined {
            JoinState::Joined
        } else {
            JoinState::Refused
        };
        Ok(Some(asked))
    }

    /// A join by its id.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn account_join(&self, id: &str) -> Result<Option<Join>> {
        sql::query_as("SELECT * FROM account_joins WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await
    }

    /// The joins of the account that has this phone number, newest first.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn account_joins_of(&self, phone: &str) -> Result<Vec<Join>> {
        sql::query_as(
            "SELECT j.* FROM account_joins j JOIN identities i ON i.user_id = j.to_user
             WHERE i.kind = 'phone' AND i.subject = $1 ORDER BY j.asked_at DESC, j.id",
        )
        .bind(phone)
        .fetch_all(&self.pool)
        .await
    }

    /// What a join moved and a split would move back.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn moved_by(&self, join: &str) -> Result<Moved> {
        let rows: Vec<(String, i64)> = sql::query_as(
            "SELECT kind, COUNT(*) FROM account_join_parts WHERE join_id = $1 GROUP BY kind",
        )
        .bind(join)
        .fetch_all(&self.pool)
        .await?;
        let mut moved = Moved::default();
        for (kind, count) in rows {
            match kind.as_str() {
                "identity" => moved.identities += count,
                "card" | "twin" => moved.cards += count,
                "order" => moved.orders += count,
                _ => {}
            }
        }
        Ok(moved)
    }

    /// Whether a join can be undone now.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn may_split(
        &self,
        join: &str,
        now: Timestamp,
    ) -> Result<std::result::Result<Join, NotSplit>> {
        Ok(match self.account_join(join).await? {
            None => Err(NotSplit::Unknown),
            Some(join) if join.state != JoinState::Joined => Err(NotSplit::NotJoined),
            Some(join)
                if join
                    .decided_at
                    .is_none_or(|at| now.since(at) >= SPLIT_WITHIN_S) =>
            {
                Err(NotSplit::TooLate)
            }
            Some(join) => Ok(join),
        })
    }

    /// Parts two accounts that were joined: what the join moved goes back, with whatever was ordered since for a card that
    /// goes back. What was bound and ordered otherwise stays. All sessions of the account end. `by` is who parts them.
    ///
    /// # Errors
    /// Any database failure; then nothing was changed.
    pub async fn split_accounts(
        &self,
        join: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<std::result::Result<(), NotSplit>> {
        let join = match self.may_split(join, now).await? {
            Ok(join) => join,
            Err(reason) => return Ok(Err(reason)),
        };
        let mut tx = self.write(&format!("user/{}", join.from)).await?;
        let taken = sql::query(
            "UPDATE account_joins SET state = 'split', split_at = $2, split_by = $3
             WHERE id = $1 AND state = 'joined'",
        )
        .bind(join.id.clone())
        .bind(now.unix())
        .bind(by)
        .execute(&mut tx)
        .await?;
        if taken.rows_affected() == 0 {
            return Ok(Err(NotSplit::NotJoined));
        }
        sql::query("INSERT INTO users (id, snapshot, created_at) VALUES ($1, 0, $2)")
            .bind(join.from.clone())
            .bind(now.unix())
            .execute(&mut tx)
            .await?;
        for sql in [
            "UPDATE identities SET user_id = $2 WHERE user_id = $3 AND kind || '/' || subject IN
                 (SELECT p.id FROM account_join_parts p WHERE p.join_id = $1 AND p.kind = 'identity')",
            "UPDATE cards SET user_id = $2 WHERE user_id = $3 AND id IN
                 (SELECT p.id FROM account_join_parts p WHERE p.join_id = $1 AND p.kind = 'card')",
            "INSERT INTO cards (id, user_id, issuer, card_ref, card_no_masked, name_masked, student_no,
                 campus, college, subject, is_default, bound_at, vouched_at, unbound_at)
             SELECT p.id, $2, c.issuer, c.card_ref, c.card_no_masked, c.name_masked, c.student_no,
                 c.campus, c.college, c.subject, 0, c.bound_at, c.vouched_at,
                 (SELECT CAST(u.was AS BIGINT) FROM account_join_parts u
                  WHERE u.join_id = $1 AND u.kind = 'unbound' AND u.id = p.id)
             FROM account_join_parts p JOIN cards c ON c.id = p.was AND c.user_id = $3
             WHERE p.join_id = $1 AND p.kind = 'twin'",
            "UPDATE orders SET user_id = $2, card_id = (SELECT p.was FROM account_join_parts p
                 WHERE p.join_id = $1 AND p.kind = 'order' AND p.id = orders.id)
             WHERE user_id = $3 AND id IN
                 (SELECT p.id FROM account_join_parts p WHERE p.join_id = $1 AND p.kind = 'order')",
            "UPDATE bindings SET user_id = $2, card_id = (SELECT p.was FROM account_join_parts p
                 WHERE p.join_id = $1 AND p.kind = 'binding' AND p.id = bindings.id)
             WHERE user_id = $3 AND id IN
                 (SELECT p.id FROM account_join_parts p WHERE p.join_id = $1 AND p.kind = 'binding')",
            "UPDATE message_permissions SET user_id = $2 WHERE user_id = $3 AND token_hash IN
                 (SELECT p.id FROM account_join_parts p WHERE p.join_id = $1 AND p.kind = 'permission')",
        ] {
            sql::query(sql)
                .bind(join.id.clone())
                .bind(join.from.clone())
                .bind(join.to.clone())
                .execute(&mut tx)
                .await?;
        }
        // What was ordered since for a card that went back belongs to that card.
        for sql in [
            "UPDATE orders SET user_id = $1 WHERE user_id = $2
             AND card_id IN (SELECT id FROM cards WHERE user_id = $1)",
            "UPDATE bindings SET user_id = $1 WHERE user_id = $2
             AND card_id IN (SELECT id FROM cards WHERE user_id = $1)",
        ] {
            sql::query(sql)
                .bind(join.from.clone())
                .bind(join.to.clone())
                .execute(&mut tx)
                .await?;
        }
        sql::query(
            "UPDATE cards SET unbound_at = $2, is_default = 0 WHERE user_id = $3 AND id IN
                 (SELECT p.id FROM account_join_parts p WHERE p.join_id = $1 AND p.kind = 'rebound')",
        )
        .bind(join.id.clone())
        .bind(now.unix())
        .bind(join.to.clone())
        .execute(&mut tx)
        .await?;
        for user in [&join.from, &join.to] {
            keep_a_default_card(&mut tx, user).await?;
        }
        // Nobody knows whose each of them is.
        sql::query("DELETE FROM sessions WHERE user_id = $1")
            .bind(join.to.clone())
            .execute(&mut tx)
            .await?;
        sql::query("DELETE FROM account_join_parts WHERE join_id = $1")
            .bind(join.id.clone())
            .execute(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(Ok(()))
    }
}

async fn add_join(
    tx: &mut Tx,
    id: &str,
    (from, to): (&str, &str),
    session: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sql::query(
        "INSERT INTO account_joins (id, from_user, to_user, session, state, asked_at)
         VALUES ($1, $2, $3, $4, 'asked', $5)",
    )
    .bind(id)
    .bind(from)
    .bind(to)
    .bind(session.map(str::to_owned))
    .bind(now.unix())
    .execute(&mut *tx)
    .await
    .map(drop)
}

/// Joins two accounts inside a change, and keeps what moved. Gives whether it did.
async fn join(tx: &mut Tx, id: &str, from: &str, to: &str, now: Timestamp) -> Result<bool> {
    // Whoever adds something of this user's holds the row: what they add moves along, and what comes later fails.
    sql::query("SELECT id FROM users WHERE id = $1 /*postgres: FOR UPDATE*/")
        .bind(from)
        .fetch_optional(&mut *tx)
        .await?;
    if is_apart((&mut *tx).into(), from, to).await?
        || are_strangers((&mut *tx).into(), from, to).await?
    {
        return Ok(false);
    }
    // Each names all three: PostgreSQL wants to know what every parameter is.
    for sql in [
        "SELECT $3, 'identity', kind || '/' || subject, NULL FROM identities WHERE user_id = $1 AND user_id <> $2"
            .to_owned(),
        format!("SELECT $3, 'twin', t.id, ({TWIN} t.id) FROM cards t WHERE t.user_id = $1 AND EXISTS ({TWIN} t.id)"),
        format!(
            "SELECT $3, 'unbound', t.id, CAST(t.unbound_at AS TEXT) FROM cards t
             WHERE t.user_id = $1 AND t.unbound_at IS NOT NULL AND EXISTS ({TWIN} t.id)"
        ),
        "SELECT $3, 'rebound', t.id, NULL FROM cards t
         WHERE t.user_id = $2 AND t.unbound_at IS NOT NULL AND EXISTS (SELECT 1 FROM cards a
             WHERE a.user_id = $1 AND a.unbound_at IS NULL
             AND a.issuer = t.issuer AND a.card_ref = t.card_ref)"
            .to_owned(),
        format!("SELECT $3, 'card', t.id, NULL FROM cards t WHERE t.user_id = $1 AND NOT EXISTS ({TWIN} t.id)"),
        "SELECT $3, 'order', id, card_id FROM orders WHERE user_id = $1 AND user_id <> $2".to_owned(),
        "SELECT $3, 'binding', id, card_id FROM bindings WHERE user_id = $1 AND user_id <> $2".to_owned(),
        "SELECT $3, 'permission', token_hash, NULL FROM message_permissions WHERE user_id = $1 AND user_id <> $2"
            .to_owned(),
    ] {
        let sql = format!("INSERT INTO account_join_parts (join_id, kind, id, was) {sql}");
        sql::query(AssertSqlSafe(sql))
            .bind(from)
            .bind(to)
            .bind(id)
            .execute(&mut *tx)
            .await?;
    }
    for sql in [
        "UPDATE identities SET user_id = $2 WHERE user_id = $1".to_owned(),
        format!(
            "UPDATE orders SET card_id = ({TWIN} orders.card_id)
             WHERE user_id = $1 AND EXISTS ({TWIN} orders.card_id)"
        ),
        format!(
            "UPDATE bindings SET card_id = ({TWIN} bindings.card_id)
             WHERE user_id = $1 AND EXISTS ({TWIN} bindings.card_id)"
        ),
        "UPDATE cards SET unbound_at = NULL
         WHERE user_id = $2 AND unbound_at IS NOT NULL AND EXISTS (SELECT 1 FROM cards a
             WHERE a.user_id = $1 AND a.unbound_at IS NULL
             AND a.issuer = cards.issuer AND a.card_ref = cards.card_ref)"
            .to_owned(),
        "DELETE FROM cards
         WHERE user_id = $1 AND EXISTS (SELECT 1 FROM cards c
             WHERE c.user_id = $2 AND c.issuer = cards.issuer AND c.card_ref = cards.card_ref)"
            .to_owned(),
        "UPDATE cards SET is_default = 0
         WHERE user_id = $1 AND EXISTS (SELECT 1 FROM cards c
             WHERE c.user_id = $2 AND c.is_default = 1 AND c.unbound_at IS NULL)"
            .to_owned(),
        "UPDATE cards SET user_id = $2 WHERE user_id = $1".to_owned(),
        // Two browsers may have made the same key; an order's own number is nobody else's.
        "UPDATE orders SET idem_key = id
         WHERE user_id = $1 AND idem_key IN (SELECT o.idem_key FROM orders o WHERE o.user_id = $2)"
            .to_owned(),
        "UPDATE orders SET user_id = $2 WHERE user_id = $1".to_owned(),
        "UPDATE bindings SET user_id = $2 WHERE user_id = $1".to_owned(),
        "UPDATE message_permissions SET user_id = $2 WHERE user_id = $1".to_owned(),
    ] {
        sql::query(AssertSqlSafe(sql))
            .bind(from)
            .bind(to)
            .execute(&mut *tx)
            .await?;
    }
    for sql in [
        "DELETE FROM sessions WHERE user_id = $1",
        "DELETE FROM users WHERE id = $1",
    ] {
        sql::query(sql).bind(from).execute(&mut *tx).await?;
    }
    sql::query("UPDATE account_joins SET state = 'joined', decided_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now.unix())
        .execute(&mut *tx)
        .await?;
    Ok(true)
}

/// Whether `from` is gone, or has a phone number of its own, or is `to`.
async fn is_apart(on: sql::On<'_>, from: &str, to: &str) -> Result<bool> {
    if from == to {
        return Ok(true);
    }
    let (users, numbers): (i64, i64) = sql::query_as(
        "SELECT (SELECT COUNT(*) FROM users u WHERE u.id = $1),
             (SELECT COUNT(*) FROM identities i WHERE i.user_id = $1 AND i.kind = 'phone')",
    )
    .bind(from)
    .fetch_one(on)
    .await?;
    Ok(users == 0 || numbers > 0)
}

/// Whether two users have bound cards of different people, and no card or holder in common.
async fn are_strangers(on: sql::On<'_>, one: &str, other: &str) -> Result<bool> {
    let (mine, theirs, common): (i64, i64, i64) = sql::query_as(
        "SELECT
             (SELECT COUNT(*) FROM cards a WHERE a.user_id = $1 AND a.unbound_at IS NULL),
             (SELECT COUNT(*) FROM cards b WHERE b.user_id = $2 AND b.unbound_at IS NULL),
             (SELECT COUNT(*) FROM cards a JOIN cards b ON b.user_id = $2 AND b.unbound_at IS NULL
                  AND (a.card_ref = b.card_ref
                      OR (a.name_masked = b.name_masked AND a.student_no = b.student_no))
              WHERE a.user_id = $1 AND a.unbound_at IS NULL)",
    )
    .bind(one)
    .bind(other)
    .fetch_one(on)
    .await?;
    Ok(mine > 0 && theirs > 0 && common == 0)
}
