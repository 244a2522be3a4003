use dika_contract::{CardId, Timestamp};

use crate::database::{Result, Store, Tx};
use crate::hidden_cards::HiddenCard;
use crate::sql;
use dika_core::digest::digest;

/// A signed-in user and the session they came with.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who.
    pub user_id: String,
    /// Their proven number, in full; never answered.
    pub phone: Option<String>,
    /// Came by a WeChat snapshot page.
    pub snapshot: bool,
    /// What writes must carry.
    pub csrf_token: String,
    /// The openid that was proven in this session's browser.
    pub openid: Option<String>,
    /// The digest of the session's token.
    pub session: String,
    /// Cards that this session does not show; none for most.
    pub hidden: Vec<HiddenCard>,
    /// Another account that may be this student's: they are asked, and have not answered.
    pub other_account: Option<String>,
}

impl Visitor {
    /// Whether this session does not show a card and its orders.
    pub fn hides(&self, card: &CardId) -> bool {
        self.hidden.iter().any(|hidden| &hidden.id == card)
    }
}

/// What was proven when a session began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Proof<'a> {
    /// The openid that was proven in this browser.
    pub openid: Option<&'a str>,
    /// Whether a code went to the account's phone.
    pub by_phone: bool,
    /// The browser's own secret.
    pub device: Option<&'a str>,
}

/// A new session: both secrets, shown once.
#[derive(Clone)]
pub struct NewSession {
    /// Goes into the cookie; the store keeps its digest.
    pub token: String,
    /// Goes into the session's answer.
    pub csrf_token: String,
}

/// What the count of wrong passwords says about the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Try {
    /// Try; so many may follow if it is wrong.
    Go {
        /// Tries left if this one is wrong.
        left: u32,
    },
    /// Locked for so many seconds.
    Locked {
        /// Seconds until it opens.
        retry_after_s: i64,
    },
}

impl Store {
    /// Whose session this token is, while it lasts.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn visitor(&self, token: &str, now: Timestamp) -> Result<Option<Visitor>> {
        let session = digest(&[token]);
        let row = sql::query(
            "SELECT s.user_id, s.csrf_token, s.openid, u.snapshot,
                 (SELECT COUNT(*) FROM hidden_cards h WHERE h.token_hash = s.token_hash) AS hidden,
                 (SELECT MAX(j.from_user) FROM account_joins j
                  WHERE j.session = s.token_hash AND j.state = 'asked') AS other_account,
                 (SELECT i.subject FROM identities i WHERE i.user_id = u.id AND i.kind = 'phone'
                      ORDER BY i.created_at, i.subject LIMIT 1) AS phone
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.token_hash = $1 AND s.expires_at > $2",
        )
        .bind(session.clone())
        .bind(now.unix())
        .fetch_optional(self.quick())
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let hidden = if row.try_get::<i64>("hidden")? > 0 {
            self.hidden_cards(&session).await?
        } else {
            Vec::new()
        };
        Ok(Some(Visitor {
            user_id: row.try_get("user_id")?,
            csrf_token: row.try_get("csrf_token")?,
            snapshot: row.try_get::<i64>("snapshot")? != 0,
            phone: row.try_get("phone")?,
            openid: row.try_get("openid")?,
            other_account: row.try_get("other_account")?,
            session,
            hidden,
        }))
    }

    /// Begins a session that lasts so many seconds.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn begin_session(
        &self,
        user_id: &str,
        proof: Proof<'_>,
        now: Timestamp,
        lasts_s: i64,
    ) -> Result<NewSession> {
        let session = NewSession {
            token: self.ids.token(),
            csrf_token: self.ids.token(),
        };
        sql::query(
            "INSERT INTO sessions (token_hash, user_id, csrf_token, openid, created_at, expires_at,
                 by_phone, device_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(digest(&[&session.token]))
        .bind(user_id.to_owned())
        .bind(session.csrf_token.clone())
        .bind(proof.openid.map(str::to_owned))
        .bind(now.unix())
        .bind(now.plus(lasts_s).unix())
        .bind(i64::from(proof.by_phone))
        .bind(proof.device.map(|device| digest(&[device])))
        .execute(self)
        .await?;
        Ok(session)
    }

    /// Begins a session like one that lasts still, with the same cards hidden and the same question asked: its answer may have been lost. `session` is
    /// the digest of its token. `None` where it ended.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn begin_session_again(
        &self,
        session: &str,
        now: Timestamp,
    ) -> Result<Option<NewSession>> {
        let new = NewSession {
            token: self.ids.token(),
            csrf_token: self.ids.token(),
        };
        let mut tx = self.write(&format!("session/{session}")).await?;
        let begun = sql::query(
            "INSERT INTO sessions (token_hash, user_id, csrf_token, openid, created_at, expires_at,
                 by_phone, device_hash)
             SELECT $2, user_id, $3, openid, created_at, expires_at, by_phone, device_hash
             FROM sessions WHERE token_hash = $1 AND expires_at > $4",
        )
        .bind(session.to_owned())
        .bind(digest(&[&new.token]))
        .bind(new.csrf_token.clone())
        .bind(now.unix())
        .execute(&mut tx)
        .await?;
        if begun.rows_affected() == 0 {
            return Ok(None);
        }
        sql::query(
            "INSERT INTO hidden_cards (token_hash, card_id)
             SELECT $2, card_id FROM hidden_cards WHERE token_hash = $1",
        )
        .bind(session.to_owned())
        .bind(digest(&[&new.token]))
        .execute(&mut tx)
        .await?;
        sql::query(
            "INSERT INTO account_joins (id, from_user, to_user, session, state, asked_at)
             SELECT $3, from_user, to_user, $2, state, asked_at FROM account_joins
             WHERE session = $1 AND state = 'asked'",
        )
        .bind(session)
        .bind(digest(&[&new.token]))
        .bind(self.ids.id())
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(Some(new))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn end_session(&self, token: &str) -> Result<()> {
        sql::query("DELETE FROM sessions WHERE token_hash = $1")
            .bind(digest(&[token]))
            .execute(self)
            .await
            .map(drop)
    }

    /// The user that an identity proves, a new one where nobody has it yet. `kind` is `phone` or
    /// `wechat`. `snapshot` only concerns new users.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn user_by_identity(
        &self,
        kind: &str,
        subject: &str,
        snapshot: bool,
        now: Timestamp,
    ) -> Result<String> {
        let mut tx = self.write(&format!("identity/{kind}/{subject}")).await?;
        if let Some(user) = owner(&mut tx, kind, subject).await? {
            return Ok(user);
        }
        let user_id = self.ids.id();
        sql::query("INSERT INTO users (id, snapshot, created_at) VALUES ($1, $2, $3)")
            .bind(user_id.clone())
            .bind(i64::from(snapshot))
            .bind(now.unix())
            .execute(&mut tx)
            .await?;
        add_identity(&mut tx, kind, subject, &user_id, now).await?;
        tx.commit().await?;
        Ok(user_id)
    }

    /// The user that an identity proves, where somebody has it.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn identity_owner(&self, kind: &str, subject: &str) -> Result<Option<String>> {
        sql::query_scalar("SELECT user_id FROM identities WHERE kind = $1 AND subject = $2")
            .bind(kind)
            .bind(subject)
            .fetch_optional(self.quick())
            .await
    }

    /// Adds an identity to a user. Where another user has it already, gives that one: they are the
    /// same person, and what they bound before is there.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn attach_identity(
        &self,
        user_id: &str,
        kind: &str,
        subject: &str,
        now: Timestamp,
    ) -> Result<String> {
        let mut tx = self.write(&format!("identity/{kind}/{subject}")).await?;
        if let Some(user) = owner(&mut tx, kind, subject).await? {
            return Ok(user);
        }
        add_identity(&mut tx, kind, subject, user_id, now).await?;
        tx.commit().await?;
        Ok(user_id.to_owned())
    }

    /// Marks a user as come by a WeChat snapshot page, or no longer.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn set_snapshot(&self, user_id: &str, snapshot: bool) -> Result<()> {
        sql::query("UPDATE users SET snapshot = $2 WHERE id = $1")
            .bind(user_id.to_owned())
            .bind(i64::from(snapshot))
            .execute(self)
            .await
            .map(drop)
    }

    /// Counts a call in a bucket. Gives the seconds to wait where the window is full.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn count_call(
        &self,
        bucket: &str,
        now: Timestamp,
        window_s: i64,
        most: i64,
    ) -> Result<Option<i64>> {
        let window_at = now.unix() - now.unix().rem_euclid(window_s);
        let calls: i64 = sql::query_scalar(
            "INSERT INTO rates (bucket, window_at, calls) VALUES ($1, $2, 1)
             ON CONFLICT (bucket, window_at) DO UPDATE SET calls = rates.calls + 1
             RETURNING calls",
        )
        .bind(bucket.to_owned())
        .bind(window_at)
        .fetch_one(self)
        .await?;
        Ok((calls > most).then_some(window_at + window_s - now.unix()))
    }

    /// Whether a message that may be acted on once is here for the first time, at whichever instance, also where it was
    /// signed again at another moment. `at` is the moment that the message itself says; it is remembered for a day or two.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn is_first_time(&self, message: &str, at: Timestamp) -> Result<bool> {
        const DAY_S: i64 = 86_400;
        let done = sql::query(
            "INSERT INTO rates (bucket, window_at, calls)
             SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), 1
             WHERE NOT EXISTS (SELECT 1 FROM rates WHERE bucket = $1)
             ON CONFLICT (bucket, window_at) DO NOTHING",
        )
        .bind(format!("once/{message}"))
        .bind(at.unix() - at.unix().rem_euclid(DAY_S) + DAY_S)
        .execute(self)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes a counted call back.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn uncount_call(
        &self,
        bucket: &str,
        counted_at: Timestamp,
        window_s: i64,
    ) -> Result<()> {
        let at = counted_at.unix();
        sql::query(
            "UPDATE rates SET calls = calls - 1 WHERE bucket = $1 AND window_at = $2 AND calls > 0",
        )
        .bind(bucket)
        .bind(at - at.rem_euclid(window_s))
        .execute(self)
        .await
        .map(drop)
    }

    /// Counts a try of a password before it is checked, so that tries side by side count too.
    /// `subject` is a digest. Quiet for `lock_s`, the count begins anew.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn begin_password_try(
        &self,
        subject: &str,
        now: Timestamp,
        most: i64,
        lock_s: i64,
    ) -> Result<Try> {
        let mut tx = self.write(&format!("password/{subject}")).await?;
        let row: Option<(i64, i64, Option<i64>)> = sql::query_as(
            "SELECT failures, last_at, locked_until FROM password_tries WHERE subject = $1",
        )
        .bind(subject.to_owned())
        .fetch_optional(&mut tx)
        .await?;
        let failures = match row {
            Some((_, _, Some(until))) if until > now.unix() => {
                return Ok(Try::Locked {
                    retry_after_s: until - now.unix(),
                });
            }
            Some((failures, last_at, None)) if last_at + lock_s > now.unix() => failures + 1,
            _ => 1,
        };
        let locked_until = (failures >= most).then_some(now.unix() + lock_s);
        sql::query(
            "INSERT INTO password_tries (subject, failures, last_at, locked_until)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures,
                 last_at = excluded.last_at, locked_until = excluded.locked_until",
        )
        .bind(subject.to_owned())
        .bind(failures)
        .bind(now.unix())
        .bind(locked_until)
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(Try::Go {
            left: u32::try_from(most - failures).unwrap_or(0),
        })
    }

    /// Takes a counted try back: the password was right (all is forgotten), or could not be checked.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn end_password_try(&self, subject: &str, right: bool) -> Result<()> {
        let sql = if right {
            "DELETE FROM password_tries WHERE subject = $1"
        } else {
            "UPDATE password_tries SET failures = failures - 1, locked_until = NULL WHERE subject = $1"
        };
        sql::query(sql)
            .bind(subject.to_owned())
            .execute(self)
            .await
            .map(drop)
    }
}

async fn owner(tx: &mut Tx, kind: &str, subject: &str) -> Result<Option<String>> {
    sql::query_scalar("SELECT user_id FROM identities WHERE kind = $1 AND subject = $2")
        .bind(kind.to_owned())
        .bind(subject.to_owned())
        .fetch_optional(&mut *tx)
        .await
}

async fn add_identity(
    tx: &mut Tx,
    kind: &str,
    subject: &str,
    user_id: &str,
    now: Timestamp,
) -> Result<()> {
    sql::query(
        "INSERT INTO identities (kind, subject, user_id, created_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(kind.to_owned())
    .bind(subject.to_owned())
    .bind(user_id.to_owned())
    .bind(now.unix())
    .execute(&mut *tx)
    .await
    .map(drop)
}
