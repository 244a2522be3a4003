//! A small crowd against a whole sandbox, over HTTP: nobody is refused, and not one fen is lost.

use std::net::SocketAddr;
use std::time::Duration;

use dika_contract::Fen;
use dika_load::client::Phone;
use dika_load::crowd::Student;
use dika_load::journey::{Credited, Gateway, Log, Step, first_day};
use dika_load::{books, fill, play};
use dika_sandbox::Sandbox;
use dika_store::sql;
use tempfile::TempDir;
use tokio::task::JoinSet;

/// Students of the smoke test, and phones that they share.
const STUDENTS: u32 = 200;
const PHONES: u32 = 16;

async fn server(students: u32) -> (SocketAddr, Sandbox, TempDir) {
    let (app, sandbox, folder) = dika_sandbox::testing::sandbox_app().await;
    // Weak and quick: the real strength is measured, not tested.
    let hash = fill::password_hash(64, 1).expect("a hash");
    fill::open_cards(&sandbox.store, 0..students, &hash)
        .await
        .expect("accounts");
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, sandbox, folder)
}

async fn first_days(server: SocketAddr) -> Vec<Credited> {
    let mut phones = JoinSet::new();
    for phone in 0..PHONES {
        phones.spawn(async move {
            let mut credited = Vec::new();
            let mut connection = Phone::new(server);
            for student in (phone..STUDENTS).step_by(PHONES as usize) {
                let mut log = Log::default();
                let (student, amount) = (Student(student), play::amount(student));
                first_day(&mut connection, student, amount, Gateway::Sandbox, &mut log)
                    .await
                    .expect("a first day");
                assert_eq!(
                    log.steps.len(),
                    Step::ALL.len() + 1,
                    "the cards are seen twice"
                );
                credited.extend(log.credited);
            }
            credited
        });
    }
    phones.join_all().await.concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_first_days_lose_no_fen_and_a_lost_one_is_found() {
    let (address, sandbox, _folder) = server(STUDENTS).await;
    let credited = first_days(address).await;
    assert_eq!(credited.len(), STUDENTS as usize);
    let sum = credited.iter().map(|told| told.amount.get()).sum::<i64>();

    let store = &sandbox.store;
    let books = books::check(store, &credited).await.expect("they agree");
    assert_eq!((books.paid, books.fen), (i64::from(STUDENTS), sum));
    assert_eq!(store.ledger_sum().await.expect("reads"), 0);

    // The check finds a fen that is missing, in each of the books.
    let order = credited[0].order.clone();
    for (spoil, mend) in [
        (
            "UPDATE orders SET amount_fen = amount_fen - 1 WHERE id = $1",
            "UPDATE orders SET amount_fen = amount_fen + 1 WHERE id = $1",
        ),
        (
            "UPDATE sandbox_payments SET amount_fen = amount_fen - 1 WHERE order_id = $1",
            "UPDATE sandbox_payments SET amount_fen = amount_fen + 1 WHERE order_id = $1",
        ),
        (
            "UPDATE ledger_entries SET amount_fen = amount_fen - 1
             WHERE transfer_id = 'credit/' || CAST($1 AS TEXT) AND account = 'provider'",
            "UPDATE ledger_entries SET amount_fen = amount_fen + 1
             WHERE transfer_id = 'credit/' || CAST($1 AS TEXT) AND account = 'provider'",
        ),
        (
            "UPDATE orders SET settled = 0 WHERE id = $1",
            "UPDATE orders SET settled = 1 WHERE id = $1",
        ),
    ] {
        for (statement, agrees) in [(spoil, false), (mend, true)] {
            let done = sql::query(statement).bind(order.clone()).execute(store);
            assert_eq!(done.await.expect("written").rows_affected(), 1);
            let checked = books::check(store, &credited).await;
            assert_eq!(checked.is_ok(), agrees, "{statement}: {checked:?}");
        }
    }
    // So does one who was told of money that is nowhere.
    let told = [Credited {
        order: "nowhere".to_owned(),
        amount: Fen::new(1),
    }];
    assert!(books::check(store, &told).await.is_err());
}

#[tokio::test]
async fn a_filled_database_serves_the_students_in_it() {
    // What fills in old orders is SQLite's own.
    if std::env::var(dika_sandbox::testing::DATABASE_VARIABLE).is_ok() {
        return;
    }
    let (address, sandbox, _folder) = server(12).await;
    let now = dika_core::clock::Clock::now(&sandbox.clock);
    let store = &sandbox.store;
    fill::settle_in(store, 0..12, now).await.expect("settled");
    fill::orders(store, 100, 12, now).await.expect("orders");
    let outcome = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a thread");
        let plan = |journey, pace| play::Plan {
            server: address,
            journey,
            first: 0,
            students: 12,
            lasts: Duration::from_millis(300),
            pace,
            gateway: Gateway::Sandbox,
        };
        let top_ups = plan(play::Journey::TopUp, play::Pace::Phones(3));
        let cards = plan(
            play::Journey::Cards,
            play::Pace::of(50, Duration::from_secs(1)),
        );
        (
            runtime.block_on(play::play(top_ups)).expect("plays"),
            runtime.block_on(play::play(cards)).expect("plays"),
        )
    });
    let (top_ups, cards) = outcome.await.expect("ends");
    assert!(
        top_ups.done > 0 && top_ups.failed == 0,
        "{:?}",
        top_ups.reasons
    );
    assert!(cards.done > 0 && cards.failed == 0, "{:?}", cards.reasons);
    let books = books::check(store, &top_ups.credited)
        .await
        .expect("they agree");
    assert_eq!(books.paid, 100 + i64::try_from(top_ups.done).expect("few"));
}
