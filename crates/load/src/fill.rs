//! Fills the tables of a database, without the server: the students' accounts at the built-in card system, and what
//! years of use leave behind.

use anyhow::{Context, Result};
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use dika_contract::{CardStatus, Timestamp};
use dika_core::digest::digest;
use dika_store::Store;
use dika_store::ledger::LedgerCard;
use dika_store::sql;

use crate::crowd::{PASSWORD, Student};

/// The hash of everybody's password, as hard as a school's server makes them: 19 MiB, two passes. Whoever checks it works as
/// hard as its parameters say.
///
/// # Errors
/// Where hashing does not work on this machine.
pub fn password_hash(memory_kib: u32, passes: u32) -> Result<String> {
    let params = Params::new(memory_kib, passes, 1, None)
        .map_err(|fault| anyhow::anyhow!("password hashing: {fault}"))?;
    let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(PASSWORD.as_bytes(), b"a crowd of them!")
        .map_err(|fault| anyhow::anyhow!("password hashing: {fault}"))?;
    Ok(hash.to_string())
}

/// Opens accounts at the built-in card system for these students.
///
/// # Errors
/// Any database failure.
pub async fn open_cards(store: &Store, students: std::ops::Range<u32>, hash: &str) -> Result<()> {
    let mut tx = store.write("ledger/accounts").await?;
    for student in students.map(Student) {
        let card = LedgerCard {
            card_ref: student.card_ref(),
            issuer: student.issuer(),
            identifier: student.identifier(),
            card_no: student.card_no(),
            password_hash: hash.to_owned(),
            name_masked: "学*".to_owned(),
            student_no: "512****001".to_owned(),
            campus: "daxuecheng".to_owned(),
            college: None,
            status: CardStatus::Active,
        };
        store.ledger_open_account(&mut tx, &card).await?;
    }
    tx.commit().await.context("accounts are not kept")
}

/// Lets these students have signed in and bound their cards before. Their accounts are open.
///
/// # Errors
/// Any database failure.
pub async fn settle_in(
    store: &Store,
    students: std::ops::Range<u32>,
    now: Timestamp,
) -> Result<()> {
    let mut tx = store.write("crowd").await?;
    for student in students.map(Student) {
        let user = student.user_id();
        sql::query("INSERT INTO users (id, snapshot, created_at) VALUES ($1, 0, $2)")
            .bind(user.clone())
            .bind(now.unix())
            .execute(&mut tx)
            .await?;
        sql::query(
            "INSERT INTO identities (kind, subject, user_id, created_at) VALUES ('phone', $1, $2, $3)",
        )
        .bind(student.phone())
        .bind(user.clone())
        .bind(now.unix())
        .execute(&mut tx)
        .await?;
        sql::query(
            "INSERT INTO sessions (token_hash, user_id, csrf_token, created_at, expires_at, by_phone)
             VALUES ($1, $2, $3, $4, $5, 1)",
        )
        .bind(digest(&[&student.token()]))
        .bind(user.clone())
        .bind(student.csrf_token())
        .bind(now.unix())
        .bind(now.plus(30 * 86_400).unix())
        .execute(&mut tx)
        .await?;
        sql::query(
            "INSERT INTO cards (id, user_id, issuer, card_ref, card_no_masked, name_masked, student_no,
                 campus, is_default, bound_at, vouched_at, subject)
             VALUES ($1, $2, $3, $4, '**** 0001', '学*', '512****001', 'daxuecheng', 1, $5, $5, $6)",
        )
        .bind(student.card_id())
        .bind(user)
        .bind(student.issuer().as_str())
        .bind(student.card_ref().0)
        .bind(now.unix())
        .bind(digest(&[
            "password",
            student.issuer().as_str(),
            &student.identifier(),
        ]))
        .execute(&mut tx)
        .await?;
    }
    tx.commit().await.context("students are not kept")
}

/// A number for each order, and what follows from it: its student, in turn, and when it was.
const NUMBERS: &str = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1),
    o (i, s, at, id) AS (SELECT i, i % $2, $3 - 86400 * 400 + i % (86400 * 390), printf('0%023d', i) FROM n)";

/// What an order leaves in each table. `$1` orders of `$2` students, all before `$3`; one yuan each, all on the card or
/// collected long ago.
const LEFT_BEHIND: [&str; 7] = [
    "INSERT INTO orders (id, user_id, card_id, issuer, wallet, amount_fen, channel, payment, claim, claim_rule,
         created_at, pay_by, settled, idem_key, body_digest, version, look_at, looks, moved_at)
     SELECT id, printf('crowd%08d', s), printf('crowdcard%08d', s),
         CASE s % 2 WHEN 0 THEN 'hemc' ELSE 'gdut' END, 'main', 100, 'native', 'paid',
         CASE s % 2 WHEN 0 THEN 'not_needed' ELSE 'claimed' END,
         '{\"terminals\":[]}', at, at + 1800, 1, id, 'filled', 3, NULL, 0, at + 60 FROM o",
    "INSERT INTO order_events (order_id, seq, event, at)
     SELECT o.id, e.seq, e.event, o.at + 10 * e.seq FROM o CROSS JOIN (SELECT 0 AS seq, 'created' AS event
         UNION ALL SELECT 1, 'payment_started' UNION ALL SELECT 2, 'paid' UNION ALL SELECT 3, 'claimed') e
     WHERE e.seq < 3 OR o.s % 2 = 1",
    "INSERT INTO sandbox_payments (order_id, amount_fen, outcome, created_at) SELECT id, 100, 'paid', at FROM o",
    "INSERT INTO ledger_transfers (id, kind, at) SELECT 'credit/' || id, 'credit', at FROM o",
    "INSERT INTO ledger_entries (transfer_id, account, amount_fen)
     SELECT 'credit/' || id, 'provider', -100 FROM o",
    "INSERT INTO ledger_entries (transfer_id, account, amount_fen)
     SELECT 'credit/' || id, CASE s % 2 WHEN 0 THEN printf('card/hemc-71%08d/main/on_card', s)
         ELSE printf('card/gdut-71%08d/main/on_card', s) END, 100 FROM o",
    "INSERT INTO ledger_deposits (order_id, card_ref, wallet, amount_fen, state, claim_by, at)
     SELECT id, CASE s % 2 WHEN 0 THEN printf('hemc-71%08d', s) ELSE printf('gdut-71%08d', s) END,
         'main', 100, 'on_card', NULL, at FROM o",
];

/// Fills in so many orders of the first `students` settled students, in an SQLite database.
///
/// # Errors
/// Any database failure.
pub async fn orders(store: &Store, orders: u32, students: u32, now: Timestamp) -> Result<()> {
    for statement in LEFT_BEHIND {
        // SQLite takes WITH before INSERT.
        let mut tx = store.write("crowd").await?;
        sql::query(sql::AssertSqlSafe(format!("{NUMBERS} {statement}")))
            .bind(i64::from(orders))
            .bind(i64::from(students))
            .bind(now.unix())
            .execute(&mut tx)
            .await
            .with_context(|| statement[..40].to_owned())?;
        tx.commit().await?;
    }
    Ok(())
}
