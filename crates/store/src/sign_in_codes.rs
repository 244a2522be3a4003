use dika_contract::Timestamp;
use dika_core::digest::digest;

use crate::database::{Result, Store, Tx};
use crate::sql::{self, FromRow, Row};

/// How codes are kept.
#[derive(Clone, Copy, Debug)]
pub struct CodeRules {
    /// Seconds between two codes for a number.
    pub resend_s: i64,
    /// Seconds for which a code is good.
    pub lives_s: i64,
    /// Wrong codes that an asker may try within `lives_s`, however many codes they asked for.
    pub tries: i64,
    /// Wrong codes that all those who asked for none may try, per number and hour.
    pub stranger_tries: i64,
}

/// Who asks for a code, or tries one. Digests: they tell one from another and say nothing else.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The browser, where it has a cookie of ours.
    pub browser: Option<String>,
    /// The net that it comes from.
    pub net: String,
}

/// What asking for a code comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewCode {
    /// Kept under this id.
    Kept {
        /// For [`Store::drop_sign_in_code`].
        id: String,
    },
    /// So many seconds have to pass first.
    Wait {
        /// Seconds.
        seconds: i64,
    },
}

/// What trying a code comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeTry {
    /// Right, and used up.
    Right {
        /// For [`Store::sign_in_code_began`].
        id: String,
    },
    /// This browser used it before; its answer may have been lost.
    Repeated {
        /// The session that it began: the digest of its token.
        session: String,
    },
    /// Wrong.
    Wrong,
    /// There is none that is still good, or too many were tried.
    Expired,
}

/// The count of those who asked for no code.
const STRANGERS: &str = "strangers";
const HOUR_S: i64 = 3_600;

impl Store {
    /// Keeps a new code for a number beside those that are still good, unless one was sent less than
    /// `resend_s` ago or this asker has no tries left.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn keep_sign_in_code(
        &self,
        phone: &str,
        code: &str,
        asker: &Asker,
        now: Timestamp,
        rules: CodeRules,
    ) -> Result<NewCode> {
        let browser = asker.browser.as_ref().unwrap_or(&asker.net);
        let mut tx = self.write(&format!("sms/{phone}")).await?;
        let last: Option<i64> = sql::query_scalar(
            "SELECT MAX(sent_at) FROM sign_in_codes WHERE phone = $1 AND used_at IS NULL",
        )
        .bind(phone.to_owned())
        .fetch_one(&mut tx)
        .await?;
        let resend_at = last.map(|sent_at| sent_at + rules.resend_s);
        let open_at = match tries(&mut tx, phone, browser, now).await? {
            (tries, until) if tries >= rules.tries => Some(until),
            _ => None,
        };
        if let Some(seconds) = resend_at
            .max(open_at)
            .map(|at| at - now.unix())
            .filter(|seconds| *seconds > 0)
        {
            return Ok(NewCode::Wait { seconds });
        }
        let id = self.ids.id();
        sql::query(
            "INSERT INTO sign_in_codes (id, phone, code_hash, browser, net, sent_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id.clone())
        .bind(phone.to_owned())
        .bind(digest(&[&id, phone, code]))
        .bind(browser.clone())
        .bind(asker.net.clone())
        .bind(now.unix())
        .bind(now.plus(rules.lives_s).unix())
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(NewCode::Kept { id })
    }

    /// Forgets one code: it was not sent.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn drop_sign_in_code(&self, id: &str) -> Result<()> {
        sql::query("DELETE FROM sign_in_codes WHERE id = $1")
            .bind(id.to_owned())
            .execute(self)
            .await
            .map(drop)
    }

    /// Tries a code against all that are good for the number, and counts the try if it is wrong. A right one uses them
    /// all up, but for the browser that used it, which may say it again for `lives_s`.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn try_sign_in_code(
        &self,
        phone: &str,
        code: &str,
        asker: &Asker,
        now: Timestamp,
        rules: CodeRules,
    ) -> Result<CodeTry> {
        let mut tx = self.write(&format!("sms/{phone}")).await?;
        let codes: Vec<KeptCode> = sql::query_as(
            "SELECT id, code_hash, browser, net, used_at, session_hash FROM sign_in_codes
             WHERE phone = $1 AND expires_at > $2 AND (used_at IS NULL OR used_by = $3)",
        )
        .bind(phone.to_owned())
        .bind(now.unix())
        .bind(asker.browser.clone())
        .fetch_all(&mut tx)
        .await?;
        if codes.is_empty() {
            return Ok(CodeTry::Expired);
        }
        // Counted apart: the browser that asked, others of its net, and everybody else. None uses up another's tries.
        let browser = asker.browser.as_ref();
        let known = browser
            .filter(|browser| {
                let mut codes = codes.iter();
                codes.any(|code| code.browser == **browser || code.used_at.is_some())
            })
            .or_else(|| {
                codes
                    .iter()
                    .any(|code| code.net == asker.net)
                    .then_some(&asker.net)
            });
        let (counted, most, lasts_s) = match known {
            Some(known) => (known.as_str(), rules.tries, rules.lives_s),
            None => (STRANGERS, rules.stranger_tries, HOUR_S),
        };
        let (before, until) = tries(&mut tx, phone, counted, now).await?;
        if before >= most {
            return Ok(CodeTry::Expired);
        }
        let right = codes
            .into_iter()
            .find(|kept| digest(&[&kept.id, phone, code]) == kept.code_hash);
        let tried = match right {
            Some(KeptCode {
                session_hash: Some(session),
                ..
            }) => return Ok(CodeTry::Repeated { session }),
            Some(KeptCode { id, .. }) => {
                use_up(&mut tx, phone, &id, asker, now, rules).await?;
                sql::query("DELETE FROM sign_in_tries WHERE phone = $1 AND asker = $2")
                    .bind(phone.to_owned())
                    .bind(counted.to_owned())
                    .execute(&mut tx)
                    .await?;
                CodeTry::Right { id }
            }
            None => {
                let until = if before == 0 {
                    now.plus(lasts_s).unix()
                } else {
                    until
                };
                sql::query(
                    "INSERT INTO sign_in_tries (phone, asker, tries, expires_at)
                     VALUES ($1, $2, $3, $4)
                     ON CONFLICT (phone, asker) DO UPDATE SET tries = excluded.tries,
                         expires_at = excluded.expires_at",
                )
                .bind(phone.to_owned())
                .bind(counted.to_owned())
                .bind(before + 1)
                .bind(until)
                .execute(&mut tx)
                .await?;
                CodeTry::Wrong
            }
        };
        tx.commit().await?;
        Ok(tried)
    }

    /// Notes which session a code began: the same code from the same browser gives it once more.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn sign_in_code_began(&self, id: &str, session: &str) -> Result<()> {
        sql::query("UPDATE sign_in_codes SET session_hash = $2 WHERE id = $1")
            .bind(id.to_owned())
            .bind(session.to_owned())
            .execute(self)
            .await
            .map(drop)
    }

    /// Forgets the used codes to the phone of a session's user: whoever signed out is not signed in again by one.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn forget_used_sign_in_codes(&self, token: &str) -> Result<()> {
        sql::query(
            "DELETE FROM sign_in_codes WHERE used_at IS NOT NULL AND phone IN (
                 SELECT i.subject FROM sessions s JOIN identities i ON i.user_id = s.user_id
                 WHERE s.token_hash = $1 AND i.kind = 'phone')",
        )
        .bind(digest(&[token]))
        .execute(self)
        .await
        .map(drop)
    }
}

/// A code that this asker may try.
struct KeptCode {
    id: String,
    code_hash: String,
    browser: String,
    net: String,
    used_at: Option<i64>,
    session_hash: Option<String>,
}

impl FromRow for KeptCode {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            code_hash: row.try_get("code_hash")?,
            browser: row.try_get("browser")?,
            net: row.try_get("net")?,
            used_at: row.try_get("used_at")?,
            session_hash: row.try_get("session_hash")?,
        })
    }
}

/// Voids all codes of a number. The one that was used stays for the browser that used it.
async fn use_up(
    tx: &mut Tx,
    phone: &str,
    id: &str,
    asker: &Asker,
    now: Timestamp,
    rules: CodeRules,
) -> Result<()> {
    let kept = asker.browser.as_ref().map_or("", |_| id);
    sql::query("DELETE FROM sign_in_codes WHERE phone = $1 AND id <> $2")
        .bind(phone.to_owned())
        .bind(kept.to_owned())
        .execute(&mut *tx)
        .await?;
    sql::query("UPDATE sign_in_codes SET used_at = $2, used_by = $3, expires_at = $4 WHERE id = $1")
        .bind(kept.to_owned())
        .bind(now.unix())
        .bind(asker.browser.clone())
        .bind(now.plus(rules.lives_s).unix())
        .execute(&mut *tx)
        .await
        .map(drop)
}

/// Wrong codes so far, and until when they count.
async fn tries(tx: &mut Tx, phone: &str, asker: &str, now: Timestamp) -> Result<(i64, i64)> {
    let row: Option<(i64, i64)> = sql::query_as(
        "SELECT tries, expires_at FROM sign_in_tries
         WHERE phone = $1 AND asker = $2 AND expires_at > $3",
    )
    .bind(phone.to_owned())
    .bind(asker.to_owned())
    .bind(now.unix())
    .fetch_optional(&mut *tx)
    .await?;
    Ok(row.unwrap_or((0, 0)))
}
