use dika_contract::Timestamp;

use crate::account_joins::SPLIT_WITHIN_S;
use crate::database::{Result, Store};
use crate::hidden_cards::DEVICE_LASTS_S;
use crate::sql;

const DAY_S: i64 = 86_400;

/// What is deleted, and how long after its time was over, in seconds. Nothing here is about money.
const OVER: [(&str, i64); 10] = [
    ("DELETE FROM sessions WHERE expires_at <= $1", 0),
    ("DELETE FROM sign_in_codes WHERE expires_at <= $1", 0),
    ("DELETE FROM sign_in_tries WHERE expires_at <= $1", 0),
    ("DELETE FROM wechat_sign_ins WHERE expires_at <= $1", 0),
    ("DELETE FROM rates WHERE window_at <= $1", DAY_S),
    // A lock lasts for a quarter of an hour.
    ("DELETE FROM password_tries WHERE last_at <= $1", DAY_S),
    // The bound card keeps what it needs of its binding.
    ("DELETE FROM bindings WHERE expires_at <= $1", 30 * DAY_S),
    ("DELETE FROM devices WHERE seen_at <= $1", DEVICE_LASTS_S),
    // A session that was asked lasts no longer.
    (
        "DELETE FROM account_joins WHERE asked_at <= $1 AND state IN ('asked', 'refused')",
        30 * DAY_S,
    ),
    // That there was a join stays known; what it takes to undo it does not.
    (
        "DELETE FROM account_join_parts WHERE join_id IN
             (SELECT id FROM account_joins WHERE asked_at <= $1)",
        // Thirty days to answer, then the time in which it may be undone.
        30 * DAY_S + SPLIT_WITHIN_S,
    ),
];

impl Store {
    /// Deletes what nobody needs any more. Gives how many rows that were.
    ///
    /// # Errors
    /// Any database failure; what was not deleted is deleted the next time.
    pub async fn purge(&self, now: Timestamp) -> Result<u64> {
        let mut rows = 0;
        for (statement, later_s) in OVER {
            // Each in its turn: whoever writes in between does not wait for all of them.
            let _writer = self.writer().await?;
            let done = sql::query(statement)
                .bind(now.plus(-later_s).unix())
                .execute(&self.pool)
                .await?;
            rows += done.rows_affected();
        }
        Ok(rows)
    }
}
