//! The card system by itself: what credits, taps and passwords do.

use dika_contract::{CardPassword, CardStatus, Fen, Issuer, OrderId, TerminalKind, WalletKind};
use dika_core::card_system::{
    CardRef, CardSystem, ClaimWindow, Credit, Credited, DepositState, TapReason,
};
use dika_server::adapters::built_in_cards::{BuiltInCards, Strength};
use std::sync::Arc;

use crate::client::{Client, person};

async fn books() -> (Client, BuiltInCards, CardRef) {
    let client = Client::new().await;
    let state = &client.state;
    let books = BuiltInCards::new(
        state.store.clone(),
        Arc::new(state.clock.clone()),
        state.ids.clone(),
        state.settings.directory.clone(),
        Strength::Light,
    )
    .expect("cards");
    let card = CardRef(format!("hemc-{}", person("").hemc.expect("a card").card_no));
    (client, books, card)
}

fn credit(order: &str, card: &CardRef) -> Credit {
    Credit {
        order_id: OrderId::parse(order).expect("an id"),
        card_ref: card.clone(),
        wallet: WalletKind::Utilities,
        amount: Fen::new(1_000),
        waits: Some(ClaimWindow(None)),
        cap: None,
    }
}

#[tokio::test]
async fn a_credit_is_booked_once() {
    let (client, books, card) = books().await;
    let before = books.balances(&card).await.expect("balances");
    for _ in 0..3 {
        let taken = books.credit(credit("o1", &card)).await.expect("credited");
        assert_eq!(taken, Credited::Taken(DepositState::Waiting));
    }
    let after = books.balances(&card).await.expect("balances");
    let waiting = |wallets: &[dika_contract::WalletBalance]| {
        wallets[1].waiting.expect("an amount").amount_fen.get()
    };
    assert_eq!(waiting(&after) - waiting(&before), 1_000);
    assert_eq!(client.state.store.ledger_sum().await.expect("sums"), 0);
}

#[tokio::test]
async fn a_card_that_does_not_work_takes_and_gives_nothing() {
    let (_client, books, card) = books().await;
    let card_no = person("").hemc.expect("a card").card_no;
    books.credit(credit("o1", &card)).await.expect("credited");
    books
        .set_status(&card, CardStatus::Lost)
        .await
        .expect("stored");
    assert_eq!(
        books.credit(credit("o2", &card)).await.expect("answers"),
        Credited::Refused
    );
    // What was booked before is still booked.
    assert_eq!(
        books.credit(credit("o1", &card)).await.expect("answers"),
        Credited::Taken(DepositState::Waiting)
    );
    let tap = books
        .tap(card_no, TerminalKind::HemcTopUp)
        .await
        .expect("answers");
    assert_eq!(
        (tap.reason, tap.released.len()),
        (TapReason::CardNotActive, 0)
    );
    let nobody = books
        .tap("0000", TerminalKind::HemcTopUp)
        .await
        .expect("answers");
    assert_eq!(nobody.reason, TapReason::UnknownCard);
}

#[tokio::test]
async fn a_credit_that_was_refused_is_refused_for_ever() {
    let (client, books, card) = books().await;
    let before = books.balances(&card).await.expect("balances");
    books
        .set_status(&card, CardStatus::Lost)
        .await
        .expect("stored");
    let refused = books.credit(credit("o1", &card)).await.expect("answers");
    assert_eq!(refused, Credited::Refused);
    // The card wakes; the same credit, sent again by somebody who had not heard of the refusal, comes late.
    books
        .set_status(&card, CardStatus::Active)
        .await
        .expect("stored");
    let late = books.credit(credit("o1", &card)).await.expect("answers");
    assert_eq!(late, Credited::Refused);
    let after = books.balances(&card).await.expect("balances");
    let held = |wallets: &[dika_contract::WalletBalance]| {
        let amounts = wallets.iter().flat_map(|it| [it.on_card, it.waiting]);
        let amounts = amounts.map(|it| it.expect("an amount").amount_fen.get());
        amounts.collect::<Vec<_>>()
    };
    assert_eq!(held(&after), held(&before));
    assert_eq!(client.state.store.ledger_sum().await.expect("sums"), 0);
}

#[tokio::test]
async fn a_credit_keeps_the_cap() {
    let (_client, books, card) = books().await;
    let held = books.balances(&card).await.expect("balances")[1]
        .on_card
        .expect("an amount")
        .amount_fen;
    let mut tight = credit("o1", &card);
    tight.cap = held.checked_add(Fen::new(999));
    assert_eq!(
        books.credit(tight.clone()).await.expect("answers"),
        Credited::Refused
    );
    // Refused is refused: what fits needs an order of its own.
    tight.order_id = OrderId::parse("o2").expect("an id");
    tight.cap = held.checked_add(Fen::new(1_000));
    assert!(matches!(
        books.credit(tight).await.expect("answers"),
        Credited::Taken(_)
    ));
}

#[tokio::test]
async fn wrong_accounts_and_wrong_passwords_take_the_same_work() {
    // By structure: both go through one verification with the same parameters. By the clock: the
    // fastest of each kind are within a factor of three; without the dummy they would be far apart.
    let (_client, books, _) = books().await;
    let wrong = CardPassword::parse("999999").expect("a password");
    let mut fastest = [u128::MAX; 2];
    for _ in 0..12 {
        for (kind, account) in [person("").student_no, "3199999999"]
            .into_iter()
            .enumerate()
        {
            let begin = std::time::Instant::now();
            let found = books
                .verify(Issuer::Gdut, account, &wrong)
                .await
                .expect("answers");
            assert!(found.is_none());
            fastest[kind] = fastest[kind].min(begin.elapsed().as_micros());
        }
    }
    let [known, unknown] = fastest;
    assert!(
        known < 3 * unknown && unknown < 3 * known,
        "{known} µs, {unknown} µs"
    );
}
