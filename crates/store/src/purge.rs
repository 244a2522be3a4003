use dika_contract::Timestamp;

use crate::account_joins::SPLIT_WITHIN_S;
use crate::database::{Result, Store};
use crate::hidden_cards::DEVICE_LASTS_S;
use crate::sql;

const DAY_S: i64 = 86_400;

/// How long a school keeps what nothing depends on any more, in seconds. Orders and cards are not among it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Questions whose card it is, from the end of their time on.
    pub bindings_s: i64,
    /// Browsers that were seen, from the last time on.
    pub devices_s: i64,
    /// Messages in WeChat, from the moment on at which they were sent or given up, and who allowed them.
    pub messages_s: i64,
    /// The desk's notes.
    pub notes_s: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            bindings_s: 30 * DAY_S,
            devices_s: DEVICE_LASTS_S,
            messages_s: 90 * DAY_S,
            notes_s: 1_095 * DAY_S,
        }
    }
}

/// What is deleted, and how long after its time was over, in seconds. Nothing here is about money.
const fn over(keep: Retention) -> [(&'static str, i64); 13] {
    [
        ("DELETE FROM sessions WHERE expires_at <= $1", 0),
        ("DELETE FROM sign_in_codes WHERE expires_at <= $1", 0),
        ("DELETE FROM sign_in_tries WHERE expires_at <= $1", 0),
        ("DELETE FROM wechat_sign_ins WHERE expires_at <= $1", 0),
        ("DELETE FROM rates WHERE window_at <= $1", DAY_S),
        // A lock lasts for a quarter of an hour.
        ("DELETE FROM password_tries WHERE last_at <= $1", DAY_S),
        // The bound card keeps what it needs of its binding.
        (
            "DELETE FROM bindings WHERE expires_at <= $1",
            keep.bindings_s,
        ),
        ("DELETE FROM devices WHERE seen_at <= $1", keep.devices_s),
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
        // One message per order and occasion, for as long as its money can wait.
        (
            "DELETE FROM outbox WHERE done_at <= $1 AND NOT EXISTS
                 (SELECT 1 FROM orders o WHERE o.id = outbox.order_id
                  AND o.claim IN ('waiting', 'needs_confirmation'))",
            keep.messages_s,
        ),
        // The row stays: scenes are counted by them.
        (
            "UPDATE message_permissions SET openid = NULL
             WHERE created_at <= $1 AND state = 'used' AND openid IS NOT NULL",
            keep.messages_s,
        ),
        ("DELETE FROM order_notes WHERE at <= $1", keep.notes_s),
    ]
}

impl Store {
    /// Deletes what nobody needs any more. Gives how many rows that were.
    ///
    /// # Errors
    /// Any database failure; what was not deleted is deleted the next time.
    pub async fn purge(&self, now: Timestamp, keep: Retention) -> Result<u64> {
        let mut rows = 0;
        for (statement, later_s) in over(keep) {
            // Each in its turn: whoever writes in between does not wait for all of them.
            let done = sql::query(statement)
                .bind(now.plus(-later_s).unix())
                .execute(self)
                .await?;
            rows += done.rows_affected();
        }
        Ok(rows)
    }
}
