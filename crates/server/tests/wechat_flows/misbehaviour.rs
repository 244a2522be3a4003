//! Every way in which the simulator can misbehave, at every call: what the order is then, and that all
//! comes right by itself afterwards. The matches here have no "and the rest": a new way to misbehave
//! does not compile until somebody says what follows from it.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use dika_wechat_sim::{
    Behaviour, BridgeOutcome, Call, Fault, NotifyPlan, RefundEnd, ReleaseOrder, SigningKey,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::support::{AMOUNT, Browser, IN_WECHAT, World};

/// What a fault leaves of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Left {
    /// The answer is good: late perhaps, or spoilt where nobody looks.
    Good,
    /// Nothing that can be believed.
    Nothing,
    /// WeChat Pay's own refusal with this code.
    Refusal(String),
    /// WeChat Pay's own word that the order is in this state.
    State(String),
}

fn left(call: Call, fault: &Fault) -> Left {
    let platform = matches!(
        call,
        Call::SwapCode | Call::Token | Call::Ticket | Call::Message
    );
    let nothing_if = |nothing| if nothing { Left::Nothing } else { Left::Good };
    match fault {
        Fault::Status { .. }
        | Fault::DoneThenStatus { .. }
        | Fault::Hang { .. }
        | Fault::CutOff => Left::Nothing,
        Fault::DoneThenSlow { .. } => Left::Good,
        // The public platform signs nothing.
        Fault::Unsigned | Fault::BadSignature | Fault::StaleSignature | Fault::UnknownKey => {
            nothing_if(!platform)
        }
        // A close is answered without a body.
        Fault::Garbage => nothing_if(call != Call::Close),
        Fault::Refuse { code, .. } if !platform => Left::Refusal(code.clone()),
        Fault::Refuse { .. } => Left::Good,
        Fault::ErrCode { .. } => nothing_if(platform),
        Fault::OtherOrder => nothing_if(matches!(
            call,
            Call::Query | Call::Refund | Call::QueryRefund
        )),
        Fault::OtherMerchant => nothing_if(call == Call::Query),
        Fault::OtherAmount => nothing_if(matches!(call, Call::Query | Call::QueryRefund)),
        // Only in places where nobody looks: see `faults`.
        Fault::Odd { .. } => Left::Good,
        Fault::State { state } if call == Call::Query => Left::State(state.clone()),
        Fault::State { .. } => Left::Good,
    }
}

/// At least one of each kind.
fn faults(call: Call) -> Vec<Fault> {
    let refuse = |code: &str| Fault::Refuse {
        status: 400,
        code: code.to_owned(),
    };
    let state = |state: &str| Fault::State {
        state: state.to_owned(),
    };
    let mut faults = vec![
        Fault::Status { status: 502 },
        Fault::DoneThenStatus { status: 502 },
        Fault::Hang { ms: 30 },
        Fault::DoneThenSlow { ms: 30 },
        Fault::CutOff,
        Fault::Unsigned,
        Fault::BadSignature,
        Fault::StaleSignature,
        Fault::UnknownKey,
        Fault::Garbage,
        refuse("SYSTEM_ERROR"),
        Fault::ErrCode { errcode: 45009 },
        Fault::OtherOrder,
        Fault::OtherMerchant,
        Fault::OtherAmount,
        state("NOTPAY"),
    ];
    match call {
        Call::Create => faults.extend([refuse("PARAM_ERROR"), refuse("ORDERPAID")]),
        Call::Query => {
            faults.extend([refuse("ORDER_NOT_EXIST"), refuse("NO_AUTH")]);
            let odd = |at: &str, value: Value| Fault::Odd {
                at: at.to_owned(),
                value,
            };
            faults.extend([
                odd("/payer/openid", json!("")),
                odd("/payer", Value::Null),
                odd("/transaction_id", json!("4".repeat(40))),
                odd("/transaction_id", json!("")),
                odd("/success_time", json!(7)),
                odd("/promotion_detail", json!("none")),
            ]);
            let others = [
                "CLOSED",
                "REFUND",
                "REVOKED",
                "USERPAYING",
                "PAYERROR",
                "HALF",
            ];
            faults.extend(others.map(state));
        }
        Call::Close => faults.extend(
            [
                "ORDER_NOT_EXIST",
                "ORDERPAID",
                "ORDERCLOSED",
                "INVALID_REQUEST",
            ]
            .map(refuse),
        ),
        Call::Refund => faults.extend([refuse("NOT_ENOUGH"), refuse("INVALID_REQUEST")]),
        Call::QueryRefund => faults.push(refuse("RESOURCE_NOT_EXISTS")),
        Call::SwapCode
        | Call::Token
        | Call::Ticket
        | Call::Message
        | Call::TradeBill
        | Call::BillFile => {}
    }
    faults
}

async fn row(call: Call, fault: Fault) {
    let world = World::new().await;
    let left = left(call, &fault);
    match call {
        Call::Create => create(&world, fault, &left).await,
        Call::Query => query(&world, fault, &left).await,
        Call::Close => close(&world, fault, &left).await,
        Call::Refund | Call::QueryRefund => refund(&world, call, fault).await,
        Call::SwapCode => swap_code(&world, fault, &left).await,
        Call::Token | Call::Ticket => ticket(&world, call, fault, &left).await,
        Call::Message | Call::TradeBill | Call::BillFile => {
            unreachable!("messages and bills move no money: they have tests of their own")
        }
    }
}

/// Every fault at one call, some at a time.
async fn table(call: Call) {
    let places = Arc::new(Semaphore::new(6));
    let mut rows = JoinSet::new();
    for fault in faults(call) {
        let places = places.clone();
        rows.spawn(async move {
            let _place = places.acquire_owned().await.expect("open");
            let label = format!("{call:?}, {fault:?}");
            let done = tokio::spawn(row(call, fault)).await;
            done.is_err().then_some(label)
        });
    }
    let mut failed = Vec::new();
    while let Some(row) = rows.join_next().await {
        failed.extend(row.expect("a row ends"));
    }
    assert!(failed.is_empty(), "these rows failed: {failed:#?}");
}

/// Sweeps until an order is in a state, for at most two days.
async fn comes_to(world: &World, browser: &mut Browser, order: &str, wanted: &str) {
    let mut shown = serde_json::Value::Null;
    for later in [1, 60, 60, 60, 10 * 60, 31 * 60, 2 * 3_600, 24 * 3_600] {
        world.later(later).await;
        shown = browser.order(order).await;
        if shown["payment"] == wanted {
            return;
        }
    }
    panic!("{wanted} it should become: {shown}");
}

async fn create(world: &World, fault: Fault, left: &Left) {
    let (mut browser, card) = world.student().await;
    world.sim.fault(Call::Create, fault, 1);
    let made = browser.top_up(&card, "jsapi", "key-1").await;
    let order = match left {
        Left::Good => {
            assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
            made.json()["id"].clone()
        }
        Left::Nothing | Left::Refusal(_) | Left::State(_) => {
            assert_eq!(made.json()["code"], "payment_unavailable", "{made:?}");
            made.json()["order_id"].clone()
        }
    };
    let order = order.as_str().expect("an order is stored").to_owned();
    let shown = browser.order(&order).await;
    let waits = if *left == Left::Good {
        "paying"
    } else {
        "created"
    };
    assert_eq!(shown["payment"], waits, "{shown}");
    // The same key goes on, and the student pays once.
    let again = browser.top_up(&card, "jsapi", "key-1").await;
    assert_eq!(again.status, StatusCode::OK, "{again:?}");
    assert_eq!(world.sim.trades().len(), 1);
    world.sim.pay(&order).expect("payable");
    world.notified(1).await;
    world.assert_paid_once(&mut browser, &order).await;
    assert!(world.sim.refunds().is_empty());
}

async fn query(world: &World, fault: Fault, left: &Left) {
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    world.sim.pay(&order).expect("payable");
    world.sim.fault(Call::Query, fault, 1);
    let (seen, end) = match left {
        Left::Good => ("paid", "paid"),
        Left::Nothing => ("unknown", "paid"),
        Left::Refusal(code) if code == "ORDER_NOT_EXIST" => ("paying", "paid"),
        Left::Refusal(_) => ("unknown", "paid"),
        Left::State(state) => match state.as_str() {
            "NOTPAY" | "USERPAYING" => ("paying", "paid"),
            "CLOSED" => ("closed", "paid"),
            "REVOKED" | "PAYERROR" => ("failed", "paid"),
            // Never credited, so all of it goes back, whoever began that.
            "REFUND" => ("refunding", "refunded"),
            _ => ("unknown", "paid"),
        },
    };
    let shown = browser.order(&order).await;
    assert_eq!(shown["payment"], seen, "{shown}");
    comes_to(world, &mut browser, &order, end).await;
    if end == "paid" {
        world.assert_paid_once(&mut browser, &order).await;
        assert!(world.sim.refunds().is_empty());
    } else {
        assert_eq!(world.money_back(), [(order, AMOUNT)]);
    }
}

async fn close(world: &World, fault: Fault, left: &Left) {
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.fault(Call::Close, fault, 1);
    let cancelled = browser.cancel(&order).await.json();
    match left {
        Left::Good => assert_eq!(cancelled["payment"], "closed", "{cancelled}"),
        Left::Nothing | Left::State(_) => {
            assert_eq!(cancelled["code"], "order_undecided", "{cancelled}");
        }
        Left::Refusal(code) => match code.as_str() {
            "ORDER_NOT_EXIST" => assert_eq!(cancelled["payment"], "closed", "{cancelled}"),
            // Paid or closed, it says, and a query says neither.
            "ORDERPAID" | "ORDERCLOSED" => {
                assert_eq!(cancelled["code"], "order_undecided", "{cancelled}");
            }
            _ => {
                assert_eq!(cancelled["code"], "payment_unavailable", "{cancelled}");
                assert_eq!(browser.order(&order).await["payment"], "paying");
            }
        },
    }
    comes_to(world, &mut browser, &order, "closed").await;
    world.later(60).await;
    assert!(world.sim.pay(&order).is_err(), "closed there too");
    assert!(world.sim.refunds().is_empty());
}

async fn refund(world: &World, call: Call, fault: Fault) {
    if call == Call::Refund {
        world.sim.fault(call, fault.clone(), 1);
    }
    let (mut browser, order) = world.going_back().await;
    // Nobody tells of the refund itself.
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    assert_eq!(world.notified(1).await[0], Some(204));
    if call == Call::QueryRefund {
        world.sim.fault(call, fault, 1);
    }
    // Going back, or back already where the question found it so: never on the card.
    let shown = browser.order(&order).await;
    assert!(
        shown["payment"] == "refunding" || shown["payment"] == "refunded",
        "{shown}"
    );
    comes_to(world, &mut browser, &order, "refunded").await;
    assert_eq!(world.money_back(), [(order, AMOUNT)]);
    assert_eq!(world.sim.refunds().len(), 1);
}

async fn swap_code(world: &World, fault: Fault, left: &Left) {
    let mut browser = world.browser(IN_WECHAT);
    world.sim.fault(Call::SwapCode, fault, 1);
    let led = browser.sign_in_by_wechat("/orders").await;
    let wanted = match left {
        Left::Good => "/orders",
        Left::Nothing | Left::Refusal(_) | Left::State(_) => "/sign-in?to=/orders&by=phone",
    };
    assert_eq!(led, wanted);
    if *left == Left::Good {
        return;
    }
    assert_eq!(browser.sign_in_by_wechat("/orders").await, "/orders");
}

async fn ticket(world: &World, call: Call, fault: Fault, left: &Left) {
    let mut browser = world.browser(IN_WECHAT);
    let page = format!("/api/v1/wechat/js-config?url={}/", world.base);
    world.sim.fault(call, fault, 1);
    let signed = browser.get(&page).await;
    let wanted = match left {
        Left::Good => StatusCode::OK,
        Left::Nothing | Left::Refusal(_) | Left::State(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    assert_eq!(signed.status, wanted, "{signed:?}");
    if *left != Left::Good {
        // A failure is remembered for two seconds.
        tokio::time::sleep(Duration::from_millis(2_100)).await;
    }
    assert_eq!(browser.get(&page).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creating_comes_right() {
    table(Call::Create).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_comes_right() {
    table(Call::Query).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_comes_right() {
    table(Call::Close).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refunding_comes_right() {
    table(Call::Refund).await;
    table(Call::QueryRefund).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_and_signing_pages_come_right() {
    table(Call::SwapCode).await;
    table(Call::Token).await;
    table(Call::Ticket).await;
}

#[tokio::test]
async fn every_end_of_a_refund_is_seen() {
    for end in [RefundEnd::Success, RefundEnd::Abnormal, RefundEnd::Closed] {
        let world = World::new().await;
        world.sim.set(|behaviour| behaviour.refund_end = end);
        let (mut browser, order) = world.going_back().await;
        world.notified(1).await;
        for _ in 0..3 {
            world.later(60).await;
        }
        let shown = browser.order(&order).await;
        let (wanted, numbers) = match end {
            RefundEnd::Success => ("refunded", 1..2),
            // A person acts in the console; the number stays the same.
            RefundEnd::Abnormal => ("refunding", 1..2),
            // The next one has another number, and is not asked for at once.
            RefundEnd::Closed => ("refunding", 2..4),
        };
        assert_eq!(shown["payment"], wanted, "{end:?}: {shown}");
        let count = world.sim.refunds().len();
        assert!(numbers.contains(&count), "{end:?}: {count}");
        world
            .sim
            .set(|behaviour| behaviour.refund_end = RefundEnd::Success);
        if end == RefundEnd::Closed {
            comes_to(&world, &mut browser, &order, "refunded").await;
            assert_eq!(world.money_back(), [(order, AMOUNT)]);
        }
    }
}

#[tokio::test]
async fn every_signing_key_is_known_or_waited_for() {
    for key in [
        SigningKey::Asked,
        SigningKey::Certificate,
        SigningKey::PublicKey,
        SigningKey::Stranger,
    ] {
        let world = World::new().await;
        let (mut browser, card) = world.student().await;
        let (order, _) = browser.order_by(&card, "jsapi").await;
        // The console switches between the order and its payment.
        world.sim.set(|behaviour| behaviour.signing_key = key);
        world.sim.pay(&order).expect("payable");
        let known = match key {
            SigningKey::Asked | SigningKey::Certificate | SigningKey::PublicKey => true,
            SigningKey::Stranger => false,
        };
        let status = if known { 204 } else { 401 };
        assert_eq!(world.notified(1).await, [Some(status)], "{key:?}");
        if !known {
            assert_eq!(browser.order(&order).await["payment"], "unknown");
            world
                .sim
                .set(|behaviour| behaviour.signing_key = SigningKey::Asked);
            // Tencent tries again after fifteen seconds.
            world.later(16).await;
            world.notified(2).await;
        }
        world.assert_paid_once(&mut browser, &order).await;
    }
}

#[tokio::test]
async fn every_end_of_the_bridge_leaves_what_wechat_pay_says() {
    for outcome in [
        BridgeOutcome::Ok,
        BridgeOutcome::Cancel,
        BridgeOutcome::Fail,
        BridgeOutcome::PaidButSilent,
        BridgeOutcome::OkButUnpaid,
    ] {
        let world = World::new().await;
        let (mut browser, card) = world.student().await;
        let (order, prompt) = browser.order_by(&card, "jsapi").await;
        world.sim.set(|behaviour| behaviour.bridge = outcome);
        let mut request = prompt.clone();
        request["outcome"] = serde_json::Value::Null;
        let to = format!("{}/sim/jsapi-pay", world.sim.base_url());
        browser.post(&to, Some(request)).await;
        let wanted = match outcome {
            BridgeOutcome::Ok | BridgeOutcome::PaidButSilent => "paid",
            BridgeOutcome::Cancel | BridgeOutcome::Fail | BridgeOutcome::OkButUnpaid => "paying",
        };
        assert_eq!(
            browser.order(&order).await["payment"],
            wanted,
            "{outcome:?}"
        );
    }
}

/// Each switch with where it is tried; one more does not compile until it is named here.
#[tokio::test]
async fn every_switch_comes_right() {
    let Behaviour {
        // paying::not_paid_after_success_is_believed_by_nobody_for_long
        notpay_queries: _,
        notpay_for_s: _,
        notify:
            NotifyPlan {
                // money_back::a_second_payment_that_nobody_tells_of_goes_back_once
                enabled: _,
                hold: _,
                delay_ms: _,
                // notices::duplicates_before_and_after_the_query_change_nothing
                copies: _,
                // paying::killed_between_payment_and_notification_…
                retry_ms: _,
            },
        // Above: every_signing_key_is_known_or_waited_for
        signing_key: _,
        // Above: every_end_of_the_bridge_leaves_what_wechat_pay_says
        bridge: _,
        // paying::an_order_that_cannot_be_closed_yet_stays_payable
        close_after_s: _,
        // paying::a_late_success_that_the_card_does_not_take_goes_back
        refund_after_s: _,
        // Above: every_end_of_a_refund_is_seen
        refund_end: _,
        token_life_s: _,
        // sign_in::a_snapshot_may_look_and_not_bind
        user: _,
        // Only a page for people.
        choose_user: _,
    } = Behaviour::default();

    unpaid_to_queries_for_a_while(60).await;
    // Longer than the order's own time: closed it can't be, and paid it turns out to be.
    unpaid_to_queries_for_a_while(40 * 60).await;
    told_late_or_when_released().await;
    tokens_that_die_early().await;
}

async fn unpaid_to_queries_for_a_while(seconds: i64) {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| {
        behaviour.notify.enabled = false;
        behaviour.notpay_for_s = seconds;
    });
    world.sim.pay(&order).expect("payable");
    assert_eq!(browser.order(&order).await["payment"], "paying");
    world.later(seconds / 2).await;
    assert_ne!(browser.order(&order).await["payment"], "paid");
    world.later(seconds / 2 + 10).await;
    world.assert_paid_once(&mut browser, &order).await;
    assert!(world.sim.refunds().is_empty());
}

async fn told_late_or_when_released() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| {
        behaviour.notify.delay_ms = 120_000;
        behaviour.notify.hold = true;
    });
    world.sim.pay(&order).expect("payable");
    world.later(60).await;
    world.assert_paid_once(&mut browser, &order).await;
    world.later(121).await;
    assert!(world.sim.sent().is_empty());
    world.sim.release(ReleaseOrder::AsIs);
    assert_eq!(world.notified(1).await, [Some(204)]);
    // And one that is not held, but late.
    world.sim.set(|behaviour| behaviour.notify.hold = false);
    let second = browser.top_up(&card, "jsapi", "key-2").await.json();
    let second = second["id"].as_str().expect("an id").to_owned();
    world.sim.pay(&second).expect("payable");
    world.sim.advance(121);
    assert_eq!(world.notified(2).await, [Some(204); 2]);
    world.assert_paid_once(&mut browser, &second).await;
    world.assert_paid_once(&mut browser, &order).await;
}

async fn tokens_that_die_early() {
    let world = World::new().await;
    world.sim.set(|behaviour| behaviour.token_life_s = 1);
    let mut browser = world.browser(IN_WECHAT);
    let page = format!("{}/", world.base);
    for _ in 0..2 {
        let signed = browser
            .get(&format!("/api/v1/wechat/js-config?url={page}"))
            .await;
        assert_eq!(signed.status, StatusCode::OK, "{signed:?}");
        let mut check = signed.json();
        check["url"] = page.clone().into();
        let to = format!("{}/sim/js-config-check", world.sim.base_url());
        let said = browser.post(&to, Some(check)).await.json();
        assert_eq!(said["errMsg"], "config:ok");
        // Somebody else fetched new ones: the old ones are worth nothing, here or there.
        world.sim.kill_tokens();
        tokio::time::sleep(Duration::from_millis(1_100)).await;
    }
}
