//! The keeper asks about every order, whatever one of them, or one party, does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use dika_contract::{
    Card, CardPassword, ClaimState, Fen, Issuer, OrderId, PaymentPrompt, PaymentState,
    TerminalKind, Timestamp, WalletBalance, WalletKind, endpoint,
};
use dika_core::card_system::{
    CardRecord, CardRef, CardSystem, CardSystemFault, Credit, Credited, DepositState, Tap,
};
use dika_core::payment_gateway::{Charge, Closing, GatewayFault, Outcome, PaymentGateway, Refund};
use dika_server::services::reconcile;
use dika_store::sql;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::client::{Client, person};
use crate::hooked::{HookedCards, HookedGateway};

/// A student's unpaid order.
async fn order_of(client: &mut Client) -> OrderId {
    client.sign_in(person("").phone).await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    client.order(&card, WalletKind::Main, 2_000).await.id
}

async fn paid_in_silence(client: &Client, order: &OrderId) {
    let tables = client.state.tables();
    assert!(tables.decide_payment(order, "paid").await.expect("decided"));
}

async fn payment(client: &Client, order: &OrderId) -> PaymentState {
    let row = client.state.store.order(order).await.expect("reads");
    row.expect("an order").state.payment
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so().await {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

#[tokio::test]
async fn the_sweep_waits_longer_than_a_student() {
    let mut client = Client::new().await;
    let order = order_of(&mut client).await;
    let client = client.with(|state| {
        state.gateway = Arc::new(HookedGateway::new(&state.gateway, |call| {
            let slow = call.starts_with("query");
            Box::pin(async move {
                if slow {
                    // As an order does with many payments to ask about, one after the other.
                    sleep(Duration::from_millis(3_300)).await;
                }
            })
        }));
    });
    paid_in_silence(&client, &order).await;
    client.later(60);
    let swept = reconcile::sweep(&client.state.services()).await;
    swept.expect("a sweep");
    assert_eq!(payment(&client, &order).await, PaymentState::Paid);
}

#[tokio::test]
async fn watching_that_panics_stops_no_order() {
    let mut client = Client::new().await;
    let order = order_of(&mut client).await;
    let client = client.with(|state| {
        state.gateway = Arc::new(HookedGateway::new(&state.gateway, |call| {
            let panics = call == "watch";
            Box::pin(async move { assert!(!panics, "told to") })
        }));
    });
    paid_in_silence(&client, &order).await;
    client.later(60);
    let swept = reconcile::sweep(&client.state.services()).await;
    swept.expect("a sweep");
    assert_eq!(payment(&client, &order).await, PaymentState::Paid);
}

/// Another order like this one, due so many seconds after it.
async fn copy_order(client: &Client, order: &OrderId, id: &str, later: i64) {
    sql::query(
        "INSERT INTO orders (id, user_id, card_id, issuer, wallet, amount_fen, channel, payment, claim,
             claim_rule, created_at, pay_by, settled, idem_key, body_digest, version, look_at, looks, moved_at)
         SELECT $2, user_id, card_id, issuer, wallet, amount_fen, channel, payment, claim,
             claim_rule, created_at, pay_by, settled, $2, body_digest, version, look_at + $3, looks, moved_at
         FROM orders WHERE id = $1",
    )
    .bind(order.as_str())
    .bind(id.to_owned())
    .bind(later)
    .execute(client.state.store.pool())
    .await
    .expect("written");
}

/// What a provider sees that does not answer about some orders.
#[derive(Clone)]
struct Seen {
    /// How many questions came.
    asked: Arc<AtomicU32>,
    /// How many are not waited for any more.
    given_up: Arc<AtomicU32>,
    /// Lets one of them be answered.
    held: Arc<Semaphore>,
}

/// Counts when it goes.
struct Ended(Arc<AtomicU32>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// The client of a server whose provider does not answer about this order, nor about slow ones.
fn with_slow_orders(client: Client, first: &OrderId) -> (Client, Seen) {
    let seen = Seen {
        asked: Arc::default(),
        given_up: Arc::default(),
        held: Arc::new(Semaphore::new(0)),
    };
    let client = client.with(|state| {
        let (seen, first) = (seen.clone(), first.clone());
        state.gateway = Arc::new(HookedGateway::new(&state.gateway, move |call| {
            let counts = call.starts_with("query");
            let waits = call.ends_with(first.as_str()) || call.contains("slow");
            let seen = seen.clone();
            Box::pin(async move {
                if counts {
                    seen.asked.fetch_add(1, Ordering::SeqCst);
                }
                if counts && waits {
                    let _ended = Ended(seen.given_up.clone());
                    drop(seen.held.acquire().await);
                }
            })
        }));
    });
    (client, seen)
}

/// Sweeps over many due orders of which the first ones are not answered until all the others were asked about.
async fn hold_up_their_own_places_alone(slow: u32) {
    const COPIES: u32 = 70;
    let mut client = Client::new().await;
    let first = order_of(&mut client).await;
    for copy in 1..=COPIES {
        let id = format!("{}copy{copy}", if copy < slow { "slow" } else { "" });
        copy_order(&client, &first, &id, i64::from(copy >= slow)).await;
    }
    let (client, seen) = with_slow_orders(client, &first);
    client.later(60);
    let services = client.state.services();
    let sweep = tokio::spawn(async move { reconcile::sweep(&services).await });
    // All the others are asked about while it is still waited for.
    until("all are asked about", async || {
        seen.asked.load(Ordering::SeqCst) == COPIES + 1
    })
    .await;
    assert!(!sweep.is_finished());
    seen.held.add_permits(1);
    sweep.await.expect("it ends").expect("a sweep");
}

#[tokio::test]
async fn a_slow_look_holds_up_its_own_place_alone() {
    hold_up_their_own_places_alone(1).await;
}

#[tokio::test]
async fn slow_looks_in_half_of_the_places_hold_up_no_other() {
    hold_up_their_own_places_alone(16).await;
}

#[tokio::test]
async fn what_becomes_due_is_looked_at_while_slow_looks_hold_half_of_the_places() {
    let mut client = Client::new().await;
    let first = order_of(&mut client).await;
    for copy in 1..16 {
        copy_order(&client, &first, &format!("slow{copy}"), 0).await;
    }
    let (client, seen) = with_slow_orders(client, &first);
    client.later(60);
    let keeper = tokio::spawn(reconcile::run(client.state.services()));
    let asked = async |count| {
        until("asked about", async || {
            seen.asked.load(Ordering::SeqCst) == count
        })
        .await;
    };
    asked(16).await;
    // Long due: the first one's next look is put off while it is looked at.
    copy_order(&client, &first, "next", -3_600).await;
    asked(17).await;
    assert_eq!(seen.given_up.load(Ordering::SeqCst), 0, "it had to wait");
    keeper.abort();
}

#[tokio::test]
async fn the_keeper_looks_at_what_becomes_due_while_another_is_waited_for() {
    let mut client = Client::new().await;
    let slow = order_of(&mut client).await;
    let mut other = client.another();
    other.sign_in(person("ID ends in X").phone).await;
    let card = other.bind(person("ID ends in X"), Issuer::Gdut).await;
    let asked = Arc::new(AtomicU32::new(0));
    let client = client.with(|state| {
        let (asked, slow) = (asked.clone(), slow.clone());
        state.gateway = Arc::new(HookedGateway::new(&state.gateway, move |call| {
            let waits = call == format!("query {slow}");
            asked.fetch_add(u32::from(waits), Ordering::SeqCst);
            Box::pin(async move {
                if waits {
                    std::future::pending::<()>().await;
                }
            })
        }));
    });
    client.later(60);
    let keeper = tokio::spawn(reconcile::run(client.state.services()));
    until("the slow one is asked about", async || {
        asked.load(Ordering::SeqCst) > 0
    })
    .await;
    let order = other.order(&card, WalletKind::Main, 2_000).await.id;
    paid_in_silence(&client, &order).await;
    client.later(31);
    until("the other one is paid", async || {
        payment(&client, &order).await == PaymentState::Paid
    })
    .await;
    keeper.abort();
}

#[tokio::test]
async fn payments_are_watched_while_an_order_is_waited_for() {
    let mut client = Client::new().await;
    order_of(&mut client).await;
    let (asked, watched) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let client = client.with(|state| {
        let (asked, watched) = (asked.clone(), watched.clone());
        state.gateway = Arc::new(HookedGateway::new(&state.gateway, move |call| {
            let (is_watch, is_query) = (call == "watch", call.starts_with("query"));
            watched.fetch_add(u32::from(is_watch), Ordering::SeqCst);
            asked.fetch_add(u32::from(is_query), Ordering::SeqCst);
            Box::pin(async move {
                if is_query {
                    std::future::pending::<()>().await;
                }
            })
        }));
    });
    client.later(60);
    let keeper = tokio::spawn(reconcile::run(client.state.services()));
    until("the order is asked about", async || {
        asked.load(Ordering::SeqCst) > 0
    })
    .await;
    let before = watched.load(Ordering::SeqCst);
    until("payments are watched", async || {
        watched.load(Ordering::SeqCst) > before
    })
    .await;
    keeper.abort();
}

/// A gateway that leaves so many payments behind to be watched, one each time.
struct LeavesMuch {
    inside: Arc<dyn PaymentGateway>,
    left: AtomicU32,
}

#[async_trait]
impl PaymentGateway for LeavesMuch {
    async fn start(&self, charge: &Charge) -> Result<PaymentPrompt, GatewayFault> {
        self.inside.start(charge).await
    }
    async fn query(&self, order: &OrderId) -> Result<Outcome, GatewayFault> {
        self.inside.query(order).await
    }
    async fn close(&self, order: &OrderId) -> Result<Closing, GatewayFault> {
        self.inside.close(order).await
    }
    async fn refund(&self, order: &OrderId, amount: Fen) -> Result<Refund, GatewayFault> {
        self.inside.refund(order, amount).await
    }
    async fn watch(&self) -> Result<(usize, Vec<OrderId>), GatewayFault> {
        let left = self.left.load(Ordering::SeqCst);
        self.left.store(left.saturating_sub(1), Ordering::SeqCst);
        Ok((usize::from(left > 0), Vec::new()))
    }
}

#[tokio::test]
async fn payments_are_watched_until_none_is_left_and_not_one_at_each_beat() {
    let mut gateway = None;
    let client = Client::new().await.with(|state| {
        let new = Arc::new(LeavesMuch {
            inside: state.gateway.clone(),
            left: AtomicU32::new(500),
        });
        state.gateway = new.clone();
        gateway = Some(new);
    });
    let gateway = gateway.expect("wired");
    let keeper = tokio::spawn(reconcile::run(client.state.services()));
    until("none is left", async || {
        gateway.left.load(Ordering::SeqCst) == 0
    })
    .await;
    keeper.abort();
}

#[tokio::test]
async fn a_card_system_is_not_asked_about_money_that_is_on_the_card() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Hemc).await;
    let order = client.paid(&card, WalletKind::Main, 5_000).await;
    assert!(!order.claim.is_open());
    let asked = Arc::new(AtomicU32::new(0));
    let client = client.with(|state| {
        let asked = asked.clone();
        state.cards = Arc::new(HookedCards::new(&state.cards, move |_| {
            asked.fetch_add(1, Ordering::SeqCst);
            Box::pin(std::future::ready(()))
        }));
    });
    let looked = reconcile::refresh_by_id(&client.state.services(), &order.id).await;
    assert!(looked.expect("a look").state.settled);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn all_cards_of_a_student_are_one_question() {
    let client = Client::signed_in("").await;
    for issuer in [Issuer::Gdut, Issuer::Hemc] {
        client.bind(person(""), issuer).await;
    }
    let one_by_one: Vec<Card> = {
        let client = client.twin().with(|state| {
            state.cards = Arc::new(OneByOne(state.cards.clone()));
        });
        client.get(endpoint::CARDS).await.good()
    };
    let calls = Arc::new(std::sync::Mutex::new(Vec::new()));
    let client = client.with(|state| {
        let calls = calls.clone();
        state.cards = Arc::new(HookedCards::new(&state.cards, move |call| {
            calls.lock().expect("a lock").push(call.to_owned());
            Box::pin(std::future::ready(()))
        }));
    });
    let mut cards: Vec<Card> = client.get(endpoint::CARDS).await.good();
    assert_eq!(*calls.lock().expect("a lock"), ["all_at_once"]);
    // It tells the same, but for the moment.
    for (card, other) in cards.iter_mut().zip(&one_by_one) {
        for (wallet, before) in card.wallets.iter_mut().zip(&other.wallets) {
            for (now, then) in [
                (&mut wallet.on_card, before.on_card),
                (&mut wallet.waiting, before.waiting),
            ] {
                if let (Some(now), Some(then)) = (now, then) {
                    now.as_of = then.as_of;
                }
            }
        }
    }
    assert_eq!(cards, one_by_one);
    assert_eq!(cards.len(), 2);
}

#[tokio::test]
async fn money_in_a_state_of_another_version_is_not_said_to_be_on_the_card() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.paid(&card, WalletKind::Main, 2_000).await;
    assert_eq!(order.claim, ClaimState::Waiting);
    sql::query("UPDATE ledger_deposits SET state = 'teleported'")
        .execute(client.state.store.pool())
        .await
        .expect("written");
    assert_eq!(client.top_up(&order.id).await.claim, ClaimState::Waiting);
}

#[tokio::test]
async fn a_card_that_cannot_be_read_hides_no_other() {
    let client = Client::signed_in("").await;
    for issuer in [Issuer::Gdut, Issuer::Hemc] {
        client.bind(person(""), issuer).await;
    }
    sql::query("UPDATE ledger_cards SET status = 'teleported' WHERE issuer = 'hemc'")
        .execute(client.state.store.pool())
        .await
        .expect("written");
    let listed = timeout(Duration::from_secs(20), client.get(endpoint::CARDS));
    let cards: Vec<Card> = listed.await.expect("in time").good();
    let known = |issuer| {
        let card = cards.iter().find(|card| card.issuer == issuer);
        let wallet = card.and_then(|card| card.wallet(WalletKind::Main));
        wallet.expect("the card").on_card.is_some()
    };
    assert_eq!((known(Issuer::Gdut), known(Issuer::Hemc)), (true, false));
}

/// A card system that answers for one card at a time.
struct OneByOne(Arc<dyn CardSystem>);

#[async_trait]
impl CardSystem for OneByOne {
    async fn verify(
        &self,
        issuer: Issuer,
        identifier: &str,
        password: &CardPassword,
    ) -> Result<Option<CardRecord>, CardSystemFault> {
        self.0.verify(issuer, identifier, password).await
    }

    async fn card(&self, card: &CardRef) -> Result<CardRecord, CardSystemFault> {
        self.0.card(card).await
    }

    async fn balances(&self, card: &CardRef) -> Result<Vec<WalletBalance>, CardSystemFault> {
        self.0.balances(card).await
    }

    async fn credit(&self, credit: Credit) -> Result<Credited, CardSystemFault> {
        self.0.credit(credit).await
    }

    async fn deposit(
        &self,
        issuer: Issuer,
        order: &OrderId,
    ) -> Result<Option<DepositState>, CardSystemFault> {
        self.0.deposit(issuer, order).await
    }

    async fn reopen(
        &self,
        issuer: Issuer,
        order: &OrderId,
        claim_by: Option<Timestamp>,
    ) -> Result<(), CardSystemFault> {
        self.0.reopen(issuer, order, claim_by).await
    }

    async fn tap(&self, card_no: &str, terminal: TerminalKind) -> Result<Tap, CardSystemFault> {
        self.0.tap(card_no, terminal).await
    }
}
