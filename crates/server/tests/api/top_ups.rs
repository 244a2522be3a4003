use dika_core::clock::Clock as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::http::StatusCode;
use dika_contract::{
    CardPassword, ClaimState, ErrorCode, Fen, Issuer, OrderId, PaymentPrompt, PaymentState,
    TerminalKind, Timestamp, TopUp, TopUpEvent, TopUpPage, WalletBalance, WalletKind, endpoint,
};
use dika_core::card_system::{
    CardRecord, CardRef, CardSystem, CardSystemFault, Credit, Credited, DepositState, Tap,
};
use dika_core::payment_gateway::{Charge, Closing, GatewayFault, Outcome, PaymentGateway, Refund};
use dika_server::adapters::built_in_cards::{BuiltInCards, Strength};
use dika_server::services::reconcile;
use serde_json::json;

use crate::client::{Client, person};

/// A gateway that can be cut off, over the sandbox's own.
pub struct Cable {
    pub inner: Arc<dyn PaymentGateway>,
    pub cut: AtomicBool,
    /// Whether what it keeps can't be read.
    pub forgets: AtomicBool,
}

impl Cable {
    fn plugged(&self) -> Result<(), GatewayFault> {
        if self.cut.load(Ordering::SeqCst) {
            return Err(GatewayFault::Silent(anyhow::anyhow!("cut")));
        }
        if self.forgets.load(Ordering::SeqCst) {
            return Err(GatewayFault::Unkept(dika_store::Error::PoolTimedOut.into()));
        }
        Ok(())
    }
}

#[async_trait]
impl PaymentGateway for Cable {
    async fn start(&self, charge: &Charge) -> Result<PaymentPrompt, GatewayFault> {
        self.plugged()?;
        self.inner.start(charge).await
    }
    async fn query(&self, order: &OrderId) -> Result<Outcome, GatewayFault> {
        self.plugged()?;
        self.inner.query(order).await
    }
    async fn close(&self, order: &OrderId) -> Result<Closing, GatewayFault> {
        self.plugged()?;
        self.inner.close(order).await
    }
    async fn refund(&self, order: &OrderId, amount: Fen) -> Result<Refund, GatewayFault> {
        self.plugged()?;
        self.inner.refund(order, amount).await
    }
}

/// A client whose server's gateway can be cut off.
pub async fn wired(word: &str) -> (Client, Arc<Cable>) {
    let mut cable = None;
    let mut client = Client::new().await.with(|state| {
        let new = Arc::new(Cable {
            inner: state.gateway.clone(),
            cut: AtomicBool::new(false),
            forgets: AtomicBool::new(false),
        });
        state.gateway = new.clone();
        cable = Some(new);
    });
    client.sign_in(person(word).phone).await;
    (client, cable.expect("set"))
}

#[tokio::test]
async fn a_failure_of_the_own_database_says_nothing_about_a_payment() {
    let (mut client, cable) = wired("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, 5_000).await;
    cable.forgets.store(true, Ordering::SeqCst);
    client
        .on_top_up(endpoint::TOP_UP_CANCEL, &order.id)
        .await
        .refused(ErrorCode::Busy);
    let kept = client.state.store.order(&order.id).await.expect("reads");
    let kept = kept.expect("an order").state.payment;
    assert_eq!(kept, PaymentState::Paying, "nobody was silent");
    cable.forgets.store(false, Ordering::SeqCst);
    let cancelled: TopUp = client
        .on_top_up(endpoint::TOP_UP_CANCEL, &order.id)
        .await
        .good();
    assert_eq!(cancelled.payment, PaymentState::Closed);
}

#[tokio::test]
async fn one_key_is_one_order() {
    let client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let first = client.create(&card, WalletKind::Main, 5_000, "k1").await;
    assert_eq!(first.status, StatusCode::CREATED);
    let first: TopUp = first.good();
    let again = client.create(&card, WalletKind::Main, 5_000, "k1").await;
    assert_eq!(again.status, StatusCode::OK);
    let again: TopUp = again.good();
    assert_eq!(again.id, first.id);
    assert!(again.prompt.is_some(), "a reload can go on paying");
    client
        .create(&card, WalletKind::Main, 6_000, "k1")
        .await
        .refused(ErrorCode::IdempotencyKeyReused);
    // Also once it is decided.
    client.decide(&first.id, "paid").await;
    let decided: TopUp = client
        .create(&card, WalletKind::Main, 5_000, "k1")
        .await
        .good();
    assert_eq!(
        (decided.id, decided.payment),
        (first.id, PaymentState::Paid)
    );
    assert!(decided.prompt.is_none());

    // A key is its user's own.
    let mut other = client.another();
    other.sign_in(person("ID ends in X").phone).await;
    let card = other.bind(person("ID ends in X"), Issuer::Gdut).await;
    assert_eq!(
        other
            .create(&card, WalletKind::Main, 5_000, "k1")
            .await
            .status,
        StatusCode::CREATED
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_taps_make_one_order() {
    let client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let mut taps = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (client, card) = (client.twin(), card.clone());
        taps.spawn(async move {
            let reply = client.create(&card, WalletKind::Main, 5_000, "tap").await;
            (reply.status, reply.good::<TopUp>().id)
        });
    }
    let answers = taps.join_all().await;
    let made = answers
        .iter()
        .filter(|(status, _)| *status == StatusCode::CREATED)
        .count();
    assert_eq!(made, 1);
    assert!(answers.iter().all(|(_, id)| *id == answers[0].1));
    let page: TopUpPage = client.get(endpoint::TOP_UPS).await.good();
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn an_unpaid_order_is_continued_or_cancelled_not_repeated() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, 5_000).await;
    let refused = client
        .create(&card, WalletKind::Main, 2_000, "another")
        .await
        .refused(ErrorCode::UnpaidOrderExists);
    assert_eq!(refused.order_id.as_ref(), Some(&order.id));

    client.decide(&order.id, "cancelled").await;
    let back = client.top_up(&order.id).await;
    assert_eq!(back.payment, PaymentState::Created, "unpaid is not failed");
    assert!(back.when(TopUpEvent::PaymentCancelled).is_some());
    let on: TopUp = client
        .on_top_up(endpoint::TOP_UP_CONTINUE, &order.id)
        .await
        .good();
    assert_eq!(on.payment, PaymentState::Paying);
    assert!(on.prompt.is_some());

    let closed: TopUp = client
        .on_top_up(endpoint::TOP_UP_CANCEL, &order.id)
        .await
        .good();
    assert_eq!(closed.payment, PaymentState::Closed);
    let twice: TopUp = client
        .on_top_up(endpoint::TOP_UP_CANCEL, &order.id)
        .await
        .good();
    assert_eq!(twice.payment, PaymentState::Closed);
    client
        .on_top_up(endpoint::TOP_UP_CONTINUE, &order.id)
        .await
        .refused(ErrorCode::OrderClosed);
    client.order(&card, WalletKind::Main, 2_000).await;
}

#[tokio::test]
async fn silence_is_its_own_state_and_ends() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, 5_000).await;
    client.decide(&order.id, "silent").await;
    let unknown = client.top_up(&order.id).await;
    assert_eq!(unknown.payment, PaymentState::Unknown);
    for pattern in [endpoint::TOP_UP_CONTINUE, endpoint::TOP_UP_CANCEL] {
        client
            .on_top_up(pattern, &order.id)
            .await
            .refused(ErrorCode::OrderUndecided);
    }
    // Time does not close what may have been paid.
    client.later(2 * 3_600);
    reconcile::sweep(&client.state.services())
        .await
        .expect("sweeps");
    assert_eq!(
        client.top_up(&order.id).await.payment,
        PaymentState::Unknown
    );
    client.decide(&order.id, "paid").await;
    assert_eq!(client.top_up(&order.id).await.payment, PaymentState::Paid);
}

#[tokio::test]
async fn a_failed_payment_frees_the_wallet() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, 5_000).await;
    client.decide(&order.id, "failed").await;
    assert_eq!(client.top_up(&order.id).await.payment, PaymentState::Failed);
    client
        .on_top_up(endpoint::TOP_UP_CANCEL, &order.id)
        .await
        .refused(ErrorCode::OrderClosed);
    client.order(&card, WalletKind::Main, 5_000).await;
}

#[tokio::test]
async fn half_an_hour_unpaid_closes_an_order() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, 5_000).await;
    client.later(30 * 60 - 5);
    assert_eq!(client.top_up(&order.id).await.payment, PaymentState::Paying);
    client.later(5);
    reconcile::sweep(&client.state.services())
        .await
        .expect("sweeps");
    assert_eq!(client.top_up(&order.id).await.payment, PaymentState::Closed);
}

#[tokio::test]
async fn a_payment_before_cancelling_wins() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, 5_000).await;
    // The provider knows, the server does not yet.
    client
        .state
        .tables()
        .decide_payment(&order.id, "paid")
        .await
        .expect("stored");
    let refused = client
        .on_top_up(endpoint::TOP_UP_CANCEL, &order.id)
        .await
        .refused(ErrorCode::OrderAlreadyPaid);
    assert_eq!(refused.order_id, Some(order.id.clone()));
    assert_eq!(client.top_up(&order.id).await.claim, ClaimState::Waiting);
}

#[tokio::test]
async fn late_money_goes_onto_the_card_or_back() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let card_ref = CardRef(format!("gdut-{}", person("").gdut.expect("a card").card_no));
    let (_, before) = client.amounts(&card, WalletKind::Main).await;

    let order = client.order(&card, WalletKind::Main, 5_000).await;
    let _: TopUp = client
        .on_top_up(endpoint::TOP_UP_CANCEL, &order.id)
        .await
        .good();
    client.decide(&order.id, "paid").await;
    let late = client.top_up(&order.id).await;
    assert_eq!(
        (late.payment, late.claim),
        (PaymentState::Paid, ClaimState::Waiting)
    );
    assert_eq!(
        client.amounts(&card, WalletKind::Main).await.1,
        before + 5_000
    );

    // Late, and unheard of: the sweep asks again by itself.
    let order = client.order(&card, WalletKind::Main, 5_000).await;
    let _: TopUp = client
        .on_top_up(endpoint::TOP_UP_CANCEL, &order.id)
        .await
        .good();
    client
        .state
        .tables()
        .decide_payment(&order.id, "paid")
        .await
        .expect("stored");
    client.later(11 * 60);
    reconcile::sweep(&client.state.services())
        .await
        .expect("sweeps");
    assert_eq!(client.top_up(&order.id).await.payment, PaymentState::Paid);

    // The card was lost meanwhile: the money goes back.
    let order = client.order(&card, WalletKind::Main, 5_000).await;
    let state = client.state.clone();
    let books = BuiltInCards::new(
        state.store.clone(),
        Arc::new(state.clock.clone()),
        state.ids.clone(),
        state.settings.directory.clone(),
        Strength::Light,
    )
    .expect("cards");
    books
        .set_status(&card_ref, dika_contract::CardStatus::Lost)
        .await
        .expect("stored");
    client.decide(&order.id, "paid").await;
    let back = client.top_up(&order.id).await;
    assert_eq!(
        (back.payment, back.claim),
        (PaymentState::Refunded, ClaimState::NotNeeded)
    );
    assert!(back.when(TopUpEvent::RefundStarted).is_some());
    assert_eq!(
        client.amounts(&card, WalletKind::Main).await.1,
        before + 10_000
    );
    assert_eq!(state.store.ledger_sum().await.expect("sums"), 0);
}

#[tokio::test]
async fn a_crash_between_any_two_steps_is_repaired() {
    let (mut client, cable) = wired("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;

    // Stored, and then nothing came back from the provider.
    cable.cut.store(true, Ordering::SeqCst);
    let refused = client
        .create(&card, WalletKind::Main, 5_000, "crash")
        .await
        .refused(ErrorCode::PaymentUnavailable);
    let id = refused.order_id.expect("the order is stored");
    assert_eq!(client.top_up(&id).await.payment, PaymentState::Created);

    // The provider took it and it was paid, but the server never stored that it asked.
    cable.cut.store(false, Ordering::SeqCst);
    client
        .state
        .tables()
        .start_payment(&id, Fen::new(5_000), client.state.clock.now())
        .await
        .expect("stored");
    client
        .state
        .tables()
        .decide_payment(&id, "paid")
        .await
        .expect("stored");
    client.later(60);
    reconcile::sweep(&client.state.services())
        .await
        .expect("sweeps");
    let order = client.top_up(&id).await;
    assert_eq!(
        (order.payment, order.claim),
        (PaymentState::Paid, ClaimState::Waiting)
    );

    // The money reached the card system, but the server never stored that: no second time.
    let sum = client.amounts(&card, WalletKind::Main).await;
    reconcile::refresh_by_id(&client.state.services(), &id)
        .await
        .expect("asks");
    reconcile::refresh_by_id(&client.state.services(), &id)
        .await
        .expect("asks");
    assert_eq!(client.amounts(&card, WalletKind::Main).await, sum);
    let _ = &mut client;
}

/// A card system that hangs, or can't say yet, over the built-in one.
pub struct SlowCards {
    inner: Arc<dyn CardSystem>,
    hangs: AtomicBool,
    pub undecided: AtomicBool,
}

impl SlowCards {
    async fn answer(&self) {
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl CardSystem for SlowCards {
    async fn verify(
        &self,
        issuer: Issuer,
        identifier: &str,
        password: &CardPassword,
    ) -> Result<Option<CardRecord>, CardSystemFault> {
        self.inner.verify(issuer, identifier, password).await
    }
    async fn card(&self, card: &CardRef) -> Result<CardRecord, CardSystemFault> {
        self.answer().await;
        self.inner.card(card).await
    }
    async fn balances(&self, card: &CardRef) -> Result<Vec<WalletBalance>, CardSystemFault> {
        self.answer().await;
        self.inner.balances(card).await
    }
    async fn credit(&self, credit: Credit) -> Result<Credited, CardSystemFault> {
        self.answer().await;
        if self.undecided.load(Ordering::SeqCst) {
            return Ok(Credited::Undecided);
        }
        self.inner.credit(credit).await
    }
    async fn deposit(
        &self,
        issuer: Issuer,
        order: &OrderId,
    ) -> Result<Option<DepositState>, CardSystemFault> {
        self.answer().await;
        self.inner.deposit(issuer, order).await
    }
    async fn reopen(
        &self,
        issuer: Issuer,
        order: &OrderId,
        claim_by: Option<Timestamp>,
    ) -> Result<(), CardSystemFault> {
        self.answer().await;
        self.inner.reopen(issuer, order, claim_by).await
    }
    async fn tap(&self, card_no: &str, terminal: TerminalKind) -> Result<Tap, CardSystemFault> {
        self.inner.tap(card_no, terminal).await
    }
}

/// The same client with such a card system.
pub fn slow_cards(client: Client) -> (Client, Arc<SlowCards>) {
    let mut slow = None;
    let client = client.with(|state| {
        let new = Arc::new(SlowCards {
            inner: state.cards.clone(),
            hangs: AtomicBool::new(false),
            undecided: AtomicBool::new(false),
        });
        state.cards = new.clone();
        slow = Some(new);
    });
    (client, slow.expect("wired"))
}

#[tokio::test]
async fn an_undecided_credit_is_asked_about_until_it_is_decided() {
    let (mut client, slow) = slow_cards(Client::new().await);
    client.sign_in(person("").phone).await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let before = client.amounts(&card, WalletKind::Main).await;
    let order = client.order(&card, WalletKind::Main, 5_000).await;
    let paid = client
        .state
        .tables()
        .decide_payment(&order.id, "paid")
        .await;
    assert!(paid.expect("stored"));

    slow.undecided.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let order = reconcile::refresh_by_id(&client.state.services(), &order.id)
            .await
            .expect("asks");
        // Neither booked nor on its way back: nobody knows yet.
        assert_eq!(order.state.payment, PaymentState::Paid);
        assert!(!order.state.settled);
    }
    assert_eq!(client.amounts(&card, WalletKind::Main).await, before);

    slow.undecided.store(false, Ordering::SeqCst);
    for _ in 0..2 {
        let order = reconcile::refresh_by_id(&client.state.services(), &order.id)
            .await
            .expect("asks");
        assert_eq!(order.state.payment, PaymentState::Paid);
        assert!(order.state.settled);
    }
    let (on_card, waiting) = client.amounts(&card, WalletKind::Main).await;
    assert_eq!(on_card + waiting, before.0 + before.1 + 5_000);
}

#[tokio::test]
async fn a_card_system_that_hangs_is_not_waited_for_for_ever() {
    let (mut client, slow) = slow_cards(Client::new().await);
    client.sign_in(person("").phone).await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, 5_000).await;
    let paid = client
        .state
        .tables()
        .decide_payment(&order.id, "paid")
        .await;
    assert!(paid.expect("stored"));

    slow.hangs.store(true, Ordering::SeqCst);
    let limit = std::time::Duration::from_secs(8);
    // To settle it, and to look at what waits there.
    let looked = tokio::time::timeout(limit, client.top_up(&order.id)).await;
    let shown = looked.expect("an answer in time");
    assert_eq!(shown.payment, PaymentState::Paid);
    let asked = client.create(&card, WalletKind::Main, 5_000, "while-it-hangs");
    let refused = tokio::time::timeout(limit, asked).await;
    refused
        .expect("an answer in time")
        .refused(ErrorCode::CardSystemUnavailable);

    slow.hangs.store(false, Ordering::SeqCst);
    client.later(60);
    reconcile::sweep(&client.state.services())
        .await
        .expect("sweeps");
    assert_eq!(client.top_up(&order.id).await.claim, ClaimState::Waiting);
    slow.hangs.store(true, Ordering::SeqCst);
    let looked = tokio::time::timeout(limit, client.top_up(&order.id)).await;
    assert_eq!(
        looked.expect("an answer in time").claim,
        ClaimState::Waiting
    );
    let deposit = client.state.store.ledger_deposit(&order.id).await;
    assert!(deposit.expect("books").is_some());
}

#[tokio::test]
async fn limits_are_inclusive() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Hemc).await;
    for (fen, taken) in [(99, false), (100, true), (10_000, true), (10_001, false)] {
        let key = format!("amount-{fen}");
        let reply = client.create(&card, WalletKind::Utilities, fen, &key).await;
        if taken {
            let order: TopUp = reply.good();
            let _: TopUp = client
                .on_top_up(endpoint::TOP_UP_CANCEL, &order.id)
                .await
                .good();
        } else {
            let refused = reply.refused(ErrorCode::AmountOutOfLimits);
            assert_eq!(refused.min_fen, Some(Fen::new(100)));
            assert_eq!(refused.max_fen, Some(Fen::new(10_000)));
        }
    }
    // The day's limit of 200 yuan to the fen.
    client.paid(&card, WalletKind::Utilities, 10_000).await;
    client.paid(&card, WalletKind::Utilities, 9_900).await;
    let refused = client
        .create(&card, WalletKind::Utilities, 101, "one-too-many")
        .await
        .refused(ErrorCode::DailyLimitReached);
    assert_eq!(refused.max_fen, Some(Fen::new(100)));
    client.paid(&card, WalletKind::Utilities, 100).await;
}

#[tokio::test]
async fn the_cap_counts_what_waits_and_what_may_come() {
    let mut client = Client::signed_in("").await;
    let mut parent = client.another();
    parent.sign_in("13900000000").await;
    let card = client.bind(person(""), Issuer::Hemc).await;
    let twin = parent.bind(person(""), Issuer::Hemc).await;
    let (held, _) = client.amounts(&card, WalletKind::Main).await;
    // Another user's unpaid order for the same card is counted, too.
    parent.order(&twin, WalletKind::Main, 50_000).await;
    let fits = 100_000 - held - 50_000;
    let refused = client
        .create(&card, WalletKind::Main, fits + 1, "too-much")
        .await
        .refused(ErrorCode::WalletCapExceeded);
    assert_eq!(refused.max_fen, Some(Fen::new(fits)));
    client.paid(&card, WalletKind::Main, fits).await;
}

#[tokio::test]
async fn lists_come_in_pages_newest_first() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let other = client.bind(person(""), Issuer::Hemc).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(client.paid(&card, WalletKind::Main, 2_000).await.id);
    }
    let done = client.paid(&other, WalletKind::Main, 5_000).await.id;
    made.push(done.clone());
    made.reverse();

    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: TopUpPage = client
            .get(&format!("{}?limit=4{cursor}", endpoint::TOP_UPS))
            .await
            .good();
        assert!(page.items.len() <= 4);
        for order in &page.items {
            assert!(!order.timeline.is_empty());
        }
        seen.extend(page.items.into_iter().map(|order| order.id));
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, made);

    let whole: TopUpPage = client.get("/top-ups?limit=6").await.good();
    assert_eq!((whole.items.len(), whole.next_cursor), (6, None));

    let open: TopUpPage = client.get("/top-ups?open=true").await.good();
    assert_eq!(
        open.items.len(),
        5,
        "what waits is open, what is on the card is not"
    );
    let of_card: TopUpPage = client
        .get(&format!("/top-ups?card_id={other}"))
        .await
        .good();
    assert_eq!(
        of_card
            .items
            .iter()
            .map(|order| &order.id)
            .collect::<Vec<_>>(),
        [&done]
    );
    for bad in ["limit=0", "limit=101", "cursor=%20", "open=perhaps"] {
        client
            .get(&format!("/top-ups?{bad}"))
            .await
            .refused(ErrorCode::InvalidRequest);
    }
    assert_eq!(
        client.get("/top-ups/nowhere").await.status,
        StatusCode::NOT_FOUND
    );
    let _ = json!(null);
}
