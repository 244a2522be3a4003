//! Messages in WeChat about money that waits: allowed one by one, sent once per order and occasion.

use axum::http::StatusCode;
use dika_contract::{OrderId, TerminalKind};
use dika_core::clock::Clock;
use dika_core::messenger::Occasion;
use dika_sandbox::people::PEOPLE;
use dika_sandbox::terminals;
use dika_server::services::notify;
use dika_wechat_sim::{Call, Fault};
use serde_json::json;
use url::Url;

use crate::support::{Browser, IN_WECHAT, OPENID, PHONE, World};

const HOUR_S: i64 = 3_600;

/// Hot-water money that waits for six hours: the student's browser and the order.
async fn waiting(world: &World) -> (Browser, String) {
    let mut browser = world.browser(IN_WECHAT);
    browser.sign_in_by_wechat("/").await;
    browser.sign_in_by_phone(PEOPLE[0].phone).await;
    let wish = json!({
        "issuer": "hemc",
        "card_no": PEOPLE[0].hemc.expect("a card").card_no,
        "password": PEOPLE[0].hemc_password(),
    });
    let binding = browser.post("/api/v1/bindings", Some(wish)).await.json();
    let id = binding["id"].as_str().expect("an id");
    let bound = browser
        .post(&format!("/api/v1/bindings/{id}/confirm"), None)
        .await
        .json();
    let wish = json!({
        "card_id": bound["card_id"], "wallet": "utilities", "amount_fen": 2_000, "channel": "jsapi",
    });
    let made = browser
        .send(
            "POST",
            "/api/v1/top-ups",
            Some(wish),
            &[("idempotency-key", "key-1")],
        )
        .await;
    let order = made.json()["id"].as_str().expect("an id").to_owned();
    world.sim.pay(&order).expect("payable");
    world.notified(1).await;
    let shown = browser.order(&order).await;
    assert_eq!(shown["claim"], "waiting", "{shown}");
    (browser, order)
}

/// Taps *Remind me in WeChat*, as far as WeChat's answer: gives the address that leads back.
async fn asked(browser: &mut Browser, order: &str, answer: &str) -> String {
    let begun = browser.get(&format!("/wechat/remind/{order}")).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{begun:?}");
    let mut page = Url::parse(begun.location()).expect("WeChat's page");
    assert_eq!(page.path(), "/mp/subscribemsg", "{page}");
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(page.query_pairs())
        .append_pair("do", answer)
        .finish();
    page.set_query(None);
    page.set_fragment(None);
    let back = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
        .post(page)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .expect("an answer");
    back.headers()["location"]
        .to_str()
        .expect("text")
        .to_owned()
}

async fn allow(browser: &mut Browser, order: &str) {
    let back = asked(browser, order, "confirm").await;
    let done = browser.get(&back).await;
    assert_eq!(done.location(), format!("/orders/{order}"));
}

async fn send(world: &World) {
    notify::send_due(&world.state.services())
        .await
        .expect("the outbox");
}

/// Occasion, state and reason of each message about an order.
async fn outbox(world: &World, order: &str) -> Vec<(Occasion, String, Option<String>)> {
    let id = OrderId::parse(order).expect("an id");
    let rows = world.state.store.outbox_of(&id).await.expect("the outbox");
    rows.into_iter()
        .map(|row| (row.occasion, row.state, row.reason))
        .collect()
}

fn sent(occasion: Occasion) -> (Occasion, String, Option<String>) {
    (occasion, "sent".to_owned(), None)
}

fn given_up(occasion: Occasion, reason: &str) -> (Occasion, String, Option<String>) {
    (occasion, "given_up".to_owned(), Some(reason.to_owned()))
}

async fn tap(world: &World) {
    let card_no = PEOPLE[0].hemc.expect("a card").card_no;
    terminals::tap(&world.state, card_no, TerminalKind::HemcTopUp)
        .await
        .expect("a tap");
}

#[tokio::test]
async fn each_occasion_has_one_message_and_each_permission_brings_one() {
    let world = World::new().await;
    let (mut browser, order) = waiting(&world).await;
    assert_eq!(browser.order(&order).await["reminder"], "offered");
    allow(&mut browser, &order).await;
    assert_eq!(browser.order(&order).await["reminder"], "on");
    send(&world).await;
    assert!(world.sim.messages().is_empty(), "too early");

    world.later(5 * HOUR_S).await;
    send(&world).await;
    send(&world).await;
    let messages = world.sim.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].openid, OPENID);
    assert_eq!(messages[0].url, format!("{}/orders/{order}", world.base));
    assert!(messages[0].content.contains("¥20.00"), "{messages:?}");
    assert_eq!(outbox(&world, &order).await, [sent(Occasion::CollectBy)]);

    // That permission is used up; another one brings the next occasion.
    assert_eq!(browser.order(&order).await["reminder"], "offered");
    allow(&mut browser, &order).await;
    world.later(HOUR_S).await;
    assert_eq!(browser.order(&order).await["claim"], "needs_confirmation");
    send(&world).await;
    let messages = world.sim.messages();
    assert_eq!(messages.len(), 2);
    assert!(messages[1].content.contains("确认"), "{messages:?}");

    let confirmed = browser
        .post(&format!("/api/v1/top-ups/{order}/confirm-claim"), None)
        .await;
    assert_eq!(confirmed.status, StatusCode::OK);
    // Waits again: no second message for an occasion that had one.
    allow(&mut browser, &order).await;
    world.later(5 * HOUR_S).await;
    send(&world).await;
    assert_eq!(world.sim.messages().len(), 2);
    tap(&world).await;
    send(&world).await;
    send(&world).await;
    assert_eq!(world.sim.messages().len(), 3);
    assert_eq!(
        outbox(&world, &order).await,
        [
            sent(Occasion::CollectBy),
            sent(Occasion::TimeIsUp),
            sent(Occasion::Collected)
        ]
    );
    assert!(browser.order(&order).await.get("reminder").is_none());
    // Nothing waits: nothing to be reminded of.
    let refused = browser.get(&format!("/wechat/remind/{order}")).await;
    assert!(!refused.location().contains("subscribemsg"), "{refused:?}");
}

#[tokio::test]
async fn money_that_was_collected_is_not_reminded_of() {
    let world = World::new().await;
    let (mut browser, order) = waiting(&world).await;
    allow(&mut browser, &order).await;
    tap(&world).await;
    send(&world).await;
    world.later(5 * HOUR_S).await;
    send(&world).await;
    assert_eq!(world.sim.messages().len(), 1);
    assert_eq!(
        outbox(&world, &order).await,
        [
            given_up(Occasion::CollectBy, "collected"),
            sent(Occasion::Collected)
        ]
    );
}

#[tokio::test]
async fn a_message_is_tried_again_and_shown_once() {
    let world = World::new().await;
    let (mut browser, order) = waiting(&world).await;
    allow(&mut browser, &order).await;
    world.later(5 * HOUR_S).await;
    // The day's quota is used up: later.
    world
        .sim
        .fault(Call::Message, Fault::ErrCode { errcode: 45009 }, 1);
    send(&world).await;
    send(&world).await;
    assert!(world.sim.messages().is_empty());
    world.later(30).await;
    // Sent, and the answer lost.
    world
        .sim
        .fault(Call::Message, Fault::DoneThenStatus { status: 504 }, 1);
    send(&world).await;
    assert_eq!(world.sim.messages().len(), 1);
    assert_eq!(browser.order(&order).await["reminder"], "on");
    world.later(60).await;
    send(&world).await;
    assert_eq!(world.sim.messages().len(), 1);
    assert_eq!(outbox(&world, &order).await, [sent(Occasion::CollectBy)]);
}

#[tokio::test]
async fn a_message_that_cannot_be_sent_for_half_a_day_is_given_up() {
    let world = World::new().await;
    let (mut browser, order) = waiting(&world).await;
    allow(&mut browser, &order).await;
    tap(&world).await;
    let busy = Fault::ErrCode { errcode: 45009 };
    world.sim.fault(Call::Message, busy, u32::MAX);
    for _ in 0..16 {
        assert_ne!(outbox(&world, &order).await.last(), Some(&too_late()));
        send(&world).await;
        world.later(HOUR_S).await;
    }
    assert_eq!(outbox(&world, &order).await.last(), Some(&too_late()));
}

fn too_late() -> (Occasion, String, Option<String>) {
    given_up(Occasion::Collected, "too_late")
}

#[tokio::test]
async fn a_permission_withdrawn_between_two_tries_is_no_message() {
    let world = World::new().await;
    let (mut browser, order) = waiting(&world).await;
    allow(&mut browser, &order).await;
    world.later(5 * HOUR_S).await;
    for errcode in [45009, 43101] {
        world
            .sim
            .fault(Call::Message, Fault::ErrCode { errcode }, 1);
        send(&world).await;
        world.later(30).await;
    }
    assert!(world.sim.messages().is_empty());
    assert_eq!(
        outbox(&world, &order).await,
        [given_up(Occasion::CollectBy, "not_allowed")]
    );
}

#[tokio::test]
async fn what_can_not_be_sent_is_given_up_with_the_reason() {
    for (errcode, reason) in [
        (43101, "not_allowed"),
        (43004, "wechat_43004"),
        (40037, "wechat_40037"),
        (47003, "wechat_47003"),
        (48001, "wechat_48001"),
    ] {
        let world = World::new().await;
        let (mut browser, order) = waiting(&world).await;
        allow(&mut browser, &order).await;
        world.later(5 * HOUR_S).await;
        world
            .sim
            .fault(Call::Message, Fault::ErrCode { errcode }, 1);
        send(&world).await;
        world.later(60).await;
        send(&world).await;
        assert!(world.sim.messages().is_empty(), "{errcode}");
        assert_eq!(
            outbox(&world, &order).await,
            [given_up(Occasion::CollectBy, reason)]
        );
    }
}

#[tokio::test]
async fn an_instance_that_died_with_a_message_in_hand_loses_nothing() {
    let world = World::new().await;
    let (mut browser, order) = waiting(&world).await;
    allow(&mut browser, &order).await;
    world.later(5 * HOUR_S).await;
    let now = world.state.clock.now();
    let taken = world.state.store.take_due_messages(now, 120, 16).await;
    assert_eq!(taken.expect("the outbox").len(), 1);
    // Another instance does not take it meanwhile.
    send(&world).await;
    assert!(world.sim.messages().is_empty());
    world.later(120).await;
    send(&world).await;
    assert_eq!(world.sim.messages().len(), 1);
}

#[tokio::test]
async fn nobody_but_the_student_asks_and_a_no_is_a_no() {
    let world = World::new().await;
    let (mut browser, order) = waiting(&world).await;
    let back = asked(&mut browser, &order, "cancel").await;
    browser.get(&back).await;
    assert_eq!(browser.order(&order).await["reminder"], "offered");
    // Somebody else is led to the order's page, which tells them nothing.
    let mut stranger = world.browser(IN_WECHAT);
    let to = format!("/wechat/remind/{order}");
    assert_eq!(
        stranger.get(&to).await.location(),
        format!("/orders/{order}")
    );
    // An answer that nobody was asked for.
    for forged in [
        "/wechat/reminded",
        "/wechat/reminded?openid=o1&action=confirm&scene=0&reserved=abc",
        "/wechat/reminded?openid=o1&action=confirm&scene=x&reserved=",
    ] {
        assert_eq!(stranger.get(forged).await.location(), "/orders");
    }
    let back = asked(&mut browser, &order, "confirm").await;
    let other_scene = back.replace("scene=1", "scene=9");
    assert_ne!(other_scene, back);
    stranger.get(&other_scene).await;
    assert_eq!(browser.order(&order).await["reminder"], "offered");
    assert!(outbox(&world, &order).await.is_empty());
    browser.get(&back).await;
    browser.get(&back).await;
    assert_eq!(browser.order(&order).await["reminder"], "on");
}

#[tokio::test]
async fn what_was_allowed_goes_along_when_two_accounts_become_one() {
    let world = World::new().await;
    world.phone_student(PHONE).await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.pay(&order).expect("payable");
    world.notified(1).await;
    allow(&mut browser, &order).await;
    browser.sign_in_by_phone(PEOPLE[0].phone).await;
    browser.answer_join(true).await;
    assert_eq!(browser.order(&order).await["reminder"], "on");
    // This card's money waits without an end: a day later.
    world.later(24 * HOUR_S).await;
    send(&world).await;
    assert_eq!(world.sim.messages().len(), 1);
}

#[tokio::test]
async fn outside_wechat_a_calendar_reminds() {
    let world = World::new().await;
    let (mut browser, order) = waiting(&world).await;
    let to = format!("/api/v1/top-ups/{order}/calendar");
    let file = browser.get(&to).await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(file.body.starts_with("BEGIN:VCALENDAR\r\n"), "{file:?}");
    assert!(file.body.contains(&format!("UID:{order}@dika\r\n")));
    let shown = browser.order(&order).await;
    let end = shown["claim_by"].as_str().expect("an end");
    let end = end.replace(['-', ':'], "");
    assert!(
        file.body.contains(&format!("DTSTART:{end}\r\n")),
        "{file:?}"
    );
    let mut stranger = world.browser(IN_WECHAT);
    assert_eq!(stranger.get(&to).await.status, StatusCode::UNAUTHORIZED);
    tap(&world).await;
    assert_eq!(browser.get(&to).await.status, StatusCode::NOT_FOUND);
}
