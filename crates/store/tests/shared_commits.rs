//! Changes that share a commit: they come to the same as one after the other, and a crash loses none that was answered.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use dika_core::ids::Ids;
use dika_store::{Store, sql};
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::task::JoinSet;

/// Numbers that nobody needs here.
#[derive(Debug)]
struct NoIds;

impl Ids for NoIds {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

async fn open(folder: &std::path::Path) -> Store {
    let url = format!("sqlite://{}?mode=rwc", folder.join("dika.db").display());
    Store::open(&url, Arc::new(NoIds)).await.expect("opens")
}

/// What a change does to a few counters.
#[derive(Clone, Debug)]
struct Change {
    steps: Vec<(u8, i64)>,
    ends: End,
    /// Which lock it takes, of a few.
    lock: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Commits,
    GivesUp,
    /// A statement breaks a rule of the database.
    Breaks,
    /// Its caller goes away while the commit is under way: it may come to either.
    GoesAway,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let step = (0..4_u8, -50..50_i64);
    let end = prop_oneof![
        5 => Just(End::Commits),
        1 => Just(End::GivesUp),
        1 => Just(End::Breaks),
        1 => Just(End::GoesAway),
    ];
    let change = (prop::collection::vec(step, 1..4), end, 0..6_u8);
    let change = change.prop_map(|(steps, ends, lock)| Change { steps, ends, lock });
    prop::collection::vec(change, 1..40)
}

/// Counts one up, in a way that depends on what is there: another order gives another number.
async fn step(tx: &mut dika_store::Tx, (key, by): (u8, i64)) -> dika_store::Result<()> {
    sql::query(
        "INSERT INTO settings (key, value) VALUES ($1, $2)
         ON CONFLICT (key) DO UPDATE SET
             value = CAST((CAST(settings.value AS BIGINT) * 3 + CAST($2 AS BIGINT)) % 100003 AS TEXT)",
    )
    .bind(format!("counter-{key}"))
    .bind(by.to_string())
    .execute(&mut *tx)
    .await
    .map(drop)
}

/// Makes a change, and notes in it that it was made, and after how many others.
async fn run(store: Store, number: usize, change: Change) -> dika_store::Result<()> {
    let mut tx = store.write(&format!("lock-{}", change.lock)).await?;
    for one in &change.steps {
        step(&mut tx, *one).await?;
    }
    sql::query(
        "INSERT INTO rates (bucket, window_at, calls)
         SELECT $1, 0, COUNT(*) FROM rates WHERE bucket LIKE 'change-%'",
    )
    .bind(format!("change-{number:03}"))
    .execute(&mut tx)
    .await?;
    match change.ends {
        End::Commits => tx.commit().await,
        End::GivesUp => Ok(()),
        End::Breaks => sql::query("INSERT INTO users (id, created_at) VALUES ('x', NULL)")
            .execute(&mut tx)
            .await
            .map(drop),
        End::GoesAway => {
            let mut commit = Box::pin(tx.commit());
            std::future::poll_fn(|context| {
                let _ = commit.as_mut().poll(context);
                std::task::Poll::Ready(())
            })
            .await;
            Ok(())
        }
    }
}

async fn counters(store: &Store) -> Vec<(String, String)> {
    sql::query_as("SELECT key, value FROM settings WHERE key LIKE 'counter-%' ORDER BY key")
        .fetch_all(store.pool())
        .await
        .expect("reads")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn side_by_side_comes_to_the_same_as_one_after_the_other(changes in changes()) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("threads");
        runtime.block_on(async {
            let folder = TempDir::new().expect("a folder");
            let store = open(folder.path()).await;
            let mut running = JoinSet::new();
            for (number, change) in changes.iter().cloned().enumerate() {
                let store = store.clone();
                running.spawn(async move { (number, run(store, number, change).await) });
            }
            for (number, outcome) in running.join_all().await {
                let breaks = changes[number].ends == End::Breaks;
                assert_eq!(outcome.is_err(), breaks, "{number}: {outcome:?}");
            }
            // Whoever comes last finds what those who went away left.
            store.write("end").await.expect("a turn").commit().await.expect("lasts");
            let made: Vec<(String, i64)> = sql::query_as(
                "SELECT bucket, calls FROM rates WHERE bucket LIKE 'change-%' ORDER BY calls",
            )
            .fetch_all(store.pool())
            .await
            .expect("reads");
            let numbers: Vec<usize> = made
                .iter()
                .map(|(bucket, _)| bucket["change-".len()..].parse().expect("a number"))
                .collect();
            for (number, change) in changes.iter().enumerate() {
                let was = numbers.contains(&number);
                match change.ends {
                    End::Commits => assert!(was, "{number} was answered and is not there"),
                    End::GivesUp | End::Breaks => assert!(!was, "{number} was given up"),
                    End::GoesAway => {}
                }
            }
            // Each saw all those before it, and no other.
            let places: Vec<i64> = made.iter().map(|(_, place)| *place).collect();
            assert_eq!(places, (0..numbers.len() as i64).collect::<Vec<_>>());
            let serial_folder = TempDir::new().expect("a folder");
            let serial = open(serial_folder.path()).await;
            for number in numbers {
                let change = Change { ends: End::Commits, ..changes[number].clone() };
                run(serial.clone(), number, change).await.expect("lasts");
            }
            assert_eq!(counters(&store).await, counters(&serial).await);
        });
    }
}

const CRASH_FOLDER: &str = "DIKA_TEST_CRASH_FOLDER";

/// The program that is killed: says each change once it is answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(CRASH_FOLDER) else {
        return;
    };
    let store = open(folder.as_ref()).await;
    let mut writers = JoinSet::new();
    for writer in 0..16 {
        let store = store.clone();
        writers.spawn(async move {
            for number in 0.. {
                let name = format!("{writer}-{number}");
                let mut tx = store.write(&name).await.expect("a turn");
                for half in ["one", "two"] {
                    sql::query("INSERT INTO settings (key, value) VALUES ($1, 'x')")
                        .bind(format!("{name}/{half}"))
                        .execute(&mut tx)
                        .await
                        .expect("kept");
                }
                tx.commit().await.expect("lasts");
                println!("answered {name}");
            }
        });
    }
    writers.join_all().await;
}

#[tokio::test]
async fn a_crash_loses_nothing_that_was_answered_and_keeps_nothing_by_halves() {
    for round in 0..3 {
        let folder = TempDir::new().expect("a folder");
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "writes_until_it_is_killed", "--nocapture"])
            .env(CRASH_FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let mut answered = Vec::new();
        for line in out.lines() {
            let line = line.expect("text");
            // The runner's own words may stand before the first.
            if let Some((_, name)) = line.split_once("answered ") {
                answered.push(name.to_owned());
            }
            if answered.len() == 100 + 37 * round {
                // What it said before it died is read on, to the end of its output.
                child.kill().expect("killed");
            }
        }
        child.wait().expect("ends");
        let store = open(folder.path()).await;
        assert!(store.damages().await.expect("reads").is_empty());
        let kept: std::collections::HashSet<String> =
            sql::query_scalar::<String>("SELECT key FROM settings WHERE value = 'x'")
                .fetch_all(store.pool())
                .await
                .expect("reads")
                .into_iter()
                .collect();
        for name in &answered {
            assert!(kept.contains(&format!("{name}/one")), "{name} was answered");
        }
        for key in &kept {
            let (name, _) = key.split_once('/').expect("a half");
            assert!(kept.contains(&format!("{name}/one")), "half of {name}");
            assert!(kept.contains(&format!("{name}/two")), "half of {name}");
        }
    }
}
