//! Reads on the thread that asks: they see what the pool's connections see, and nobody else's rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dika_contract::Timestamp;
use dika_core::ids::Ids;
use dika_store::users::Proof;
use dika_store::{Store, sql};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::from_unix(1_790_000_000);

/// Different each time; nobody guesses here.
#[derive(Debug, Default)]
struct Counted(AtomicU64);

impl Ids for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let next = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            *byte = (next >> 29) as u8;
        }
    }
}

async fn open(folder: &TempDir) -> Store {
    let file = folder.path().join("dika.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    Store::open(&url, Arc::new(Counted::default()))
        .await
        .expect("opens")
}

async fn signed_in(store: &Store, phone: &str) -> (String, String) {
    let user = store.user_by_identity("phone", phone, false, NOW).await;
    let user = user.expect("a user");
    let session = store
        .begin_session(&user, Proof::default(), NOW, 3_600)
        .await;
    (user, session.expect("a session").token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_read_sees_what_was_committed_before_it() {
    let folder = TempDir::new().expect("a folder");
    let (one, other) = (open(&folder).await, open(&folder).await);
    for turn in 0..200 {
        let (writer, value) = (if turn % 2 == 0 { &one } else { &other }, turn.to_string());
        writer.set_setting("turn", &value).await.expect("written");
        for reader in [&one, &other] {
            let seen = reader.setting("turn").await.expect("read");
            assert_eq!(seen.as_deref(), Some(&*value));
        }
    }
    // A session that has ended opens nothing from then on.
    let (_, token) = signed_in(&one, "13800000000").await;
    assert!(other.visitor(&token, NOW).await.expect("read").is_some());
    other.end_session(&token).await.expect("ended");
    assert!(one.visitor(&token, NOW).await.expect("read").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_reads_another_one_s_rows_side_by_side() {
    let folder = TempDir::new().expect("a folder");
    let store = open(&folder).await;
    let mut readers = tokio::task::JoinSet::new();
    for student in 0..16 {
        let phone = format!("138{student:08}");
        let (user, token) = signed_in(&store, &phone).await;
        let store = store.clone();
        readers.spawn(async move {
            for _ in 0..200 {
                let visitor = store.visitor(&token, NOW).await.expect("read");
                let visitor = visitor.expect("signed in");
                assert_eq!(
                    (visitor.user_id, visitor.phone),
                    (user.clone(), Some(phone.clone()))
                );
                tokio::task::yield_now().await;
            }
        });
    }
    while let Some(read) = readers.join_next().await {
        read.expect("each reads its own");
    }
}

#[tokio::test]
async fn a_table_that_a_newer_server_widens_meanwhile_is_read_on() {
    let folder = TempDir::new().expect("a folder");
    let (older, newer) = (open(&folder).await, open(&folder).await);
    let (user, token) = signed_in(&older, "13800000000").await;
    for column in ["first_new", "second_new"] {
        let seen = older.visitor(&token, NOW).await.expect("read");
        assert_eq!(seen.expect("signed in").user_id, user);
        assert_eq!(older.cards(&user).await.expect("read").len(), 0);
        for table in ["users", "sessions", "cards", "identities"] {
            let wider =
                format!("ALTER TABLE {table} ADD COLUMN {column} BIGINT NOT NULL DEFAULT 7");
            let wider = sql::query(sql::AssertSqlSafe(wider));
            wider.execute(newer.pool()).await.expect("widened");
        }
    }
    let seen = older.visitor(&token, NOW).await.expect("read");
    assert_eq!(seen.expect("signed in").user_id, user);
}

#[tokio::test]
async fn what_is_broken_is_said_and_a_closed_store_says_nothing() {
    let folder = TempDir::new().expect("a folder");
    let store = open(&folder).await;
    store.set_setting("a", "b").await.expect("written");
    assert!(store.setting("a").await.is_ok());
    let gone = sql::query("DROP TABLE settings").execute(store.pool());
    gone.await.expect("dropped");
    let fault = store.setting("a").await.expect_err("no such table");
    assert!(fault.to_string().contains("settings"), "{fault}");
    let (_, token) = signed_in(&store, "13800000000").await;
    store.close().await;
    assert!(store.visitor(&token, NOW).await.is_err());
}
