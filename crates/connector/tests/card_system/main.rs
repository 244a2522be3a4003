//! The port `CardSystem` over connectors: two Python adapters, one per issuer, each with a mind of its own.

#[path = "../toy/mod.rs"]
mod toy;

use std::time::{Duration, Instant};

use dika_connector::breaker::{Rules, State};
use dika_connector::card_system::ConnectorCards;
use dika_connector::client::{Client, Options};
use dika_connector::{Keyring, Secret};
use dika_contract::{CardPassword, CardStatus, Fen, Issuer, OrderId, WalletKind};
use dika_core::card_system::{
    CardRef, CardSystem, CardSystemFault, ClaimWindow, Credit, Credited, DepositState,
};
use serde_json::json;
use toy::{SECRET, Toy};

fn client(toy: &Toy, issuer: Issuer) -> Client {
    let keys = Keyring::new(Secret::parse(SECRET).expect("a secret"));
    let mut options = Options::new(toy.address.parse().expect("an address"), issuer, keys);
    options.direct = true;
    options.time_limit = Duration::from_secs(2);
    options.breaker = Rules {
        silences: 3,
        pause: Duration::from_millis(500),
        longest_pause: Duration::from_secs(2),
    };
    Client::new(options).expect("a client")
}

fn order(id: &str) -> OrderId {
    OrderId::parse(id).expect("an id")
}

fn credit(id: &str, card: &CardRef, wallet: WalletKind, waits: bool) -> Credit {
    Credit {
        order_id: order(id),
        card_ref: card.clone(),
        wallet,
        amount: Fen::new(2_000),
        waits: waits.then_some(ClaimWindow(None)),
        cap: Some(Fen::new(100_000)),
    }
}

async fn signed_in(
    cards: &ConnectorCards,
    issuer: Issuer,
    number: &str,
    password: &str,
) -> CardRef {
    let password = CardPassword::parse(password).expect("a password");
    let record = cards
        .verify(issuer, number, &password)
        .await
        .expect("it answers");
    let record = record.expect("it verifies");
    assert_eq!(record.issuer, issuer);
    record.card_ref
}

async fn held(cards: &ConnectorCards, card: &CardRef, wallet: WalletKind) -> (i64, i64) {
    let balances = cards.balances(card).await.expect("it answers");
    let wallet = balances
        .iter()
        .find(|it| it.kind == wallet)
        .expect("the wallet");
    let fen =
        |balance: Option<dika_contract::Balance>| balance.expect("an amount").amount_fen.get();
    (fen(wallet.on_card), fen(wallet.waiting))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_goes_all_the_way() {
    let gdut = Toy::start("toy_gdut.json");
    let cards = ConnectorCards::new([client(&gdut, Issuer::Gdut)]);
    let card = signed_in(&cards, Issuer::Gdut, "3124001001", "102345").await;
    let wrong = CardPassword::parse("000000").expect("a password");
    for number in ["3124001001", "no-such-number", "with blanks"] {
        let answer = cards
            .verify(Issuer::Gdut, number, &wrong)
            .await
            .expect("it answers");
        assert!(answer.is_none(), "{number}");
    }
    assert_eq!(held(&cards, &card, WalletKind::Main).await, (1_250, 0));
    assert_eq!(
        cards
            .deposit(Issuer::Gdut, &order("o1"))
            .await
            .expect("it answers"),
        None
    );
    let new = credit("o1", &card, WalletKind::Main, true);
    for _ in 0..3 {
        let answer = cards.credit(new.clone()).await.expect("it answers");
        assert_eq!(answer, Credited::Taken(DepositState::Waiting));
    }
    assert_eq!(held(&cards, &card, WalletKind::Main).await, (1_250, 2_000));
    cards
        .reopen(Issuer::Gdut, &order("o1"), None)
        .await
        .expect("it waits again");
    let tap = gdut
        .drive("tap", json!({"card_no": "60010001", "terminal": "g-t1"}))
        .await;
    assert_eq!(tap["released"], json!(["o1"]));
    let deposit = cards
        .deposit(Issuer::Gdut, &order("o1"))
        .await
        .expect("it answers");
    assert_eq!(deposit, Some(DepositState::OnCard));
    // The first answer was "waiting"; what is true now is said, and nothing is booked again.
    let answer = cards.credit(new).await.expect("it answers");
    assert_eq!(answer, Credited::Taken(DepositState::OnCard));
    assert_eq!(held(&cards, &card, WalletKind::Main).await, (3_250, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_stay_and_unknown_cards_are_no_reason_to_pay_back_twice() {
    let gdut = Toy::start("toy_gdut.json");
    let cards = ConnectorCards::new([client(&gdut, Issuer::Gdut)]);
    let card = signed_in(&cards, Issuer::Gdut, "3124001001", "102345").await;
    gdut.drive("status", json!({"card_no": "60010001", "status": "frozen"}))
        .await;
    assert_eq!(
        cards.card(&card).await.expect("it answers").status,
        CardStatus::Frozen
    );
    let new = credit("o1", &card, WalletKind::Main, false);
    assert_eq!(
        cards.credit(new.clone()).await.expect("it answers"),
        Credited::Refused
    );
    gdut.drive("status", json!({"card_no": "60010001", "status": "active"}))
        .await;
    assert_eq!(
        cards.credit(new).await.expect("it answers"),
        Credited::Refused
    );
    let mut big = credit("o2", &card, WalletKind::Main, false);
    big.amount = Fen::new(99_999);
    assert_eq!(
        cards.credit(big).await.expect("it answers"),
        Credited::Refused
    );
    assert_eq!(held(&cards, &card, WalletKind::Main).await, (1_250, 0));

    let gone = CardRef("gdut/gone".to_owned());
    assert!(matches!(
        cards.card(&gone).await,
        Err(CardSystemFault::NoSuchCard)
    ));
    assert_eq!(
        cards
            .credit(credit("o3", &gone, WalletKind::Main, false))
            .await
            .expect("it answers"),
        Credited::Refused
    );
    // A name that was never one of ours says nothing about money.
    let strange = credit("o4", &CardRef("gone".to_owned()), WalletKind::Main, false);
    assert!(matches!(
        cards.credit(strange).await,
        Err(CardSystemFault::Unavailable(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn undecided_is_asked_about_under_the_same_order() {
    let gdut = Toy::start("toy_gdut.json");
    let cards = ConnectorCards::new([client(&gdut, Issuer::Gdut)]);
    let card = signed_in(&cards, Issuer::Gdut, "3124001001", "102345").await;
    gdut.drive("undecided", json!({"card_no": "60010001", "on": true}))
        .await;
    for id in ["o1", "o2"] {
        let new = credit(id, &card, WalletKind::Main, false);
        for _ in 0..2 {
            assert_eq!(
                cards.credit(new.clone()).await.expect("it answers"),
                Credited::Undecided
            );
        }
    }
    assert_eq!(held(&cards, &card, WalletKind::Main).await, (1_250, 0));
    gdut.drive("decide", json!({"order_id": "o1"})).await;
    gdut.drive(
        "decide",
        json!({"order_id": "o2", "code": "card_not_active"}),
    )
    .await;
    for _ in 0..2 {
        let first = cards
            .credit(credit("o1", &card, WalletKind::Main, false))
            .await;
        assert_eq!(
            first.expect("it answers"),
            Credited::Taken(DepositState::OnCard)
        );
        let second = cards
            .credit(credit("o2", &card, WalletKind::Main, false))
            .await;
        assert_eq!(second.expect("it answers"), Credited::Refused);
    }
    assert_eq!(held(&cards, &card, WalletKind::Main).await, (3_250, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bad_answer_to_a_credit_refuses_it_or_books_it_twice() {
    let gdut = Toy::start("toy_gdut.json");
    let cards = ConnectorCards::new([client(&gdut, Issuer::Gdut)]);
    let card = signed_in(&cards, Issuer::Gdut, "3124001001", "102345").await;
    let mut expected = 1_250;
    for (number, fault) in [
        "html",
        "down",
        "fen_string",
        "fen_float",
        "fen_negative",
        "fen_missing",
        "wrong_amount",
        "other_order",
        "lose_answers",
    ]
    .into_iter()
    .enumerate()
    {
        let new = credit(&format!("bad{number}"), &card, WalletKind::Main, false);
        gdut.faults(&[(fault, 1)]).await;
        let answer = cards.credit(new.clone()).await;
        assert!(
            matches!(answer, Err(CardSystemFault::Unavailable(_))),
            "{fault}: {answer:?}"
        );
        gdut.faults(&[]).await;
        expected += 2_000;
        let answer = cards.credit(new).await.expect("it answers");
        assert_eq!(answer, Credited::Taken(DepositState::OnCard), "{fault}");
        assert_eq!(
            held(&cards, &card, WalletKind::Main).await,
            (expected, 0),
            "{fault}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_card_system_down_leaves_the_other_working() {
    let (gdut, hemc) = (Toy::start("toy_gdut.json"), Toy::start("toy_hemc.json"));
    let cards = ConnectorCards::new([client(&gdut, Issuer::Gdut), client(&hemc, Issuer::Hemc)]);
    let school = signed_in(&cards, Issuer::Gdut, "3124001001", "102345").await;
    let town = signed_in(&cards, Issuer::Hemc, "70020001", "023450").await;

    hemc.faults(&[("down", 1)]).await;
    for number in 0..4 {
        let new = credit(&format!("h{number}"), &town, WalletKind::Main, false);
        assert!(matches!(
            cards.credit(new).await,
            Err(CardSystemFault::Unavailable(_))
        ));
        let new = credit(&format!("g{number}"), &school, WalletKind::Main, false);
        assert_eq!(
            cards.credit(new).await.expect("it answers"),
            Credited::Taken(DepositState::OnCard)
        );
    }
    let state = |issuer| cards.client(issuer).map(Client::breaker);
    assert_eq!(state(Issuer::Gdut), Some(State::Closed));
    assert_ne!(state(Issuer::Hemc), Some(State::Closed));

    // Back again: the same orders arrive, each once.
    hemc.faults(&[]).await;
    let started = Instant::now();
    for number in 0..4 {
        let new = credit(&format!("h{number}"), &town, WalletKind::Main, false);
        loop {
            match cards.credit(new.clone()).await {
                Ok(answer) => break assert_eq!(answer, Credited::Taken(DepositState::OnCard)),
                Err(fault) => assert!(started.elapsed() < Duration::from_secs(20), "{fault:?}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    assert_eq!(
        held(&cards, &town, WalletKind::Main).await,
        (3_300 + 4 * 2_000, 0)
    );
    assert_eq!(state(Issuer::Hemc), Some(State::Closed));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_without_a_connector_is_unavailable() {
    let cards = ConnectorCards::new([]);
    let password = CardPassword::parse("102345").expect("a password");
    let answer = cards.verify(Issuer::Hemc, "70020001", &password).await;
    assert!(matches!(answer, Err(CardSystemFault::Unavailable(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_leaves_does_not_decide_how_the_connector_does() {
    let gdut = Toy::start("toy_gdut.json");
    let client = client(&gdut, Issuer::Gdut);
    let cards = ConnectorCards::new([client.clone()]);
    let card = signed_in(&cards, Issuer::Gdut, "3124001001", "102345").await;
    let impatient = async |id: &str| {
        let call = cards.credit(credit(id, &card, WalletKind::Main, false));
        let answer = tokio::time::timeout(Duration::from_millis(100), call).await;
        assert!(answer.is_err(), "{id}: it was slower than that");
    };
    let eventually = async |what: &str, mut holds: Box<dyn FnMut() -> bool>| {
        let end = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < end, "{what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    // Slow, and within its time: nothing is held against it, and what was asked is done.
    gdut.faults(&[("late_ms", 600)]).await;
    for id in ["o1", "o2", "o3", "o4"] {
        impatient(id).await;
    }
    let end = Instant::now() + Duration::from_secs(20);
    while held(&cards, &card, WalletKind::Main).await.0 != 1_250 + 4 * 2_000 {
        assert!(Instant::now() < end, "every credit is carried out");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(client.breaker(), State::Closed);
    // Silent: the calls that nobody waits for any more say so.
    gdut.faults(&[("late_ms", 4_000)]).await;
    for id in ["o5", "o6", "o7"] {
        impatient(id).await;
    }
    let asked = client.clone();
    eventually(
        "the breaker opens",
        Box::new(move || asked.breaker() != State::Closed),
    )
    .await;
}
