//! Money that has to go back, and money that went back without this server: nothing is forgotten, and
//! nothing is taken for proven that is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dika_contract::OrderId;
use dika_wechat_sim::{Call, Fault, RefundEnd, ReleaseOrder};

use crate::support::{AMOUNT, Browser, Log, World, with_cards_down};

fn refused(code: &str) -> Fault {
    Fault::Refuse {
        status: 404,
        code: code.to_owned(),
    }
}

#[tokio::test]
async fn a_second_payment_that_nobody_tells_of_goes_back_once() {
    let world = World::new().await;
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    let (mut browser, order) = world.paid_under_its_second_number().await;
    world.sim.pay_late(&order).expect("it wins over its close");
    for _ in 0..4 {
        world.later(25 * 60).await;
    }
    assert_eq!(world.money_back(), [(order.clone(), AMOUNT)]);
    world.later(26 * 3_600).await;
    assert_eq!(world.sim.refunds().len(), 1);
    world.assert_paid_once(&mut browser, &order).await;
}

/// What the order's page says happened.
async fn events(browser: &mut Browser, order: &str) -> Vec<String> {
    let shown = browser.order(order).await;
    let timeline = shown["timeline"].as_array().expect("a timeline").clone();
    let words = timeline.iter().map(|entry| entry["event"].as_str());
    words.map(|word| word.expect("a word").to_owned()).collect()
}

#[tokio::test]
async fn the_timeline_tells_of_a_second_payment_and_of_its_return_once() {
    let world = World::new().await;
    world.sim.set(|behaviour| behaviour.refund_after_s = 60);
    let (mut browser, order) = world.paid_under_its_second_number().await;
    let before = events(&mut browser, &order).await;
    world.sim.pay_late(&order).expect("it wins over its close");
    world.notified(2).await;
    let told = events(&mut browser, &order).await;
    assert_eq!(told[before.len()..], ["second_payment"]);
    for _ in 0..4 {
        world.later(25 * 60).await;
    }
    let told = events(&mut browser, &order).await;
    assert_eq!(
        told[before.len()..],
        ["second_payment", "second_payment_returned"]
    );
    let shown = browser.order(&order).await;
    let payment = world.trade(&format!("{order}-1")).transaction_id;
    assert_eq!(shown["payment_no"].as_str(), payment.as_deref());
    assert_eq!(
        shown["refund_no"].as_str(),
        Some(world.refund_id().as_str())
    );
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn a_number_that_was_not_known_may_come_to_be_and_be_paid() {
    let world = World::new().await;
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    // As where the creation is still on its way when the close is asked for.
    world.sim.fault(Call::Close, refused("ORDER_NOT_EXIST"), 1);
    let (mut browser, order) = world.paid_under_its_second_number().await;
    world.sim.pay(&order).expect("never closed");
    for _ in 0..3 {
        world.later(60).await;
    }
    assert_eq!(world.money_back(), [(order.clone(), AMOUNT)]);
    assert_eq!(world.sim.refunds().len(), 1);
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn a_number_left_open_by_mistake_is_closed_once_the_order_is_paid() {
    let world = World::new().await;
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    world.sim.fault(Call::Close, refused("ORDER_NOT_EXIST"), 1);
    let (_, order) = world.paid_under_its_second_number().await;
    world.later(60).await;
    world.later(60).await;
    assert!(world.sim.pay(&order).is_err(), "closed at last");
}

#[tokio::test]
async fn a_second_payment_s_refund_that_failed_is_asked_for_again() {
    let world = World::new().await;
    let (mut browser, order) = world.paid_under_its_second_number().await;
    world
        .sim
        .fault(Call::Refund, Fault::Status { status: 502 }, 2);
    world.sim.pay_late(&order).expect("it wins over its close");
    world.notified(2).await;
    for _ in 0..4 {
        world.later(60).await;
    }
    assert_eq!(world.money_back(), [(order.clone(), AMOUNT)]);
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn a_second_payment_s_refund_that_the_bank_refuses_calls_a_person() {
    let (log, _logging) = Log::start();
    let world = World::new().await;
    world.sim.set(|behaviour| {
        (behaviour.refund_after_s, behaviour.refund_end) = (60, RefundEnd::Abnormal)
    });
    let (_, order) = world.paid_under_its_second_number().await;
    world.sim.pay_late(&order).expect("it wins over its close");
    world.notified(2).await;
    assert_eq!(log.calls_for_a_person(), 0, "{}", log.text());
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    world.later(90).await;
    world.later(90).await;
    assert!(log.calls_for_a_person() > 0);
    assert_eq!(world.sim.refunds().len(), 1);
}

#[tokio::test]
async fn a_second_payment_s_refund_that_was_closed_is_asked_for_under_another_number() {
    let world = World::new().await;
    world
        .sim
        .set(|behaviour| behaviour.refund_end = RefundEnd::Closed);
    let (_, order) = world.paid_under_its_second_number().await;
    world.sim.pay_late(&order).expect("it wins over its close");
    world.notified(2).await;
    world.later(60).await;
    world
        .sim
        .set(|behaviour| behaviour.refund_end = RefundEnd::Success);
    for _ in 0..3 {
        world.later(60).await;
    }
    assert_eq!(world.money_back(), [(order, AMOUNT)]);
}

#[tokio::test]
async fn a_refund_that_was_closed_is_asked_for_under_another_number() {
    let world = World::new().await;
    world
        .sim
        .set(|behaviour| behaviour.refund_end = RefundEnd::Closed);
    let (mut browser, order) = world.going_back().await;
    world.notified(1).await;
    world.later(60).await;
    assert_eq!(browser.order(&order).await["payment"], "refunding");
    world
        .sim
        .set(|behaviour| behaviour.refund_end = RefundEnd::Success);
    for _ in 0..3 {
        world.later(60).await;
    }
    assert_eq!(browser.order(&order).await["payment"], "refunded");
    assert_eq!(world.money_back(), [(order.clone(), AMOUNT)]);
    let numbers: Vec<String> = world
        .sim
        .refunds()
        .into_iter()
        .map(|refund| refund.out_refund_no)
        .collect();
    assert_eq!(numbers[..2], [format!("{order}-r"), format!("{order}-r2")]);
    // The one that brought the money back is the one to look for.
    let shown = browser.order(&order).await;
    assert_eq!(
        shown["refund_no"].as_str(),
        Some(world.refund_id().as_str())
    );
    let payment = world.trade(&order).transaction_id;
    assert_eq!(shown["payment_no"].as_str(), payment.as_deref());
}

#[tokio::test]
async fn a_person_s_full_refund_ends_what_ours_did_not() {
    let world = World::new().await;
    world
        .sim
        .set(|behaviour| behaviour.refund_end = RefundEnd::Closed);
    let (mut browser, order) = world.going_back().await;
    world.notified(1).await;
    world
        .sim
        .fault(Call::Refund, refused("NOT_ENOUGH"), u32::MAX);
    world.later(60).await;
    assert_eq!(browser.order(&order).await["payment"], "refunding");
    world
        .sim
        .set(|behaviour| behaviour.refund_end = RefundEnd::Success);
    let told = world.sim.sent().len();
    world
        .sim
        .console_refund(&order, AMOUNT)
        .expect("money is left");
    world.later(1).await;
    world.notified(told + 1).await;
    assert_eq!(browser.order(&order).await["payment"], "refunded");
    assert_eq!(world.money_back(), [(order, AMOUNT)]);
}

#[tokio::test]
async fn a_state_of_refund_proves_no_refund() {
    let (log, _logging) = Log::start();
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    world.sim.pay(&order).expect("payable");
    // A part only, by a person, before this server knew that it was paid at all.
    world
        .sim
        .console_refund(&order, 500)
        .expect("money is there");
    for _ in 0..3 {
        let shown = browser.order(&order).await;
        assert_eq!(shown["payment"], "refunding", "{shown}");
        world.later(60).await;
    }
    assert!(log.calls_for_a_person() > 0, "{}", log.text());
    let id = dika_contract::OrderId::parse(&order).expect("an id");
    let deposit = world.state.store.ledger_deposit(&id).await.expect("books");
    assert!(deposit.is_none(), "never credited");
}

#[tokio::test]
async fn a_refund_that_failed_before_the_payment_was_heard_of_is_made_good() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| {
        behaviour.notify.enabled = false;
        behaviour.refund_end = RefundEnd::Closed;
    });
    world.sim.pay(&order).expect("payable");
    world
        .sim
        .console_refund(&order, AMOUNT)
        .expect("money is there");
    world.refunds_ended().await;
    world
        .sim
        .set(|behaviour| behaviour.refund_end = RefundEnd::Success);
    for _ in 0..3 {
        world.later(60).await;
    }
    assert_eq!(browser.order(&order).await["payment"], "refunded");
    assert_eq!(world.money_back(), [(order, AMOUNT)]);
}

#[tokio::test]
async fn a_full_refund_of_a_payment_that_was_never_booked_ends_the_order() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    world.sim.pay(&order).expect("payable");
    world.sim.set(|behaviour| behaviour.notify.enabled = true);
    world
        .sim
        .console_refund(&order, AMOUNT)
        .expect("money is there");
    world.later(1).await;
    world.notified(1).await;
    let shown = browser.order(&order).await;
    assert_eq!(shown["payment"], "refunded");
    assert_eq!(
        shown["refund_no"].as_str(),
        Some(world.refund_id().as_str())
    );
    assert_eq!(world.sim.refunds().len(), 1);
}

#[tokio::test]
async fn money_that_went_back_reaches_no_card_because_its_order_is_given_up() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    world.sim.pay(&order).expect("payable");
    // As where the server ends between the two: the payment is kept as paid, and its order is not.
    dika_store::sql::query("UPDATE wechat_payments SET state = 'paid' WHERE out_trade_no = $1")
        .bind(order.clone())
        .execute(world.state.store.pool())
        .await
        .expect("written");
    world
        .sim
        .console_refund(&order, AMOUNT)
        .expect("money is there");
    world.refunds_ended().await;
    browser.cancel(&order).await;
    for _ in 0..3 {
        world.later(60).await;
    }
    let id = OrderId::parse(&order).expect("an id");
    let deposit = world.state.store.ledger_deposit(&id).await.expect("books");
    assert!(deposit.is_none(), "{deposit:?}");
    assert_ne!(browser.order(&order).await["payment"], "paid");
    assert_eq!(world.money_back(), [(order, AMOUNT)]);
}

#[tokio::test]
async fn money_under_one_number_beats_a_refund_under_another() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    world.sim.set(|behaviour| behaviour.notify.enabled = false);
    let (order, _) = browser.order_by(&card, "native").await;
    assert_eq!(browser.go_on(&order, "jsapi").await.status, 200);
    world.sim.pay_late(&order).expect("it wins over its close");
    world
        .sim
        .console_refund(&order, AMOUNT)
        .expect("money is there");
    world.later(1).await;
    world.sim.pay(&format!("{order}-1")).expect("payable");
    world.assert_paid_once(&mut browser, &order).await;
    for _ in 0..3 {
        world.later(60).await;
    }
    world.assert_paid_once(&mut browser, &order).await;
    assert_eq!(world.money_back(), [(order, AMOUNT)]);
}

#[tokio::test]
async fn a_person_s_refund_of_credited_money_calls_a_person() {
    let (log, _logging) = Log::start();
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.pay(&order).expect("payable");
    world.notified(1).await;
    world.assert_paid_once(&mut browser, &order).await;
    assert_eq!(log.calls_for_a_person(), 0, "{}", log.text());
    world
        .sim
        .console_refund(&order, AMOUNT)
        .expect("money is there");
    world.later(1).await;
    assert_eq!(world.notified(2).await, [Some(204); 2]);
    assert_eq!(log.calls_for_a_person(), 1, "{}", log.text());
    world.assert_paid_once(&mut browser, &order).await;
}

#[tokio::test]
async fn money_that_went_back_while_the_card_system_was_down_reaches_no_card() {
    for told in [true, false] {
        let mut world = World::new().await;
        let is_down = Arc::new(AtomicBool::new(false));
        with_cards_down(&mut world, is_down.clone()).await;
        let (mut browser, card) = world.student().await;
        let (order, _) = browser.order_by(&card, "jsapi").await;
        is_down.store(true, Ordering::SeqCst);
        world.sim.pay(&order).expect("payable");
        world.notified(1).await;
        assert_eq!(browser.order(&order).await["payment"], "paid");
        // Staff refund it in the console; the server hears of it, or does not.
        world.sim.set(|behaviour| behaviour.notify.enabled = told);
        world
            .sim
            .console_refund(&order, AMOUNT)
            .expect("money is there");
        world.refunds_ended().await;
        if told {
            world.later(1).await;
            world.notified(2).await;
        }
        is_down.store(false, Ordering::SeqCst);
        for _ in 0..4 {
            world.later(120).await;
        }
        let shown = browser.order(&order).await;
        assert_ne!(shown["payment"], "paid", "told: {told}: {shown}");
        let id = dika_contract::OrderId::parse(&order).expect("an id");
        let deposit = world.state.store.ledger_deposit(&id).await.expect("books");
        assert!(deposit.is_none(), "told: {told}");
        assert_eq!(world.money_back(), [(order, AMOUNT)], "told: {told}");
    }
}

#[tokio::test]
async fn late_money_reaches_the_card_once_the_card_system_is_back() {
    let mut world = World::new().await;
    let is_down = Arc::new(AtomicBool::new(false));
    with_cards_down(&mut world, is_down.clone()).await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    is_down.store(true, Ordering::SeqCst);
    world.sim.pay(&order).expect("payable");
    world.notified(1).await;
    world.later(3_600).await;
    is_down.store(false, Ordering::SeqCst);
    world.later(600).await;
    world.assert_paid_once(&mut browser, &order).await;
    assert!(world.sim.refunds().is_empty());
}

#[tokio::test]
async fn a_payment_that_is_told_of_after_its_money_went_back_reaches_no_card() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.set(|behaviour| behaviour.notify.hold = true);
    world.sim.pay(&order).expect("payable");
    // Nobody looked meanwhile, and staff sent it back in the console.
    world.sim.console_refund(&order, AMOUNT).expect("a refund");
    world.sim.advance(120);
    world.state.clock.advance(120);
    // The payment's notification comes first; it was true when it was written.
    world.sim.release(ReleaseOrder::AsIs);
    world.notified(1).await;
    world.refunds_ended().await;
    world.sim.set(|behaviour| behaviour.notify.hold = false);
    world.sim.release(ReleaseOrder::AsIs);
    for _ in 0..3 {
        world.later(60).await;
    }
    let shown = browser.order(&order).await;
    assert_eq!(shown["payment"], "refunded", "{shown}");
    let id = OrderId::parse(&order).expect("an id");
    let deposit = world.state.store.ledger_deposit(&id).await.expect("books");
    assert!(deposit.is_none(), "{deposit:?}");
    assert_eq!(world.money_back(), [(order, AMOUNT)]);
}
