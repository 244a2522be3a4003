use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::*;

/// A database file, its writer, and what its commits do.
struct Bench {
    group: GroupCommit,
    reading: SqlitePool,
    disk: Arc<Disk>,
    _folder: TempDir,
}

/// The disk as a commit finds it.
#[derive(Default)]
struct Disk {
    commits: AtomicU64,
    fails: AtomicBool,
    /// While it is held, commits wait.
    slow: std::sync::Mutex<()>,
}

async fn bench() -> Bench {
    let folder = TempDir::new().expect("a folder");
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("test.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let reading = SqlitePoolOptions::new().connect_with(options.clone());
    let reading = reading.await.expect("opens");
    sqlx::query("CREATE TABLE kept (name TEXT NOT NULL PRIMARY KEY)")
        .execute(&reading)
        .await
        .expect("a table");
    let disk = Arc::new(Disk::default());
    let writing = SqlitePoolOptions::new().max_connections(1).after_connect({
        let disk = disk.clone();
        move |connection, _| {
            let disk = disk.clone();
            Box::pin(async move {
                let mut handle = connection.lock_handle().await?;
                handle.set_commit_hook(move || {
                    drop(disk.slow.lock());
                    disk.commits.fetch_add(1, Ordering::SeqCst);
                    !disk.fails.load(Ordering::SeqCst)
                });
                Ok(())
            })
        }
    });
    let writing = writing.connect_with(options).await.expect("opens");
    Bench {
        group: GroupCommit::start(writing),
        reading,
        disk,
        _folder: folder,
    }
}

async fn keep(turn: &mut Turn, name: &str) -> Result<()> {
    sqlx::query("INSERT INTO kept (name) VALUES ($1)")
        .bind(name.to_owned())
        .execute(&mut **turn)
        .await
        .map(drop)
}

impl Bench {
    async fn turn(&self, lock: &str) -> Turn {
        self.group.change(Some(lock)).await.expect("a turn")
    }

    async fn kept(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT name FROM kept ORDER BY name")
            .fetch_all(&self.reading)
            .await
            .expect("reads")
    }

    fn commits(&self) -> u64 {
        self.disk.commits.load(Ordering::SeqCst)
    }

    /// Changes that all wait behind `first`, each under its own name.
    async fn waiting(&self, first: &Turn, names: &[&'static str]) -> JoinSet<Result<()>> {
        assert!(first.lent.is_some());
        let mut changes = JoinSet::new();
        for name in names {
            let (group, name) = (self.group.clone(), *name);
            changes.spawn(async move {
                let mut turn = group.change(Some(name)).await?;
                keep(&mut turn, name).await?;
                turn.commit().await
            });
        }
        // On one thread each has asked once it was given the chance to.
        for _ in 0..names.len() + 1 {
            tokio::task::yield_now().await;
        }
        changes
    }
}

#[tokio::test]
async fn changes_that_wait_share_a_commit() {
    let bench = bench().await;
    let mut first = bench.turn("first").await;
    keep(&mut first, "first").await.expect("kept");
    let changes = bench.waiting(&first, &["a", "b", "c", "d"]).await;
    first.commit().await.expect("lasts");
    assert!(changes.join_all().await.iter().all(Result::is_ok));
    assert_eq!(bench.kept().await, ["a", "b", "c", "d", "first"]);
    assert_eq!(bench.commits(), 1);
}

#[tokio::test]
async fn one_that_is_given_up_leaves_the_others_alone() {
    let bench = bench().await;
    let mut first = bench.turn("first").await;
    keep(&mut first, "first").await.expect("kept");
    // The second of them breaks the key of the first.
    let mut changes = bench.waiting(&first, &["a"]).await;
    let group = bench.group.clone();
    changes.spawn(async move {
        let mut turn = group.change(Some("b")).await?;
        keep(&mut turn, "b").await?;
        keep(&mut turn, "first").await?;
        turn.commit().await
    });
    tokio::task::yield_now().await;
    let group = bench.group.clone();
    changes.spawn(async move {
        let mut turn = group.change(Some("c")).await?;
        keep(&mut turn, "c").await?;
        turn.commit().await
    });
    tokio::task::yield_now().await;
    first.commit().await.expect("lasts");
    let outcomes = changes.join_all().await;
    let good = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(good, 2, "{outcomes:?}");
    assert_eq!(bench.kept().await, ["a", "c", "first"]);
    assert_eq!(bench.commits(), 1);
}

#[tokio::test]
async fn a_change_that_nobody_ends_costs_no_commit() {
    let bench = bench().await;
    let mut turn = bench.turn("a").await;
    keep(&mut turn, "a").await.expect("kept");
    drop(turn);
    drop(bench.turn("b").await);
    // The writer is free again, and what was dropped never was.
    let mut turn = bench.turn("a").await;
    keep(&mut turn, "a").await.expect("kept");
    turn.commit().await.expect("lasts");
    assert_eq!(bench.kept().await, ["a"]);
    assert_eq!(bench.commits(), 1);
}

#[tokio::test]
#[expect(
    clippy::await_holding_lock,
    reason = "the commit waits for it, on a thread of its own"
)]
async fn nobody_is_answered_before_the_commit() {
    let bench = bench().await;
    let disk = bench.disk.clone();
    let slow = disk.slow.lock().expect("a lock");
    let mut first = bench.turn("first").await;
    keep(&mut first, "first").await.expect("kept");
    let mut changes = bench.waiting(&first, &["a", "b"]).await;
    changes.spawn(first.commit());
    let early = tokio::time::timeout(Duration::from_millis(200), changes.join_next());
    assert!(early.await.is_err(), "answered before the commit");
    assert!(bench.kept().await.is_empty());
    drop(slow);
    assert!(changes.join_all().await.iter().all(Result::is_ok));
    assert_eq!(bench.kept().await, ["a", "b", "first"]);
}

#[tokio::test]
async fn a_commit_that_fails_fails_for_all_who_shared_it_and_for_nobody_else() {
    let bench = bench().await;
    bench.disk.fails.store(true, Ordering::SeqCst);
    let mut first = bench.turn("first").await;
    keep(&mut first, "first").await.expect("kept");
    let mut changes = bench.waiting(&first, &["a", "b"]).await;
    changes.spawn(first.commit());
    for outcome in changes.join_all().await {
        let fault = outcome.expect_err("the disk is full");
        let code = fault.as_database_error().and_then(|fault| fault.code());
        // A commit that a hook refuses.
        assert_eq!(code.as_deref(), Some("531"), "{fault}");
    }
    assert!(bench.kept().await.is_empty());
    bench.disk.fails.store(false, Ordering::SeqCst);
    let mut turn = bench.turn("first").await;
    keep(&mut turn, "first").await.expect("kept");
    turn.commit().await.expect("lasts");
    assert_eq!(bench.kept().await, ["first"]);
}

#[tokio::test]
async fn a_change_sees_no_other_under_its_lock_that_does_not_last_yet() {
    let bench = bench().await;
    let mut first = bench.turn("same").await;
    keep(&mut first, "first").await.expect("kept");
    let mut changes = bench.waiting(&first, &["other"]).await;
    let (group, reading) = (bench.group.clone(), bench.reading.clone());
    changes.spawn(async move {
        let mut turn = group.change(Some("same")).await?;
        // Another connection sees what lasts.
        let lasts: Vec<String> = sqlx::query_scalar("SELECT name FROM kept ORDER BY name")
            .fetch_all(&reading)
            .await?;
        assert_eq!(lasts, ["first", "other"]);
        keep(&mut turn, "second").await?;
        turn.commit().await
    });
    tokio::task::yield_now().await;
    first.commit().await.expect("lasts");
    assert!(changes.join_all().await.iter().all(Result::is_ok));
    assert_eq!(bench.kept().await, ["first", "other", "second"]);
    assert_eq!(bench.commits(), 2);
}

#[tokio::test]
async fn a_caller_that_goes_away_at_any_point_leaves_nothing_half_done() {
    let bench = bench().await;
    // Midway in a statement, between two, in the queue, and while the commit is under way.
    for polls in 0..60 {
        let name = format!("gone-{polls:02}");
        let mut change = Box::pin({
            let (group, name) = (bench.group.clone(), name.clone());
            async move {
                let mut turn = group.change(Some("gone")).await?;
                keep(&mut turn, &name).await?;
                keep(&mut turn, &format!("{name}-too")).await?;
                turn.commit().await
            }
        });
        for _ in 0..polls {
            let polled = std::future::poll_fn(|context| {
                std::task::Poll::Ready(change.as_mut().poll(context).is_ready())
            });
            if polled.await {
                break;
            }
            tokio::time::sleep(Duration::from_micros(20)).await;
        }
        drop(change);
        let mut turn = bench.turn("stays").await;
        keep(&mut turn, &format!("stays-{polls:02}"))
            .await
            .expect("kept");
        turn.commit().await.expect("lasts");
    }
    let kept = bench.kept().await;
    let whole = kept.iter().filter(|name| name.ends_with("-too")).count();
    let gone = kept.iter().filter(|name| name.starts_with("gone")).count();
    assert_eq!(gone, whole * 2, "half of a change was kept: {kept:?}");
    assert_eq!(kept.len() - gone, 60);
}

#[tokio::test]
async fn who_wants_to_be_alone_waits_for_the_commit_and_is() {
    let bench = bench().await;
    let mut first = bench.turn("first").await;
    keep(&mut first, "first").await.expect("kept");
    let alone = tokio::spawn({
        let (group, reading) = (bench.group.clone(), bench.reading.clone());
        async move {
            let _alone = group.alone().await.expect("a turn");
            // Over another connection: nothing holds the file.
            sqlx::query("INSERT INTO kept (name) VALUES ('alone')")
                .execute(&reading)
                .await
                .expect("nobody else writes");
        }
    });
    tokio::task::yield_now().await;
    let changes = bench.waiting(&first, &["a", "b"]).await;
    first.commit().await.expect("lasts");
    alone.await.expect("ends");
    assert!(changes.join_all().await.iter().all(Result::is_ok));
    assert_eq!(bench.kept().await, ["a", "alone", "b", "first"]);
}
