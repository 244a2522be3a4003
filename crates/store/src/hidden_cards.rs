//! Cards that a session does not show, because the phone number may have changed hands.

use dika_contract::{CardId, Issuer, Timestamp};

use crate::database::{Result, Store, Tx};
use crate::decode::checked;
use crate::sql;
use dika_core::card_system::CardRef;
use dika_core::digest::digest;

/// How long a browser is remembered: as long as browsers keep a cookie.
pub const DEVICE_LASTS_S: i64 = 400 * 86_400;

/// A card that the session does not show.
#[derive(Clone, Debug)]
pub struct HiddenCard {
    /// Which.
    pub id: CardId,
    /// Whose card.
    pub issuer: Issuer,
    /// Which account.
    pub card_ref: CardRef,
    /// Whether it was taken off; only its orders are hidden then.
    pub unbound: bool,
}

/// For how long a proof of the phone number speaks for the same person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VouchLimits {
    /// In a browser that the student signed in from before.
    pub known_device_s: i64,
    /// In any other one.
    pub new_device_s: i64,
}

impl Store {
    /// A user's cards, bound or not, for which nobody has vouched for too long. `secrets` are what the
    /// browser holds: its name, and the token of its last session.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn unvouched_cards(
        &self,
        user_id: &str,
        secrets: [Option<&str>; 2],
        now: Timestamp,
        limits: VouchLimits,
    ) -> Result<Vec<CardId>> {
        let known: i64 = sql::query_scalar(
            "SELECT COUNT(*) FROM devices WHERE device_hash IN ($1, $2) AND user_id = $3",
        )
        .bind(secrets[0].map(|secret| digest(&[secret])))
        .bind(secrets[1].map(|secret| digest(&[secret])))
        .bind(user_id.to_owned())
        .fetch_one(&self.pool)
        .await?;
        let limit_s = if known > 0 {
            limits.known_device_s
        } else {
            limits.new_device_s
        };
        let ids: Vec<String> =
            sql::query_scalar("SELECT id FROM cards WHERE user_id = $1 AND vouched_at < $2")
                .bind(user_id.to_owned())
                .bind(now.plus(-limit_s).unix())
                .fetch_all(&self.pool)
                .await?;
        let ids = ids.iter().map(|id| checked(CardId::parse(id), "card id"));
        ids.collect()
    }

    /// Hides cards from a session that has just begun.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn hide_cards(&self, token: &str, cards: &[CardId]) -> Result<()> {
        for card in cards {
            sql::query("INSERT INTO hidden_cards (token_hash, card_id) VALUES ($1, $2)")
                .bind(digest(&[token]))
                .bind(card.as_str().to_owned())
                .execute(self)
                .await?;
        }
        Ok(())
    }

    /// The cards that a session does not show, by issuer. `session` is the digest of its token.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn hidden_cards(&self, session: &str) -> Result<Vec<HiddenCard>> {
        let rows = sql::query(
            "SELECT c.id, c.issuer, c.card_ref, c.unbound_at
             FROM hidden_cards h JOIN cards c ON c.id = h.card_id WHERE h.token_hash = $1
             ORDER BY c.issuer, c.id",
        )
        .bind(session.to_owned())
        .fetch_all(self.quick())
        .await?;
        let cards = rows.iter().map(|row| {
            Ok(HiddenCard {
                id: checked(CardId::parse(&row.try_get::<String>("id")?), "card id")?,
                issuer: Issuer::from_word(&row.try_get::<String>("issuer")?),
                card_ref: CardRef(row.try_get("card_ref")?),
                unbound: row.try_get::<Option<i64>>("unbound_at")?.is_some(),
            })
        });
        cards.collect()
    }

    /// Somebody who proved the phone number sees these cards of the user: all but those hidden from
    /// the session. Where none is hidden, the browser is known from now on.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn vouch_for_cards(&self, session: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.write(&format!("session/{session}")).await?;
        vouch(&mut tx, session, now).await?;
        tx.commit().await
    }

    /// The session gave the card's password: it shows the card from now on.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn reveal_card(&self, session: &str, card: &CardId, now: Timestamp) -> Result<()> {
        let mut tx = self.write(&format!("session/{session}")).await?;
        sql::query("DELETE FROM hidden_cards WHERE token_hash = $1 AND card_id = $2")
            .bind(session.to_owned())
            .bind(card.as_str().to_owned())
            .execute(&mut tx)
            .await?;
        vouch(&mut tx, session, now).await?;
        tx.commit().await
    }

    /// The number has a new owner: it moves from the session's user to an account without cards, that
    /// of the WeChat user proven in this browser or a new one, and the session with it. What the old
    /// user bound is taken off where nobody can sign in to it any more. Other sessions from which
    /// cards are hidden end. Gives the new user; the old one where nothing is hidden from the session.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn start_clean(
        &self,
        session: &str,
        user_id: &str,
        phone: &str,
        now: Timestamp,
    ) -> Result<String> {
        let mut tx = self.write(&format!("identity/phone/{phone}")).await?;
        let openid: Option<Option<String>> = sql::query_scalar(
            "SELECT s.openid FROM sessions s WHERE s.token_hash = $1 AND s.user_id = $2
             AND EXISTS (SELECT 1 FROM hidden_cards h WHERE h.token_hash = s.token_hash)",
        )
        .bind(session.to_owned())
        .bind(user_id.to_owned())
        .fetch_optional(&mut tx)
        .await?;
        let Some(openid) = openid else {
            return Ok(user_id.to_owned());
        };
        // An account with a number of its own is another person's.
        let wechat: Option<String> = sql::query_scalar(
            "SELECT i.user_id FROM identities i
             WHERE i.kind = 'wechat' AND i.subject = $1 AND i.user_id <> $2
             AND NOT EXISTS (SELECT 1 FROM identities p WHERE p.user_id = i.user_id AND p.kind = 'phone')",
        )
        .bind(openid.unwrap_or_default())
        .bind(user_id.to_owned())
        .fetch_optional(&mut tx)
        .await?;
        let new_id = match wechat {
            Some(id) => id,
            None => {
                let id = self.ids.id();
                sql::query("INSERT INTO users (id, snapshot, created_at) VALUES ($1, 0, $2)")
                    .bind(id.clone())
                    .bind(now.unix())
                    .execute(&mut tx)
                    .await?;
                id
            }
        };
        sql::query(
            "UPDATE identities SET user_id = $3, created_at = $4
             WHERE kind = 'phone' AND subject = $1 AND user_id = $2",
        )
        .bind(phone.to_owned())
        .bind(user_id.to_owned())
        .bind(new_id.clone())
        .bind(now.unix())
        .execute(&mut tx)
        .await?;
        sql::query(
            "UPDATE cards SET unbound_at = $2 WHERE user_id = $1 AND unbound_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = $1)",
        )
        .bind(user_id.to_owned())
        .bind(now.unix())
        .execute(&mut tx)
        .await?;
        sql::query(
            "DELETE FROM sessions WHERE user_id = $2 AND token_hash <> $1
             AND EXISTS (SELECT 1 FROM hidden_cards h WHERE h.token_hash = sessions.token_hash)",
        )
        .bind(session.to_owned())
        .bind(user_id.to_owned())
        .execute(&mut tx)
        .await?;
        sql::query("DELETE FROM hidden_cards WHERE token_hash = $1")
            .bind(session.to_owned())
            .execute(&mut tx)
            .await?;
        sql::query("UPDATE sessions SET user_id = $2 WHERE token_hash = $1")
            .bind(session.to_owned())
            .bind(new_id.clone())
            .execute(&mut tx)
            .await?;
        vouch(&mut tx, session, now).await?;
        tx.commit().await?;
        Ok(new_id)
    }
}

async fn vouch(tx: &mut Tx, session: &str, now: Timestamp) -> Result<()> {
    for sql in [
        "UPDATE cards SET vouched_at = $2
         WHERE user_id = (SELECT s.user_id FROM sessions s WHERE s.token_hash = $1 AND s.by_phone = 1)
         AND NOT EXISTS (SELECT 1 FROM hidden_cards h WHERE h.token_hash = $1 AND h.card_id = cards.id)",
        "INSERT INTO devices (device_hash, user_id, seen_at)
         SELECT s.device_hash, s.user_id, $2 FROM sessions s
         WHERE s.token_hash = $1 AND s.by_phone = 1 AND s.device_hash IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM hidden_cards h WHERE h.token_hash = $1)
         ON CONFLICT (device_hash, user_id) DO UPDATE SET seen_at = excluded.seen_at",
        // A browser that kept the session's cookie is known by it, too.
        "INSERT INTO devices (device_hash, user_id, seen_at)
         SELECT s.token_hash, s.user_id, $2 FROM sessions s
         WHERE s.token_hash = $1 AND s.by_phone = 1
         AND NOT EXISTS (SELECT 1 FROM hidden_cards h WHERE h.token_hash = $1)
         ON CONFLICT (device_hash, user_id) DO UPDATE SET seen_at = excluded.seen_at",
    ] {
        sql::query(sql)
            .bind(session.to_owned())
            .bind(now.unix())
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}
