//! The three forms of payment, and everything that comes between a tap and a booked order.

use std::time::Duration;

use axum::http::StatusCode;
use dika_contract::{OrderId, PaymentState, Timestamp};
use dika_core::payment_gateway::Outcome;
use dika_sandbox::people::PEOPLE;
use dika_server::services::reconcile;
use dika_store::wechat::Attempt;
use dika_wechat_sim::{Call, Fault, SigningKey};
use serde_json::Value;

use crate::support::{AMOUNT, DESKTOP, IN_WECHAT, OPENID, PHONE, World};

#[tokio::test]
async fn inside_wechat_a_stranger_signs_in_binds_and_pays() {
    let world = World::new().await;
    let mut browser = world.browser(IN_WECHAT);
    assert_eq!(browser.session().await["wechat"], true);
    assert_eq!(browser.sign_in_by_wechat("/bind/gdut").await, "/bind/gdut");
    let card = browser.bind().await;
    let (order, prompt) = browser.order_by(&card, "jsapi").await;
    assert_eq!(prompt["kind"], "jsapi");
    let trade = world.trade(&order);
    assert_eq!(trade.total_fen, AMOUNT);
    assert_eq!(trade.openid.as_deref(), Some(OPENID));

    let said = browser.bridge(&world.sim, &prompt, "ok").await;
    assert_eq!(said["err_msg"], "get_brand_wcpay_request:ok");
    assert_eq!(world.notified(1).await, [Some(204)]);
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn what_wechat_calls_a_payment_is_kept_whoever_tells_it_first() {
    for notified in [true, false] {
        let world = World::new().await;
        world
            .sim
            .set(|behaviour| behaviour.notify.enabled = notified);
        let (mut browser, card) = world.student().await;
        let (order, _) = browser.order_by(&card, "native").await;
        assert_eq!(browser.order(&order).await["payment_no"], Value::Null);
        world.sim.pay(&order).expect("payable");
        if notified {
            world.notified(1).await;
        }
        // Where nobody told of it, asking for the order asks WeChat Pay.
        let shown = browser.order(&order).await;
        let trade = world.trade(&order);
        assert_eq!(
            shown["payment_no"].as_str(),
            trade.transaction_id.as_deref(),
            "{shown}"
        );
        // The receipt's moment is the bill's, not the one at which this server heard of it.
        let events = shown["timeline"].as_array().expect("a timeline");
        let paid = events.iter().find(|entry| entry["event"] == "paid");
        let paid = paid.expect("it is paid")["at"].clone();
        let paid: Timestamp = serde_json::from_value(paid).expect("a moment");
        let told = trade.paid_ms.expect("paid") / 1_000;
        assert!(
            (told - 1..=told + 1).contains(&paid.unix()),
            "{told} {shown}"
        );
        for none in ["refund_no", "card_system_no"] {
            assert_eq!(shown[none], Value::Null, "{none}");
        }
        // In a list it is not looked for.
        let list = browser.get("/api/v1/top-ups").await.json();
        assert_eq!(list["items"][0]["payment_no"], Value::Null);
    }
}

#[tokio::test]
async fn the_bridge_s_ok_alone_proves_nothing() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, prompt) = browser.order_by(&card, "jsapi").await;
    let said = browser.bridge(&world.sim, &prompt, "ok_but_unpaid").await;
    assert_eq!(said["err_msg"], "get_brand_wcpay_request:ok");
    assert_eq!(browser.order(&order).await["payment"], "paying");
    // And after a cancel the same order goes on.
    browser.bridge(&world.sim, &prompt, "cancel").await;
    let again = browser.go_on(&order, "jsapi").await;
    let prompt = again.json()["prompt"].clone();
    browser.bridge(&world.sim, &prompt, "paid_but_silent").await;
    world.notified(1).await;
    world.assert_paid_once(&mut browser, &order).await;
    assert_eq!(world.sim.trades().len(), 1);
}

#[tokio::test]
async fn a_phone_browser_goes_to_the_cashier_and_comes_back_to_the_order() {
    let world = World::new().await;
    let (mut browser, card) = world.phone_student(PHONE).await;
    let (order, prompt) = browser.order_by(&card, "h5").await;
    assert_eq!(prompt["kind"], "redirect");
    let url = prompt["url"].as_str().expect("an address").to_owned();
    let back = format!("{}/orders/{order}", world.base);
    let escaped: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
    assert!(url.ends_with(&format!("&redirect_url={escaped}")), "{url}");
    // The cashier wants to see where the payer comes from.
    let referer = format!("{}/", world.base);
    let cashier = browser
        .send("GET", &url, None, &[("referer", &referer)])
        .await;
    assert!(cashier.body.contains("20.00"), "{cashier:?}");
    // The way back says nothing: asked before anything was paid.
    assert_eq!(browser.order(&order).await["payment"], "paying");
    world.sim.pay(&order).expect("payable");
    world.notified(1).await;
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn a_desktop_shows_a_code_with_its_end() {
    let world = World::new().await;
    let (mut browser, card) = world.phone_student(DESKTOP).await;
    // The app leaves it to the server.
    let (order, prompt) = browser.order_by(&card, "auto").await;
    assert_eq!(prompt["kind"], "native");
    let code = prompt["code_url"].as_str().expect("a code");
    assert_eq!(world.trade(&order).code_url.as_deref(), Some(code));
    let shown = browser.order(&order).await;
    assert_eq!(prompt["expires_at"], shown["pay_by"]);
    world.sim.pay(&order).expect("payable");
    world.notified(1).await;
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn a_session_without_wechat_signs_in_there_before_it_pays_there() {
    let world = World::new().await;
    let (mut browser, card) = world.phone_student(IN_WECHAT).await;
    let refused = browser.top_up(&card, "jsapi", "key-1").await;
    assert_eq!(refused.json()["code"], "session_expired");
    assert!(world.sim.trades().is_empty());
    browser.sign_in_by_wechat("/").await;
    let (order, prompt) = browser.order_by(&card, "jsapi").await;
    browser.bridge(&world.sim, &prompt, "ok").await;
    world.notified(1).await;
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn nobody_pays_as_a_wechat_user_whom_another_browser_proved() {
    let world = World::new().await;
    // One account: by WeChat and by phone, in one browser.
    let (mut wechat, card) = world.student().await;
    wechat.sign_in_by_phone(PEOPLE[0].phone).await;
    wechat.answer_join(true).await;
    // The same account by phone alone, in somebody else's WeChat.
    let mut other = world.browser(IN_WECHAT);
    other.sign_in_by_phone(PEOPLE[0].phone).await;
    let refused = other.top_up(&card, "jsapi", "key-1").await;
    assert_eq!(refused.json()["code"], "session_expired", "{refused:?}");
    assert!(world.sim.trades().is_empty());
    // Where nobody's openid is needed, it goes on.
    let (order, _) = other.order_by(&card, "native").await;
    let refused = other.go_on(&order, "jsapi").await;
    assert_eq!(refused.json()["code"], "session_expired", "{refused:?}");
    other.sign_in_by_wechat("/").await;
    assert_eq!(other.go_on(&order, "jsapi").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_order_that_cannot_be_closed_yet_stays_payable() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    world.sim.set(|behaviour| behaviour.close_after_s = 300);
    let (order, _) = browser.order_by(&card, "native").await;
    let cancelled = browser.cancel(&order).await;
    assert_eq!(cancelled.json()["code"], "payment_unavailable");
    assert_eq!(browser.order(&order).await["payment"], "paying");
    // Another form wants the first one closed; until then, the first one goes on.
    let elsewhere = browser.go_on(&order, "jsapi").await;
    assert_eq!(elsewhere.json()["code"], "payment_unavailable");
    assert_eq!(browser.order(&order).await["payment"], "paying");
    assert_eq!(browser.go_on(&order, "native").await.status, StatusCode::OK);
    assert_eq!(world.sim.trades().len(), 1);
    world.later(301).await;
    assert_eq!(browser.go_on(&order, "jsapi").await.status, StatusCode::OK);
    assert!(world.sim.pay(&order).is_err(), "the first is closed");
    world.later(301).await;
    assert_eq!(browser.cancel(&order).await.json()["payment"], "closed");
}

#[tokio::test]
async fn whoever_goes_on_elsewhere_gets_another_number_after_the_first_is_closed() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "native").await;
    let went_on = browser.go_on(&order, "jsapi").await;
    assert_eq!(went_on.status, StatusCode::OK, "{went_on:?}");
    assert!(world.sim.pay(&order).is_err(), "the first is closed");
    let prompt = went_on.json()["prompt"].clone();
    browser.bridge(&world.sim, &prompt, "ok").await;
    assert_eq!(world.notified(1).await, [Some(204)]);
    world.assert_paid_once(&mut browser, &order).await;

    // The first one's payment had begun before it was closed: that money goes back.
    world.sim.pay_late(&order).expect("it wins");
    world.notified(2).await;
    for _ in 0..100 {
        if !world.sim.refunds().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let refunds = world.sim.refunds();
    assert_eq!(refunds.len(), 1, "{refunds:?}");
    assert_eq!(refunds[0].out_trade_no, order);
    assert_eq!(refunds[0].refund_fen, AMOUNT);
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn killed_between_payment_and_notification_the_order_becomes_paid_once_by_itself() {
    let mut world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, prompt) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| {
        behaviour.notify.retry_ms.clear();
    });
    // Unpaid for a while: the sweep looks seldom by now.
    for seconds in [5, 10, 20, 40] {
        world.later(seconds).await;
    }
    world.kill().await;
    browser.bridge(&world.sim, &prompt, "ok").await;
    assert_eq!(world.notified(1).await, [None]);
    world.revive().await;
    // As a started server does, which may have missed anything.
    reconcile::catch_up(&world.state.services())
        .await
        .expect("a look");
    let id = OrderId::parse(&order).expect("an id");
    let row = world.state.store.order(&id).await.expect("the database");
    assert_eq!(row.expect("an order").state.payment, PaymentState::Paid);
    world.assert_paid_once(&mut browser, &order).await;
    // The notification comes after all.
    assert_eq!(world.sim.replay(0).await.expect("one"), Some(204));
    world.later(60).await;
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn not_paid_after_success_is_believed_by_nobody_for_long() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| {
        behaviour.notify.enabled = false;
        behaviour.notpay_queries = 2;
    });
    world.sim.pay(&order).expect("payable");
    assert_eq!(browser.order(&order).await["payment"], "paying");
    assert_eq!(browser.order(&order).await["payment"], "paying");
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn nothing_closes_an_order_that_was_paid_but_looks_unpaid() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| {
        behaviour.notify.enabled = false;
        behaviour.notpay_queries = 3;
    });
    world.sim.pay(&order).expect("payable");
    // Asked to close, WeChat Pay says paid; asked again, not paid: nobody knows yet.
    let cancelled = browser.cancel(&order).await;
    assert_ne!(cancelled.status, StatusCode::OK, "{cancelled:?}");
    for _ in 0..4 {
        world.later(60).await;
    }
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn unknown_outcomes_stay_unknown_until_a_query_decides() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    world.sim.pay(&order).expect("payable");
    for fault in [
        Fault::Status { status: 502 },
        Fault::CutOff,
        Fault::BadSignature,
        Fault::Unsigned,
        Fault::OtherOrder,
        Fault::OtherMerchant,
        Fault::Garbage,
    ] {
        world.sim.fault(Call::Query, fault.clone(), 1);
        let shown = browser.order(&order).await;
        assert_eq!(shown["payment"], "unknown", "{fault:?}");
    }
    world.sim.clear_faults();
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn one_silence_or_too_many_calls_leave_an_order_that_can_be_paid() {
    for fault in [
        // Longer than a student waits.
        Fault::Hang { ms: 3_500 },
        Fault::Refuse {
            status: 429,
            code: "FREQUENCY_LIMITED".to_owned(),
        },
        // A gateway's, which nobody signed.
        Fault::Status { status: 429 },
    ] {
        let world = World::new().await;
        let (mut browser, card) = world.student().await;
        let (order, _) = browser.order_by(&card, "jsapi").await;
        world.sim.fault(Call::Query, fault.clone(), 1);
        let shown = browser.order(&order).await;
        assert_eq!(shown["payment"], "paying", "{fault:?}");
        let went_on = browser.go_on(&order, "jsapi").await;
        assert_eq!(went_on.status, StatusCode::OK, "{fault:?}: {went_on:?}");
        world.sim.set(|behaviour| behaviour.notify.enabled = false);
        world.sim.pay(&order).expect("payable");
        world.assert_paid_once(&mut browser, &order).await;
    }
}

#[tokio::test]
async fn an_order_begun_under_a_key_that_is_not_known_yet_says_when_another_may_follow() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    // The console switched to a key that the settings don't name yet: no answer can be believed.
    world
        .sim
        .set(|behaviour| behaviour.signing_key = SigningKey::Stranger);
    let begun = browser.top_up(&card, "jsapi", "key-1").await.json();
    assert_eq!(begun["code"], "payment_unavailable", "{begun}");
    let order = begun["order_id"].as_str().expect("stored").to_owned();
    assert_eq!(browser.order(&order).await["payment"], "created");
    for refused in [
        browser.go_on(&order, "jsapi").await.json(),
        browser.cancel(&order).await.json(),
    ] {
        assert_eq!(refused["code"], "payment_unavailable", "{refused}");
        assert!(refused["retry_after_s"].is_u64(), "{refused}");
    }
    let refused = browser.top_up(&card, "jsapi", "key-2").await.json();
    assert_eq!(refused["code"], "unpaid_order_exists", "{refused}");
    assert_eq!(refused["order_id"], order.as_str());
    let wait = refused["retry_after_s"].as_i64().expect("it says when");
    assert!((29 * 60..=30 * 60).contains(&wait), "{wait}");

    world.later(wait).await;
    // Nobody knows what became of it; nobody has to wait for that either.
    let other = browser.top_up(&card, "jsapi", "key-2").await.json();
    assert_eq!(other["code"], "payment_unavailable", "{other}");
    assert_ne!(other["order_id"], order.as_str(), "{other}");
    // The first one is begun no more: both could be paid then.
    let trades = world.sim.trades().len();
    let refused = browser.go_on(&order, "jsapi").await.json();
    assert_eq!(refused["code"], "payment_unavailable", "{refused}");
    assert_eq!(world.sim.trades().len(), trades);

    // The key is known: all comes right by itself.
    world
        .sim
        .set(|behaviour| behaviour.signing_key = SigningKey::Asked);
    world.later(10 * 60).await;
    assert_eq!(browser.order(&order).await["payment"], "closed");
    let paid = other["order_id"].as_str().expect("stored").to_owned();
    let on = browser.go_on(&paid, "jsapi").await;
    assert_eq!(on.status, StatusCode::OK, "{on:?}");
    world.sim.pay(&paid).expect("payable");
    world.notified(1).await;
    world.assert_paid_once(&mut browser, &paid).await;
}

#[tokio::test]
async fn a_start_that_failed_half_way_goes_on_with_the_same_order() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    world
        .sim
        .fault(Call::Create, Fault::DoneThenStatus { status: 502 }, 1);
    let failed = browser.top_up(&card, "jsapi", "key-1").await;
    assert_eq!(failed.json()["code"], "payment_unavailable");
    let again = browser.top_up(&card, "jsapi", "key-1").await;
    assert_eq!(again.status, StatusCode::OK, "{again:?}");
    assert_eq!(failed.json()["order_id"], again.json()["id"]);
    assert_eq!(world.sim.trades().len(), 1);
}

#[tokio::test]
async fn another_amount_is_never_booked() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    world.sim.pay(&order).expect("payable");
    world.sim.fault(Call::Query, Fault::OtherAmount, 2);
    assert_eq!(browser.order(&order).await["payment"], "unknown");
    reconcile::sweep(&world.state.services())
        .await
        .expect("a sweep");
    let refused = browser.cancel(&order).await;
    assert_eq!(refused.json()["code"], "order_undecided");
    world.sim.clear_faults();
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn an_order_is_begun_so_many_times_and_can_be_paid_still() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    let mut begun = 1;
    for turn in 0..30 {
        let channel = if turn % 2 == 0 { "native" } else { "jsapi" };
        let went_on = browser.go_on(&order, channel).await;
        if went_on.status == StatusCode::OK {
            begun += 1;
            assert_eq!(world.sim.trades().len(), begun);
        } else {
            assert_eq!(went_on.json()["code"], "payment_unavailable", "{went_on:?}");
            break;
        }
    }
    assert_eq!((begun, world.sim.trades().len()), (20, 20));
    // The last way to pay is still one.
    let same = browser.go_on(&order, "native").await;
    assert_eq!(same.status, StatusCode::OK, "{same:?}");
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    world.sim.pay(&format!("{order}-19")).expect("payable");
    // All of them are asked about, which the sweep has time for.
    world.later(60).await;
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn an_order_that_nobody_pays_is_closed_at_wechat_too() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    assert_eq!(browser.cancel(&order).await.json()["payment"], "closed");
    assert!(world.sim.pay(&order).is_err());
    let (other, _) = {
        let made = browser.top_up(&card, "jsapi", "key-2").await;
        let json = made.json();
        (json["id"].as_str().expect("an id").to_owned(), made)
    };
    world.later(31 * 60).await;
    assert_eq!(browser.order(&other).await["payment"], "closed");
    assert!(world.sim.pay(&other).is_err());
}

#[tokio::test]
async fn a_payment_that_begins_while_the_others_are_asked_about_is_asked_about_too() {
    let world = World::new().await;
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "native").await;
    world.sim.close(&order).expect("open");
    world
        .sim
        .fault(Call::Query, Fault::DoneThenSlow { ms: 3_000 }, 1);
    let id = OrderId::parse(&order).expect("an id");
    let (gateway, asked) = (world.state.gateway.clone(), id.clone());
    let look = tokio::spawn(async move { gateway.query(&asked).await });
    while !world.sim.calls().contains_key(&Call::Query) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The student goes on elsewhere: kept here, and on its way to WeChat Pay.
    let store = &world.state.store;
    let begun = store.wechat_attempts(&id).await.expect("reads");
    let next = Attempt {
        out_trade_no: format!("{order}-1"),
        seq: 1,
        ..begun.first().expect("the first").clone()
    };
    store.add_wechat_attempt(&next).await.expect("kept");
    let told = look.await.expect("it ends").expect("it is told");
    assert_eq!(told, Outcome::Unstarted, "not closed");
}

#[tokio::test]
async fn a_late_success_is_honoured() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    assert_eq!(browser.cancel(&order).await.json()["payment"], "closed");
    world.sim.pay_late(&order).expect("it wins");
    assert_eq!(world.notified(1).await, [Some(204)]);
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn a_late_success_that_the_card_does_not_take_goes_back() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    assert_eq!(browser.cancel(&order).await.json()["payment"], "closed");
    world.lose_the_card().await;
    world.sim.set(|behaviour| behaviour.refund_after_s = 60);
    world.sim.pay_late(&order).expect("it wins");
    assert_eq!(world.notified(1).await, [Some(204)]);
    assert_eq!(browser.order(&order).await["payment"], "refunding");
    let refunds = world.sim.refunds();
    assert_eq!(refunds.len(), 1);
    assert_eq!(refunds[0].refund_fen, AMOUNT);
    world.later(120).await;
    world.later(120).await;
    assert_eq!(browser.order(&order).await["payment"], "refunded");
    assert_eq!(world.sim.refunds().len(), 1);
}
