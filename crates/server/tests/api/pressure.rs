//! One slow, broken or hostile party must not stop the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use dika_contract::{
    Binding, ErrorCode, Fen, Issuer, OrderId, PaymentState, TopUp, WalletKind, endpoint,
};
use dika_server::services::reconcile;
use dika_store::sql;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use crate::client::{Client, person};
use crate::hooked::{HookedCards, HookedGateway};

const MAIN: WalletKind = WalletKind::Main;

async fn sweep(client: &Client) {
    reconcile::sweep(&client.state.services())
        .await
        .expect("a sweep");
}

/// An unpaid order on the person's own card, begun at the provider.
async fn order_of(client: &mut Client, word: &str) -> OrderId {
    client.sign_in(person(word).phone).await;
    let card = client.bind(person(word), Issuer::Gdut).await;
    client.order(&card, MAIN, 2_000).await.id
}

/// Paid at the provider, which tells nobody.
async fn paid_in_silence(client: &Client, order: &OrderId) {
    let tables = client.state.tables();
    assert!(tables.decide_payment(order, "paid").await.expect("decided"));
}

async fn payment(client: &Client, order: &OrderId) -> PaymentState {
    let row = client.state.store.order(order).await.expect("reads");
    row.expect("an order").state.payment
}

#[tokio::test]
async fn nobody_waits_for_the_card_system_while_an_order_is_placed() {
    let client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let others_write = Arc::new(AtomicBool::new(false));
    let client = client.with(|state| {
        let (store, others_write) = (state.store.clone(), others_write.clone());
        state.cards = Arc::new(HookedCards::new(&state.cards, move |call| {
            let (store, others_write) = (store.clone(), others_write.clone());
            let asked = call == "balances";
            Box::pin(async move {
                if asked {
                    let write = timeout(Duration::from_secs(1), store.write("somebody else"));
                    others_write.store(matches!(write.await, Ok(Ok(_))), Ordering::SeqCst);
                }
            })
        }));
    });
    let _: TopUp = client.create(&card, MAIN, 2_000, "k").await.good();
    assert!(others_write.load(Ordering::SeqCst));
}

#[tokio::test]
async fn orders_side_by_side_stay_within_the_cap_however_slow_the_card_system_is() {
    let client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Hemc).await;
    let client = client.with(|state| {
        state.cards = Arc::new(HookedCards::new(&state.cards, |call| {
            let slow = call == "balances";
            Box::pin(async move {
                if slow {
                    sleep(Duration::from_millis(100)).await;
                }
            })
        }));
    });
    // An unpaid order keeps others of its wallet away, so they are told apart by their keys.
    let mut calls = tokio::task::JoinSet::new();
    for turn in 0..8 {
        let (client, card) = (client.twin(), card.clone());
        calls.spawn(async move {
            let key = format!("key-{turn}");
            client
                .create(&card, WalletKind::Utilities, 2_000, &key)
                .await
        });
    }
    let mut made = 0;
    while let Some(reply) = calls.join_next().await {
        made += usize::from(reply.expect("it ends").status == StatusCode::CREATED);
    }
    assert_eq!(made, 1);
}

#[tokio::test]
async fn an_order_made_and_credited_while_the_card_system_answers_leaves_no_room_for_another() {
    let client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Hemc).await;
    let (held, _) = client.amounts(&card, WalletKind::Main).await;
    let left = 100_000 - held - 50_000;
    let (other, other_card) = (Arc::new(Mutex::new(client.twin())), card.clone());
    let is_first = Arc::new(AtomicBool::new(true));
    let client = client.with(|state| {
        state.cards = Arc::new(HookedCards::after_balances(&state.cards, move |_| {
            let (other, card, is_first) = (other.clone(), other_card.clone(), is_first.clone());
            Box::pin(async move {
                if is_first.swap(false, Ordering::SeqCst) {
                    let mut other = other.lock().await;
                    let paid = other.paid(&card, WalletKind::Main, 50_000).await;
                    assert!(!paid.settling, "{paid:?}");
                }
            })
        }));
    });
    let refused = client
        .create(&card, WalletKind::Main, left + 1, "too-much")
        .await
        .refused(ErrorCode::WalletCapExceeded);
    assert_eq!(refused.max_fen, Some(Fen::new(left)));
    // Once the card system tells of it, it counts once.
    let order = client
        .create(&card, WalletKind::Main, left, "the-rest")
        .await;
    let _: TopUp = order.good();
}

#[tokio::test]
async fn a_phone_that_hangs_up_makes_no_wrong_password() {
    let client = Client::signed_in("").await.with(|state| {
        state.cards = Arc::new(HookedCards::new(&state.cards, |call| {
            let slow = call == "verify";
            Box::pin(async move {
                if slow {
                    sleep(Duration::from_millis(200)).await;
                }
            })
        }));
    });
    for _ in 0..6 {
        let asked = client.ask_binding(person(""), Issuer::Gdut);
        assert!(timeout(Duration::from_millis(50), asked).await.is_err());
    }
    sleep(Duration::from_millis(600)).await;
    let _: Binding = client.ask_binding(person(""), Issuer::Gdut).await.good();
}

#[tokio::test]
async fn one_account_tries_few_cards_and_its_own_still() {
    let client = Client::signed_in("").await;
    let wrong = async |account: String| {
        let body = json!({ "issuer": "gdut", "account": account, "password": "999999" });
        client.post(endpoint::BINDINGS, body).await
    };
    for turn in 0..20 {
        wrong(format!("31980000{turn:02}"))
            .await
            .refused(ErrorCode::WrongAccountOrPassword);
    }
    let wait = wrong("3197000000".to_owned())
        .await
        .refused(ErrorCode::RateLimited)
        .retry_after_s;
    assert!(wait.is_some_and(|wait| wait <= 3_600));
    // Others are not concerned, and right passwords were never counted.
    let mut other = client.another();
    other.sign_in(person("ID ends in X").phone).await;
    for _ in 0..25 {
        other.bind(person("ID ends in X"), Issuer::Gdut).await;
    }
}

#[tokio::test]
async fn strangers_lock_a_card_for_strangers() {
    let owner = Client::signed_in("").await;
    owner.bind(person(""), Issuer::Gdut).await;
    let mut stranger = owner.another();
    stranger.sign_in(person("ID ends in X").phone).await;
    let wrong = json!({
        "issuer": "gdut", "account": person("").student_no, "password": "999999",
    });
    for _ in 0..5 {
        stranger
            .post(endpoint::BINDINGS, wrong.clone())
            .await
            .refused(ErrorCode::WrongAccountOrPassword);
    }
    stranger
        .ask_binding(person(""), Issuer::Gdut)
        .await
        .refused(ErrorCode::BindingLocked);
    owner.bind(person(""), Issuer::Gdut).await;
    // The one who holds it has five tries, too.
    for _ in 0..5 {
        owner
            .post(endpoint::BINDINGS, wrong.clone())
            .await
            .refused(ErrorCode::WrongAccountOrPassword);
    }
    owner
        .ask_binding(person(""), Issuer::Gdut)
        .await
        .refused(ErrorCode::BindingLocked);
}

#[tokio::test]
async fn instances_that_sweep_at_once_share_the_orders() {
    let mut client = Client::new().await;
    let order = order_of(&mut client, "").await;
    let asked = Arc::new(AtomicU32::new(0));
    let client = client.with(|state| {
        let asked = asked.clone();
        state.gateway = Arc::new(HookedGateway::new(&state.gateway, move |call| {
            asked.fetch_add(u32::from(call.starts_with("query")), Ordering::SeqCst);
            Box::pin(sleep(Duration::from_millis(100)))
        }));
    });
    client.later(60);
    tokio::join!(sweep(&client), sweep(&client), sweep(&client));
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    // A look that never ended is taken up by another instance.
    client.later(60);
    let services = client.state.services();
    let gone = timeout(Duration::from_millis(20), reconcile::sweep(&services));
    assert!(gone.await.is_err());
    paid_in_silence(&client, &order).await;
    client.later(120);
    sweep(&client).await;
    assert_eq!(payment(&client, &order).await, PaymentState::Paid);
}

#[tokio::test]
async fn several_instances_use_up_no_looks_at_closed_orders() {
    let mut client = Client::new().await;
    let order = order_of(&mut client, "").await;
    let closed: TopUp = client
        .on_top_up(endpoint::TOP_UP_CANCEL, &order)
        .await
        .good();
    assert_eq!(closed.payment, PaymentState::Closed);
    for seconds in [10 * 60, 0, 0, 60, 60] {
        client.later(seconds);
        tokio::join!(sweep(&client), sweep(&client), sweep(&client));
    }
    // Within the day that a late payment may come.
    client
        .state
        .tables()
        .decide_payment(&order, "paid")
        .await
        .expect("decided");
    client.later(25 * 3_600);
    sweep(&client).await;
    assert_eq!(payment(&client, &order).await, PaymentState::Paid);
}

#[tokio::test]
async fn an_order_that_cannot_be_read_stops_no_other() {
    let mut client = Client::new().await;
    let broken = order_of(&mut client, "").await;
    let mut other = client.another();
    let order = order_of(&mut other, "ID ends in X").await;
    sql::query("UPDATE orders SET payment = 'teleported' WHERE id = $1")
        .bind(broken.as_str())
        .execute(client.state.store.pool())
        .await
        .expect("written");
    paid_in_silence(&client, &order).await;
    client.later(60);
    for _ in 0..3 {
        sweep(&client).await;
    }
    assert_eq!(payment(&client, &order).await, PaymentState::Paid);
    // What it stands for is not guessed.
    let path = endpoint::with_id(endpoint::TOP_UP, broken.as_str());
    client.get(&path).await.refused(ErrorCode::Internal);
}

#[tokio::test]
async fn a_look_that_panics_stops_no_other() {
    let mut client = Client::new().await;
    let broken = order_of(&mut client, "").await;
    let mut other = client.another();
    let order = order_of(&mut other, "ID ends in X").await;
    let client = client.with(|state| {
        state.gateway = Arc::new(HookedGateway::new(&state.gateway, move |call| {
            let panics = call.ends_with(broken.as_str());
            Box::pin(async move { assert!(!panics, "told to") })
        }));
    });
    paid_in_silence(&client, &order).await;
    client.later(60);
    sweep(&client).await;
    assert_eq!(payment(&client, &order).await, PaymentState::Paid);
}

#[tokio::test]
async fn looks_at_the_same_order_share_what_the_provider_is_asked() {
    let mut client = Client::new().await;
    let order = order_of(&mut client, "").await;
    let asked = Arc::new(AtomicU32::new(0));
    let client = client.with(|state| {
        let asked = asked.clone();
        state.gateway = Arc::new(HookedGateway::new(&state.gateway, move |call| {
            asked.fetch_add(u32::from(call.starts_with("query")), Ordering::SeqCst);
            Box::pin(sleep(Duration::from_millis(200)))
        }));
    });
    let mut looks = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (client, order) = (client.twin(), order.clone());
        looks.spawn(async move { client.top_up(&order).await.payment });
    }
    while let Some(look) = looks.join_next().await {
        assert_eq!(look.expect("it ends"), PaymentState::Paying);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_nobody_needs_any_more_is_deleted_and_nothing_else() {
    let mut client = Client::signed_in("").await;
    client.bind(person(""), Issuer::Gdut).await;
    let wrong = json!({ "issuer": "gdut", "account": "3198000000", "password": "999999" });
    client
        .post(endpoint::BINDINGS, wrong)
        .await
        .refused(ErrorCode::WrongAccountOrPassword);
    client.code("13700000000").await;
    let tables = [
        "sessions",
        "sign_in_codes",
        "rates",
        "password_tries",
        "bindings",
    ];
    let count = async |table: &'static str| -> i64 {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        sql::query_scalar(sql::AssertSqlSafe(sql))
            .fetch_one(client.state.store.pool())
            .await
            .expect("counted")
    };
    let purge = async || {
        let now = dika_core::clock::Clock::now(&client.state.clock);
        let keep = dika_store::purge::Retention::default();
        let purged = client.state.store.purge(now, keep).await;
        purged.expect("purged");
    };
    purge().await;
    for table in tables {
        assert!(count(table).await > 0, "{table} is needed");
    }
    client.later(61 * 86_400);
    purge().await;
    for table in tables {
        assert_eq!(count(table).await, 0, "{table}");
    }
    client.sign_in(person("").phone).await;
    let cards: Vec<dika_contract::Card> = client.get(endpoint::CARDS).await.good();
    assert_eq!(cards.len() + me_hidden(&client).await, 1);
}

/// How many cards this session does not show yet.
async fn me_hidden(client: &Client) -> usize {
    let session: dika_contract::Session = client.get(endpoint::SESSION).await.good();
    session.user.expect("signed in").hidden_cards.len()
}

#[tokio::test]
async fn an_older_version_runs_beside_a_newer_schema() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let newer = dika_sandbox::testing::sandbox(folder.path(), dika_sandbox::settings()).await;
    sql::query(
        "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
         SELECT 9999, 'of the next release', installed_on, success, checksum, execution_time
         FROM _sqlx_migrations WHERE version = 1",
    )
    .execute(newer.store.pool())
    .await
    .expect("written");
    let older = dika_sandbox::testing::sandbox(folder.path(), dika_sandbox::settings()).await;
    older.store.ping().await.expect("it works");
}

#[tokio::test]
async fn what_others_of_a_net_did_is_not_counted_for_an_account() {
    let client = Client::signed_in("").await;
    // In the middle of an hour: what is counted falls into one.
    let clock = || dika_core::clock::Clock::now(&client.state.clock).unix();
    client.later(5_400 - clock().rem_euclid(3_600));
    let now = clock();
    sql::query("INSERT INTO rates (bucket, window_at, calls) VALUES ('password/from/203.0.113.7', $1, 300)")
        .bind(now - now.rem_euclid(3_600))
        .execute(client.state.store.pool())
        .await
        .expect("written");
    let visitor = client.cookie.clone().expect("a session");
    let services = client.state.services();
    let visitor = dika_server::services::sign_in::visitor(&services, &visitor)
        .await
        .expect("reads")
        .expect("signed in");
    let body: dika_contract::CreateBinding = serde_json::from_value(json!({
        "issuer": "gdut", "account": person("").student_no, "password": person("").gdut_password(),
    }))
    .expect("a wish");
    let ask = async |net| {
        dika_server::services::bind::request(&services, &visitor, Some(net), &body).await
    };
    for _ in 0..25 {
        let refused = ask("203.0.113.7").await.expect_err("the net is full");
        assert_eq!(refused.code, ErrorCode::RateLimited);
    }
    assert!(ask("198.51.100.9").await.is_ok());
}
