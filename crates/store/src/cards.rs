use dika_contract::{
    BindingId, BindingState, Campus, CardId, CardStatus, Issuer, MaskedIdentity, Timestamp,
};

use crate::database::{Result, Store, Tx};
use crate::decode::{checked, known};
use crate::sql::{self, FromRow, Row};
use dika_core::card_system::{CardRecord, CardRef};

/// A binding as it is kept.
#[derive(Clone, Debug)]
pub struct BindingRow {
    /// Which.
    pub id: BindingId,
    /// Whose card.
    pub issuer: Issuer,
    /// Which account.
    pub card_ref: CardRef,
    /// `**** 5678`.
    pub card_no_masked: String,
    /// As it was when asked for.
    pub card_status: CardStatus,
    /// Whom the card belongs to.
    pub identity: MaskedIdentity,
    /// As stored; time may have made it expired.
    pub state: BindingState,
    /// Until when it may be answered.
    pub expires_at: Timestamp,
    /// The bound card, once confirmed.
    pub card_id: Option<CardId>,
}

/// A bound card as it is kept.
#[derive(Clone, Debug)]
pub struct CardRow {
    /// Which.
    pub id: CardId,
    /// Whose card.
    pub issuer: Issuer,
    /// Which account.
    pub card_ref: CardRef,
    /// `**** 5678`.
    pub card_no_masked: String,
    /// Whom it belongs to.
    pub identity: MaskedIdentity,
    /// The one shown first.
    pub is_default: bool,
    /// Whether the student took it off again.
    pub unbound: bool,
}

fn identity(row: &Row) -> Result<MaskedIdentity> {
    Ok(MaskedIdentity {
        name: row.try_get("name_masked")?,
        student_no: row.try_get("student_no")?,
        campus: Campus::from_word(&row.try_get::<String>("campus")?),
        college: row.try_get("college")?,
    })
}

impl FromRow for BindingRow {
    fn from_row(row: &Row) -> Result<Self> {
        let card_id: Option<String> = row.try_get("card_id")?;
        Ok(Self {
            id: checked(
                BindingId::parse(&row.try_get::<String>("id")?),
                "binding id",
            )?,
            issuer: known(
                &row.try_get::<String>("issuer")?,
                Issuer::from_word,
                Issuer::as_str,
            )?,
            card_ref: CardRef(row.try_get("card_ref")?),
            card_no_masked: row.try_get("card_no_masked")?,
            card_status: known(
                &row.try_get::<String>("card_status")?,
                CardStatus::from_word,
                CardStatus::as_str,
            )?,
            identity: identity(row)?,
            state: known(
                &row.try_get::<String>("state")?,
                BindingState::from_word,
                BindingState::as_str,
            )?,
            expires_at: Timestamp::from_unix(row.try_get("expires_at")?),
            card_id: card_id
                .map(|id| checked(CardId::parse(&id), "card id"))
                .transpose()?,
        })
    }
}

impl FromRow for CardRow {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: checked(CardId::parse(&row.try_get::<String>("id")?), "card id")?,
            issuer: known(
                &row.try_get::<String>("issuer")?,
                Issuer::from_word,
                Issuer::as_str,
            )?,
            card_ref: CardRef(row.try_get("card_ref")?),
            card_no_masked: row.try_get("card_no_masked")?,
            identity: identity(row)?,
            is_default: row.try_get::<i64>("is_default")? != 0,
            unbound: row.try_get::<Option<i64>>("unbound_at")?.is_some(),
        })
    }
}

/// Makes the first of a user's cards the default one where none is.
pub(crate) async fn keep_a_default_card(tx: &mut Tx, user_id: &str) -> Result<()> {
    sql::query(
        "UPDATE cards SET is_default = 1 WHERE id = (
             SELECT id FROM cards WHERE user_id = $1 AND unbound_at IS NULL
             ORDER BY bound_at, id LIMIT 1)
         AND NOT EXISTS (SELECT 1 FROM cards d WHERE d.user_id = $1 AND d.unbound_at IS NULL
             AND d.is_default = 1)",
    )
    .bind(user_id.to_owned())
    .execute(&mut *tx)
    .await
    .map(drop)
}

impl Store {
    /// Keeps a binding that waits for its student's answer. `subject` is the digest under which wrong passwords of the
    /// card are counted.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn add_binding(
        &self,
        user_id: &str,
        card: &CardRecord,
        subject: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<BindingRow> {
        let id = checked(BindingId::parse(&self.ids.id()), "binding id")?;
        sql::query_as(
            "INSERT INTO bindings (id, user_id, issuer, card_ref, card_no_masked, card_status,
                 name_masked, student_no, campus, college, state, created_at, expires_at, subject)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'pending', $11, $12, $13)
             RETURNING *",
        )
        .bind(id.as_str().to_owned())
        .bind(user_id.to_owned())
        .bind(card.issuer.as_str())
        .bind(card.card_ref.0.clone())
        .bind(card.card_no_masked.clone())
        .bind(card.status.as_str())
        .bind(card.identity.name.clone())
        .bind(card.identity.student_no.clone())
        .bind(card.identity.campus.as_str())
        .bind(card.identity.college.clone())
        .bind(now.unix())
        .bind(expires_at.unix())
        .bind(subject)
        .fetch_one(self)
        .await
    }

    /// A user's binding.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn binding(&self, user_id: &str, id: &BindingId) -> Result<Option<BindingRow>> {
        sql::query_as("SELECT * FROM bindings WHERE id = $1 AND user_id = $2")
            .bind(id.as_str().to_owned())
            .bind(user_id.to_owned())
            .fetch_optional(self.quick())
            .await
    }

    /// Answers a binding that still waits: no. Gives whether it did.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn reject_binding(
        &self,
        user_id: &str,
        id: &BindingId,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let done = sql::query(
            "UPDATE bindings SET state = 'rejected', reason = $3
             WHERE id = $1 AND user_id = $2 AND state = 'pending' AND expires_at > $4",
        )
        .bind(id.as_str().to_owned())
        .bind(user_id.to_owned())
        .bind(reason.to_owned())
        .bind(now.unix())
        .execute(self)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Answers a binding that still waits: yes. The card is bound from then on; one that this user
    /// had bound before keeps its id. The first card becomes the default one. Gives whether the
    /// binding still waited. `session` is the digest of the session's token: only one that began with a code
    /// to the account's phone vouches that the number is the cardholder's.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn confirm_binding(
        &self,
        user_id: &str,
        session: &str,
        id: &BindingId,
        now: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.write(&format!("cards/{user_id}")).await?;
        let done = sql::query(
            "UPDATE bindings SET state = 'confirmed'
             WHERE id = $1 AND user_id = $2 AND state = 'pending' AND expires_at > $3",
        )
        .bind(id.as_str().to_owned())
        .bind(user_id.to_owned())
        .bind(now.unix())
        .execute(&mut tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let card_id: String = sql::query_scalar(
            "INSERT INTO cards (id, user_id, issuer, card_ref, card_no_masked, name_masked, student_no,
                 campus, college, subject, is_default, bound_at, vouched_at)
             SELECT $2, b.user_id, b.issuer, b.card_ref, b.card_no_masked, b.name_masked, b.student_no,
                 b.campus, b.college, b.subject,
                 CASE WHEN EXISTS (SELECT 1 FROM cards c WHERE c.user_id = b.user_id
                     AND c.unbound_at IS NULL AND c.is_default = 1) THEN 0 ELSE 1 END, $3,
                 CASE WHEN EXISTS (SELECT 1 FROM sessions s WHERE s.token_hash = $4 AND s.by_phone = 1)
                     THEN $3 ELSE COALESCE((SELECT MAX(i.created_at) FROM identities i
                         WHERE i.user_id = b.user_id AND i.kind = 'phone'), $3) END
             FROM bindings b WHERE b.id = $1
             ON CONFLICT (user_id, issuer, card_ref) DO UPDATE SET
                 card_no_masked = excluded.card_no_masked, name_masked = excluded.name_masked,
                 student_no = excluded.student_no, campus = excluded.campus, college = excluded.college,
                 subject = excluded.subject,
                 is_default = CASE WHEN cards.unbound_at IS NULL THEN cards.is_default
                     ELSE excluded.is_default END,
                 vouched_at = CASE WHEN cards.vouched_at > excluded.vouched_at THEN cards.vouched_at
                     ELSE excluded.vouched_at END,
                 unbound_at = NULL
             RETURNING id",
        )
        .bind(id.as_str().to_owned())
        .bind(self.ids.id())
        .bind(now.unix())
        .bind(session.to_owned())
        .fetch_one(&mut tx)
        .await?;
        sql::query("UPDATE bindings SET card_id = $2 WHERE id = $1")
            .bind(id.as_str().to_owned())
            .bind(card_id)
            .execute(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Whether a user ever bound the card whose wrong passwords are counted under this digest.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn ever_bound(&self, user_id: &str, subject: &str) -> Result<bool> {
        sql::query_scalar::<i64>("SELECT COUNT(*) FROM cards WHERE user_id = $1 AND subject = $2")
            .bind(user_id)
            .bind(subject)
            .fetch_one(self.quick())
            .await
            .map(|count| count > 0)
    }

    /// A user's bound cards, the default one first.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn cards(&self, user_id: &str) -> Result<Vec<CardRow>> {
        sql::query_as(
            "SELECT * FROM cards WHERE user_id = $1 AND unbound_at IS NULL
             ORDER BY is_default DESC, bound_at, id",
        )
        .bind(user_id.to_owned())
        .fetch_all(self.quick())
        .await
    }

    /// All cards that a user ever bound.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn cards_ever(&self, user_id: &str) -> Result<Vec<CardRow>> {
        sql::query_as("SELECT * FROM cards WHERE user_id = $1")
            .bind(user_id.to_owned())
            .fetch_all(&self.pool)
            .await
    }

    /// A bound card by its id alone: for the sweep and terminals.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn any_card(&self, id: &CardId) -> Result<Option<CardRow>> {
        sql::query_as("SELECT * FROM cards WHERE id = $1")
            .bind(id.as_str().to_owned())
            .fetch_optional(self.quick())
            .await
    }

    /// A user's card, bound or not any more.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn card(&self, user_id: &str, id: &CardId) -> Result<Option<CardRow>> {
        sql::query_as("SELECT * FROM cards WHERE id = $1 AND user_id = $2")
            .bind(id.as_str().to_owned())
            .bind(user_id.to_owned())
            .fetch_optional(self.quick())
            .await
    }

    /// Makes a bound card the one shown first. Gives whether there is such a card.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn set_default_card(&self, user_id: &str, id: &CardId) -> Result<bool> {
        let mut tx = self.write(&format!("cards/{user_id}")).await?;
        let done = sql::query(
            "UPDATE cards SET is_default = 1 WHERE id = $1 AND user_id = $2 AND unbound_at IS NULL",
        )
        .bind(id.as_str().to_owned())
        .bind(user_id.to_owned())
        .execute(&mut tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sql::query("UPDATE cards SET is_default = 0 WHERE user_id = $2 AND id <> $1")
            .bind(id.as_str().to_owned())
            .bind(user_id.to_owned())
            .execute(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Takes a card off its user. Its orders stay. The card bound first of the others becomes the
    /// default one where this was it. Gives whether there was such a card.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn unbind_card(&self, user_id: &str, id: &CardId, now: Timestamp) -> Result<bool> {
        let mut tx = self.write(&format!("cards/{user_id}")).await?;
        let done = sql::query(
            "UPDATE cards SET unbound_at = $3, is_default = 0
             WHERE id = $1 AND user_id = $2 AND unbound_at IS NULL",
        )
        .bind(id.as_str().to_owned())
        .bind(user_id.to_owned())
        .bind(now.unix())
        .execute(&mut tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        keep_a_default_card(&mut tx, user_id).await?;
        tx.commit().await?;
        Ok(true)
    }
}
