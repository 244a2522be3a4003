//! After any sequence of operations, in a real database file, the books balance.

use std::collections::HashMap;
use std::sync::Arc;

use dika_contract::{Campus, CardStatus, Fen, Issuer, OrderId, TerminalKind, WalletKind};
use dika_core::card_system::{CardRef, CardSystem, ClaimWindow, Credit, Credited, DepositState};
use dika_core::clock::Clock;
use dika_core::ids::Ids;
use dika_sandbox::clock::MovableClock;
use dika_server::adapters::built_in_cards::{BuiltInCards, NewAccount, Strength};
use dika_server::adapters::os_random::OsRandom;
use dika_store::Store;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const CARDS: usize = 3;

#[derive(Clone, Debug)]
enum Operation {
    Credit {
        order: u8,
        card: usize,
        wallet: WalletKind,
        fen: i64,
        waits: bool,
    },
    Tap {
        card: usize,
        terminal: TerminalKind,
    },
    Spend {
        card: usize,
        wallet: WalletKind,
        fen: i64,
    },
    Status {
        card: usize,
        works: bool,
    },
    Reopen {
        order: u8,
    },
    Later {
        seconds: i64,
    },
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let wallet = || prop::sample::select(vec![WalletKind::Main, WalletKind::Utilities]);
    let operation = prop_oneof![
        4 => (0..12u8, 0..CARDS, wallet(), -100..20_000i64, any::<bool>()).prop_map(
            |(order, card, wallet, fen, waits)| Operation::Credit { order, card, wallet, fen, waits }
        ),
        3 => (0..CARDS, prop::sample::select(TerminalKind::ALL))
            .prop_map(|(card, terminal)| Operation::Tap { card, terminal }),
        2 => (0..CARDS, wallet(), 0..15_000i64)
            .prop_map(|(card, wallet, fen)| Operation::Spend { card, wallet, fen }),
        1 => (0..CARDS, any::<bool>()).prop_map(|(card, works)| Operation::Status { card, works }),
        1 => (0..12u8).prop_map(|order| Operation::Reopen { order }),
        1 => (0..30_000i64).prop_map(|seconds| Operation::Later { seconds }),
    ];
    prop::collection::vec(operation, 1..40)
}

fn card_ref(card: usize) -> CardRef {
    CardRef(format!("card-{card}"))
}

fn card_no(card: usize) -> String {
    format!("8000000{card}")
}

fn order_id(order: u8) -> OrderId {
    OrderId::parse(&format!("order-{order}")).expect("an id")
}

#[test]
fn the_books_balance_after_any_sequence() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&operations(), |operations| {
            runtime.block_on(run(operations));
            Ok(())
        })
        .expect("the books balance");
}

async fn run(operations: Vec<Operation>) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let url = format!(
        "sqlite://{}?mode=rwc",
        folder.path().join("books.db").display()
    );
    let ids: Arc<dyn Ids> = Arc::new(OsRandom);
    let store = Store::open(&url, ids.clone()).await.expect("a database");
    let clock = MovableClock::default();
    let directory = dika_sandbox::directory::invented();
    let books = BuiltInCards::new(
        store.clone(),
        Arc::new(clock.clone()),
        ids,
        directory,
        Strength::Light,
    );
    let books = books.expect("cards");
    let accounts = (0..CARDS).map(|card| NewAccount {
        card_ref: card_ref(card),
        issuer: Issuer::Hemc,
        account: None,
        card_no: card_no(card),
        password: "123456".to_owned(),
        name: "陈明".to_owned(),
        student_no: "3124000101".to_owned(),
        campus: Campus::Daxuecheng,
        college: None,
        status: CardStatus::Active,
        opening: vec![
            (WalletKind::Main, Fen::new(9_000)),
            (WalletKind::Utilities, Fen::new(1_000)),
        ],
    });
    books
        .open_accounts(accounts.collect())
        .await
        .expect("opens");

    // What went in and out, by the answers alone.
    let mut held = CARDS as i64 * 10_000;
    let mut orders = HashMap::new();
    for operation in operations {
        match operation {
            Operation::Credit {
                order,
                card,
                wallet,
                fen,
                waits,
            } => {
                let id = order_id(order);
                let known = orders.contains_key(&id);
                let end = clock.now().plus(6 * 3_600);
                let answer = books
                    .credit(Credit {
                        order_id: id.clone(),
                        card_ref: card_ref(card),
                        wallet,
                        amount: Fen::new(fen),
                        waits: waits.then_some(ClaimWindow(Some(end))),
                        cap: Some(Fen::new(60_000)),
                    })
                    .await
                    .expect("answers");
                if let (Credited::Taken(_), false) = (answer, known) {
                    assert!(fen > 0);
                    held += fen;
                    orders.insert(id, fen);
                }
                // Once taken, always taken.
                assert!(!known || matches!(answer, Credited::Taken(_)));
            }
            Operation::Tap { card, terminal } => {
                let tap = books.tap(&card_no(card), terminal).await.expect("answers");
                let sum: i64 = tap.released.iter().map(|order| orders[order]).sum();
                assert_eq!(sum, tap.amount.get());
                if matches!(
                    terminal,
                    TerminalKind::GdutLoad | TerminalKind::GdutTopUp | TerminalKind::Other
                ) {
                    assert!(tap.released.is_empty(), "the other card's machine");
                }
                for order in &tap.released {
                    let deposit = books.deposit(Issuer::Other, order).await.expect("answers");
                    assert_eq!(deposit, Some(DepositState::OnCard));
                }
            }
            Operation::Spend { card, wallet, fen } => {
                if books
                    .spend(&card_ref(card), wallet, Fen::new(fen))
                    .await
                    .expect("answers")
                {
                    held -= fen;
                }
            }
            Operation::Status { card, works } => {
                let status = if works {
                    CardStatus::Active
                } else {
                    CardStatus::Lost
                };
                books
                    .set_status(&card_ref(card), status)
                    .await
                    .expect("stored");
            }
            Operation::Reopen { order } => {
                let end = clock.now().plus(6 * 3_600);
                books
                    .reopen(Issuer::Other, &order_id(order), Some(end))
                    .await
                    .expect("reopens");
            }
            Operation::Later { seconds } => {
                clock.advance(seconds);
            }
        }
        assert_eq!(store.ledger_sum().await.expect("sums"), 0);
    }

    assert_eq!(
        store.ledger_unbalanced().await.expect("sums"),
        Vec::<String>::new()
    );
    let mut on_cards = 0;
    for card in 0..CARDS {
        for wallet in books.balances(&card_ref(card)).await.expect("balances") {
            for balance in [wallet.on_card, wallet.waiting] {
                let fen = balance.expect("an amount").amount_fen.get();
                assert!(fen >= 0, "nothing is overdrawn");
                on_cards += fen;
            }
        }
    }
    assert_eq!(on_cards, held);
    store.close().await;
}
