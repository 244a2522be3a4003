//! Who looks at an order, how often the provider is asked for that, and what an order of which nobody knows the outcome
//! still allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dika_contract::{ErrorCode, Issuer, OrderId, PaymentState, TopUp, WalletKind, endpoint};
use dika_server::services::looks::Looks;
use dika_server::services::reconcile;
use dika_store::sql;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::client::{Client, person};
use crate::hooked::HookedGateway;

const MAIN: WalletKind = WalletKind::Main;
/// Seconds between two looks: far more than a test takes, so that only the moved clock counts.
const EVERY_S: i64 = 300;

/// What the provider was asked: how often, and how many questions at once at most.
#[derive(Default)]
struct Asked {
    now: AtomicU32,
    most: AtomicU32,
    all: AtomicU32,
}

impl Asked {
    fn all(&self) -> u32 {
        self.all.load(Ordering::SeqCst)
    }
}

/// A student with an unpaid order at a server whose provider takes its time; looks there as in production.
async fn at_a_real_server(takes: Duration, shared: bool) -> (Client, OrderId, Arc<Asked>) {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, MAIN, 2_000).await.id;
    let asked = Arc::new(Asked::default());
    let client = client.with(|state| {
        let asked = asked.clone();
        state.looks = Looks::every(EVERY_S, shared);
        state.gateway = Arc::new(HookedGateway::new(&state.gateway, move |call| {
            let (asked, counts) = (asked.clone(), call.starts_with("query"));
            Box::pin(async move {
                if counts {
                    asked.all.fetch_add(1, Ordering::SeqCst);
                    let now = asked.now.fetch_add(1, Ordering::SeqCst) + 1;
                    asked.most.fetch_max(now, Ordering::SeqCst);
                }
                sleep(takes).await;
                if counts {
                    asked.now.fetch_sub(1, Ordering::SeqCst);
                }
            })
        }));
    });
    (client, order, asked)
}

/// Another server with the same database and provider.
fn another_server(client: &Client) -> Client {
    client
        .twin()
        .with(|state| state.looks = Looks::spaced(true))
}

#[tokio::test]
async fn the_provider_is_asked_about_an_order_once_in_so_many_seconds() {
    let (client, order, asked) = at_a_real_server(Duration::ZERO, false).await;
    for _ in 0..5 {
        assert_eq!(client.top_up(&order).await.payment, PaymentState::Paying);
    }
    assert_eq!(asked.all(), 1);
    client.later(EVERY_S);
    for _ in 0..5 {
        client.top_up(&order).await;
    }
    assert_eq!(asked.all(), 2);
    // Going on with it is no reason to ask once more.
    let on: TopUp = client
        .on_top_up(endpoint::TOP_UP_CONTINUE, &order)
        .await
        .good();
    assert_eq!(on.payment, PaymentState::Paying);
    assert_eq!(asked.all(), 2);
    // What the provider says by itself is shown at once.
    client.decide(&order, "paid").await;
    assert_eq!(client.top_up(&order).await.payment, PaymentState::Paid);
}

#[tokio::test]
async fn an_order_that_is_made_or_repeated_in_time_is_not_asked_about() {
    let (client, _, asked) = at_a_real_server(Duration::ZERO, false).await;
    let card = client.bind(person(""), Issuer::Hemc).await;
    for _ in 0..2 {
        let order: TopUp = client.create(&card, MAIN, 5_000, "in-time").await.good();
        assert_eq!(order.payment, PaymentState::Paying);
        assert!(order.prompt.is_some());
    }
    assert_eq!(asked.all(), 0);
}

#[tokio::test]
async fn the_page_of_a_closed_order_asks_nobody() {
    let (client, order, asked) = at_a_real_server(Duration::ZERO, false).await;
    let closed: TopUp = client
        .on_top_up(endpoint::TOP_UP_CANCEL, &order)
        .await
        .good();
    assert_eq!(closed.payment, PaymentState::Closed);
    let before = asked.all();
    client.later(EVERY_S);
    let shown = client.top_up(&order).await;
    assert_eq!(shown.payment, PaymentState::Closed);
    assert_eq!(shown.reminder, None, "no messages are set up");
    assert_eq!(asked.all(), before);
}

#[tokio::test]
async fn an_order_without_news_is_looked_at_after_twice_as_long() {
    let (client, order, _) = at_a_real_server(Duration::ZERO, false).await;
    let now = || dika_core::clock::Clock::now(&client.state.clock);
    let store = &client.state.store;
    sql::query("UPDATE orders SET looks = 3, look_at = 0 WHERE id = $1")
        .bind(order.as_str())
        .execute(store.pool())
        .await
        .expect("written");
    let before = now();
    let looked = reconcile::sweep(&client.state.services()).await;
    assert_eq!(looked.expect("a sweep"), 1);
    let next = store.first_look_at().await.expect("reads");
    let next = next.expect("a next look");
    assert!((before.plus(80)..=now().plus(80)).contains(&next));
}

#[tokio::test]
async fn servers_that_share_a_database_share_their_questions() {
    let (first, order, asked) = at_a_real_server(Duration::from_millis(200), true).await;
    let others = [another_server(&first), another_server(&first)];
    let mut looks = JoinSet::new();
    for server in others.iter().chain([&first]) {
        for _ in 0..5 {
            let (server, order) = (server.twin(), order.clone());
            looks.spawn(async move { server.top_up(&order).await.payment });
        }
    }
    while let Some(look) = looks.join_next().await {
        assert_eq!(look.expect("it ends"), PaymentState::Paying);
    }
    assert_eq!(asked.all(), 1);
    // Nor soon after, whichever server is asked.
    for server in &others {
        server.top_up(&order).await;
    }
    assert_eq!(asked.all(), 1);
    first.later(EVERY_S);
    others[0].top_up(&order).await;
    assert_eq!(asked.all(), 2);
    assert_eq!(asked.most.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_sweep_and_students_share_their_questions() {
    let (client, order, asked) = at_a_real_server(Duration::ZERO, true).await;
    let held = Arc::new(Semaphore::new(0));
    let client = client.with(|state| {
        let held = held.clone();
        state.gateway = Arc::new(HookedGateway::new(&state.gateway, move |_| {
            let held = held.clone();
            Box::pin(async move { drop(held.acquire().await) })
        }));
    });
    let other = another_server(&client);
    client.later(60);
    let services = client.state.services();
    let sweep = tokio::spawn(async move { reconcile::sweep(&services).await });
    let taken = async || {
        let row = client.state.store.order(&order).await.expect("reads");
        row.expect("an order").looks
    };
    let looks = taken().await;
    // The sweep has taken it once nobody else can.
    let store = &client.state.store;
    let now = dika_core::clock::Clock::now(&client.state.clock);
    while store.begin_look(&order, now, now).await.expect("written") {
        sleep(Duration::from_millis(5)).await;
    }
    // Another server gives what is kept; here one waits.
    assert_eq!(other.top_up(&order).await.payment, PaymentState::Paying);
    let here = client.twin();
    let waiting = {
        let order = order.clone();
        tokio::spawn(async move { here.top_up(&order).await.payment })
    };
    held.add_permits(Semaphore::MAX_PERMITS);
    sweep.await.expect("it ends").expect("a sweep");
    assert_eq!(waiting.await.expect("it ends"), PaymentState::Paying);
    assert_eq!(asked.all(), 1);
    assert_eq!(taken().await, looks + 1);
}

#[tokio::test]
async fn a_server_that_died_while_it_asked_keeps_nobody_waiting_for_long() {
    let (client, order, asked) = at_a_real_server(Duration::ZERO, true).await;
    let now = dika_core::clock::Clock::now(&client.state.clock);
    let taken = client
        .state
        .store
        .begin_look(&order, now, now.plus(reconcile::LOOK_LEASE_S))
        .await;
    assert!(taken.expect("written"));
    client.top_up(&order).await;
    assert_eq!(asked.all(), 0);
    client.later(reconcile::LOOK_LEASE_S);
    client.top_up(&order).await;
    assert_eq!(asked.all(), 1);
}

#[tokio::test]
async fn a_look_goes_on_where_the_phone_hung_up() {
    let (client, order, asked) = at_a_real_server(Duration::from_millis(200), true).await;
    let tables = client.state.tables();
    assert!(
        tables
            .decide_payment(&order, "paid")
            .await
            .expect("decided")
    );
    let look = client.top_up(&order);
    assert!(timeout(Duration::from_millis(50), look).await.is_err());
    // Whoever comes next waits for it.
    assert_eq!(client.top_up(&order).await.payment, PaymentState::Paid);
    assert_eq!(asked.all(), 1);
}

#[tokio::test]
async fn an_order_of_unknown_outcome_can_be_given_up_as_soon_as_the_provider_speaks() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    for (pattern, wanted) in [
        (endpoint::TOP_UP_CONTINUE, PaymentState::Paying),
        (endpoint::TOP_UP_CANCEL, PaymentState::Closed),
    ] {
        let order = client.order(&card, MAIN, 5_000).await.id;
        client.decide(&order, "silent").await;
        assert_eq!(client.top_up(&order).await.payment, PaymentState::Unknown);
        let tables = client.state.tables();
        assert!(
            tables
                .decide_payment(&order, "pending")
                .await
                .expect("decided")
        );
        // Nobody has to look at it first.
        let changed: TopUp = client.on_top_up(pattern, &order).await.good();
        assert_eq!(changed.payment, wanted);
        let _: TopUp = client
            .on_top_up(endpoint::TOP_UP_CANCEL, &order)
            .await
            .good();
    }
}

#[tokio::test]
async fn no_other_order_beside_one_that_may_be_paid_until_its_time_is_over() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, MAIN, 5_000).await.id;
    client.decide(&order, "silent").await;
    assert_eq!(client.top_up(&order).await.payment, PaymentState::Unknown);
    client.later(10 * 60);
    let refused = client
        .create(&card, MAIN, 5_000, "another")
        .await
        .refused(ErrorCode::OrderUndecided);
    assert_eq!(refused.order_id.as_ref(), Some(&order));
    let wait = refused.retry_after_s.expect("it says when");
    assert!((19 * 60..=20 * 60).contains(&wait), "{wait}");
    // The refusals of the order itself say the same.
    for pattern in [endpoint::TOP_UP_CONTINUE, endpoint::TOP_UP_CANCEL] {
        let refused = client
            .on_top_up(pattern, &order)
            .await
            .refused(ErrorCode::OrderUndecided);
        assert!(refused.retry_after_s.is_some_and(|s| s.abs_diff(wait) < 60));
    }
    client.later(i64::from(wait));
    let other: TopUp = client.create(&card, MAIN, 5_000, "another").await.good();
    // Both were wanted, and both are honoured.
    for id in [&order, &other.id] {
        client.decide(id, "paid").await;
        assert_eq!(client.top_up(id).await.payment, PaymentState::Paid);
    }
}

#[tokio::test]
async fn an_unpaid_order_says_when_another_may_follow() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, MAIN, 5_000).await.id;
    let refused = client
        .create(&card, MAIN, 5_000, "another")
        .await
        .refused(ErrorCode::UnpaidOrderExists);
    assert_eq!(refused.order_id, Some(order));
    let wait = refused.retry_after_s.expect("it says when");
    assert!((29 * 60..=30 * 60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_key_that_is_sent_again_after_its_time_finds_its_order_closed() {
    let client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order: TopUp = client.create(&card, MAIN, 5_000, "k").await.good();
    client.later(31 * 60);
    let again: TopUp = client.create(&card, MAIN, 5_000, "k").await.good();
    assert_eq!((again.id, again.payment), (order.id, PaymentState::Closed));
    assert!(again.prompt.is_none());
}
