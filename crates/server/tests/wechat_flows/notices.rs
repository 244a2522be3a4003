//! Notifications: early, late, twice, in another order, and not WeChat Pay's at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dika_contract::{OrderId, PaymentState};
use dika_wechat_sim::{Call, Fault, Forgery, ReleaseOrder};

use crate::support::{AMOUNT, Log, World, with_cards_down};

/// How far an order's payment is, without asking anybody.
async fn kept(world: &World, order: &str) -> PaymentState {
    let id = OrderId::parse(order).expect("an id");
    let row = world.state.store.order(&id).await.expect("reads");
    row.expect("an order").state.payment
}

#[tokio::test]
async fn a_payment_that_was_just_made_is_booked_by_its_notification_alone() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world
        .sim
        .fault(Call::Query, Fault::Status { status: 502 }, u32::MAX);
    world.sim.pay(&order).expect("payable");
    assert_eq!(world.notified(1).await, [Some(204)]);
    assert_eq!(kept(&world, &order).await, PaymentState::Paid);
}

#[tokio::test]
async fn the_notification_of_a_refund_ends_its_order_before_anybody_looks() {
    let mut world = World::new().await;
    let is_down = Arc::new(AtomicBool::new(false));
    with_cards_down(&mut world, is_down.clone()).await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    is_down.store(true, Ordering::SeqCst);
    world.sim.pay(&order).expect("payable");
    world.notified(1).await;
    assert_eq!(kept(&world, &order).await, PaymentState::Paid);
    world
        .sim
        .console_refund(&order, AMOUNT)
        .expect("money is there");
    world.refunds_ended().await;
    world.sim.advance(1);
    assert_eq!(world.notified(2).await, [Some(204); 2]);
    assert_eq!(kept(&world, &order).await, PaymentState::Refunded);
}

#[tokio::test]
async fn that_an_order_was_paid_twice_is_said_once() {
    let (log, _logging) = Log::start();
    let world = World::new().await;
    let (_, order) = world.paid_under_its_second_number().await;
    world.notified(1).await;
    let said = || log.text().matches("an order was paid twice").count();
    world.sim.pay_late(&order).expect("it wins over its close");
    world.notified(2).await;
    assert_eq!(said(), 1, "{}", log.text());
    assert_eq!(world.sim.replay(1).await.expect("one"), Some(204));
    assert_eq!(said(), 1, "{}", log.text());
}

#[tokio::test]
async fn duplicates_before_and_after_the_query_change_nothing() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| behaviour.notify.copies = 3);
    world.sim.pay(&order).expect("payable");
    assert_eq!(world.notified(3).await, [Some(204); 3]);
    world.assert_paid_once(&mut browser, &order).await;
    assert_eq!(world.sim.replay(0).await.expect("one"), Some(204));
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn late_and_reordered_notifications_find_what_the_query_booked() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    world.sim.set(|behaviour| behaviour.notify.hold = true);
    let (first, _) = browser.order_by(&card, "jsapi").await;
    world.sim.pay(&first).expect("payable");
    // The page asks before anything is told.
    world.assert_paid_once(&mut browser, &first).await;
    let second = browser.top_up(&card, "jsapi", "key-2").await.json();
    let second = second["id"].as_str().expect("an id").to_owned();
    world.sim.pay(&second).expect("payable");
    assert_eq!(world.sim.release(ReleaseOrder::Reversed), 2);
    assert_eq!(world.notified(2).await, [Some(204); 2]);
    world.assert_paid_once(&mut browser, &first).await;
    world.assert_paid_once(&mut browser, &second).await;
}

#[tokio::test]
async fn forged_stale_and_truncated_ones_book_nothing_and_tell_nothing() {
    let (log, _logging) = Log::start();

    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, prompt) = browser.order_by(&card, "jsapi").await;
    for forgery in [
        Forgery::WrongKey,
        Forgery::UnknownKey,
        Forgery::BadSignature,
        Forgery::GarbledSignature,
        Forgery::NoHeaders,
        Forgery::Stale,
        Forgery::Future,
        Forgery::Truncated,
    ] {
        let status = world.sim.send_forged(&order, forgery).await.expect("sent");
        assert_eq!(status, Some(401), "{forgery:?}");
    }
    for (forgery, wanted) in [
        (Forgery::TruncatedAndSigned, 400),
        (Forgery::TruncatedSeal, 500),
        (Forgery::WrongSealKey, 500),
        (Forgery::WrongAssociatedData, 500),
        (Forgery::WrongAlgorithm, 400),
        (Forgery::OtherMerchant, 400),
        (Forgery::OtherAccount, 400),
        (Forgery::OtherAmount, 400),
        (Forgery::OtherOrder, 404),
        (Forgery::OtherEvent, 204),
    ] {
        let status = world.sim.send_forged(&order, forgery).await.expect("sent");
        assert_eq!(status, Some(wanted), "{forgery:?}");
    }
    assert_eq!(browser.order(&order).await["payment"], "paying");

    // A real one, kept and sent again ten minutes later with its old signature, is what `Stale` is.
    world.sim.pay(&order).expect("payable");
    world.notified(1).await;
    world.assert_paid_once(&mut browser, &order).await;

    let log = log.text();
    assert!(log.contains("a notification was not believed"));
    let settings = serde_json::to_value(world.sim.settings("http://127.0.0.1/x")).expect("JSON");
    let pay_sign = prompt["paySign"].as_str().expect("a signature");
    for secret in ["app_secret", "api_v3_key"]
        .map(|key| settings[key].as_str().expect("a secret"))
        .into_iter()
        .chain([pay_sign, "BEGIN PRIVATE KEY"])
    {
        assert!(!log.contains(secret), "the log holds a secret");
    }
    let session = &browser.cookies["dika_session"];
    assert!(!log.contains(session.as_str()), "the log holds a session");
}

#[tokio::test]
async fn without_wechat_nobody_is_believed() {
    let (app, _, _folder) = dika_sandbox::testing::sandbox_app().await;
    let request = axum::http::Request::post("/api/v1/wechat/notify")
        .body(axum::body::Body::from("{}"))
        .expect("a request");
    let answer = tower::ServiceExt::oneshot(app, request)
        .await
        .expect("an answer");
    // As for a wrong signature.
    assert_eq!(answer.status(), 401);
}
