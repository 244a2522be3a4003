use dika_contract::Timestamp;

use crate::database::{Result, Store};

/// Before which moments what need not be kept is forgotten.
#[derive(Clone, Copy, Debug)]
pub struct Forget {
    /// Codes, sign-ins and counts that ended.
    pub ended: Timestamp,
    /// Bindings that were not confirmed.
    pub bindings: Timestamp,
    /// Browsers that nobody signed in from since.
    pub devices: Timestamp,
}

impl Store {
    /// Forgets what need not be kept, in one change, and says how much of what. Orders, their events, payments, cards,
    /// accounts and messages are never touched.
    ///
    /// # Errors
    /// Any database failure; nothing was forgotten then.
    pub async fn forget(&self, before: Forget) -> Result<Vec<(&'static str, u64)>> {
        let Forget {
            ended,
            bindings,
            devices,
        } = before;
        let rules = [
            (
                "codes by SMS",
                "DELETE FROM sign_in_codes WHERE expires_at < $1",
                ended,
            ),
            (
                "tries of codes",
                "DELETE FROM sign_in_tries WHERE expires_at < $1",
                ended,
            ),
            (
                "counted calls",
                "DELETE FROM rates WHERE window_at < $1",
                ended,
            ),
            (
                "tries of card passwords",
                "DELETE FROM password_tries
                 WHERE last_at < $1 AND (locked_until IS NULL OR locked_until < $1)",
                ended,
            ),
            (
                "sign-ins by WeChat",
                "DELETE FROM wechat_sign_ins WHERE expires_at < $1",
                ended,
            ),
            (
                "sessions",
                "DELETE FROM sessions WHERE expires_at < $1",
                ended,
            ),
            (
                "bindings without a card",
                "DELETE FROM bindings WHERE created_at < $1 AND card_id IS NULL",
                bindings,
            ),
            (
                "browsers",
                "DELETE FROM devices WHERE seen_at < $1",
                devices,
            ),
        ];
        let mut tx = self.write("retention").await?;
        let mut forgotten = Vec::new();
        for (what, sql, moment) in rules {
            let done = sqlx::query(sql)
                .bind(moment.unix())
                .execute(&mut *tx)
                .await?;
            forgotten.push((what, done.rows_affected()));
        }
        tx.commit().await?;
        Ok(forgotten)
    }
}
