//! Amount, review, paying: what is checked, what is kept, what is sent how often.

use dika::api::{Fault, Method};
use dika_contract::endpoint::IDEMPOTENCY_HEADER;
use serde_json::json;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlInputElement};

use crate::{
    samples::{card, order, signed_in},
    scripted::Scripted,
    stage::{Stage, forget_everything, pass},
};

const PAGE: &str = "/cards/c1/top-up/utilities";

fn script() -> Scripted {
    forget_everything();
    let script = signed_in();
    script.always(Method::Get, "/cards/c1", card("c1", "active"));
    script
}

async fn reviewed(script: &Scripted, yuan: &str) -> Stage {
    let stage = Stage::open(PAGE, script);
    stage.type_into("amount", yuan).await;
    stage.tap("review").await;
    stage.shows("[data-action=pay]").await;
    stage
}

#[wasm_bindgen_test]
async fn the_amount_is_held_against_inclusive_limits() {
    let script = script();
    let stage = Stage::open(PAGE, &script);
    for wrong in ["0.99", "500.01", "abc", "", "1.234"] {
        stage.type_into("amount", wrong).await;
        stage.tap("review").await;
        stage.shows("input[name=amount][aria-invalid=true]").await;
        assert!(stage.find("[data-action=pay]").is_none(), "{wrong}");
    }
    for right in ["1", "500.00"] {
        stage.type_into("amount", right).await;
        stage.tap("review").await;
        stage.shows("[data-action=pay]").await;
        stage.tap("edit").await;
    }
    assert_eq!(script.count(Method::Post, "/top-ups"), 0);
}

#[wasm_bindgen_test]
async fn a_preset_fills_the_field_and_the_field_the_preset() {
    let script = script();
    let stage = Stage::open(PAGE, &script);
    let preset: HtmlInputElement = stage
        .shows("input[name=preset][value='100']")
        .await
        .unchecked_into();
    preset.click();
    pass(50).await;
    let amount: HtmlInputElement = stage.shows("input[name=amount]").await.unchecked_into();
    assert_eq!(amount.value(), "100");
    stage.type_into("amount", "50.00").await;
    pass(50).await;
    let chosen: HtmlInputElement = stage
        .shows("input[name=preset][value='50']")
        .await
        .unchecked_into();
    assert!(chosen.checked() && !preset.checked());
    assert_eq!(amount.value(), "50.00", "what is typed is left alone");
}

#[wasm_bindgen_test]
async fn the_review_names_card_wallet_amount_and_the_risk() {
    let script = script();
    let stage = reviewed(&script, "100").await;
    let text = stage.text();
    for wanted in ["**** 5678", "Chen*", "Utilities", "100", "6 h", "lost"] {
        assert!(text.contains(wanted), "{wanted} is not in: {text}");
    }
}

#[wasm_bindgen_test]
async fn two_taps_on_pay_send_one_request() {
    let script = script();
    let stage = reviewed(&script, "20").await;
    let pay: HtmlElement = stage.shows("[data-action=pay]").await.unchecked_into();
    pay.click();
    pay.click();
    let call = script.next(Method::Post, "/top-ups").await;
    pay.click();
    assert_eq!(script.count(Method::Post, "/top-ups"), 1);
    let body = call.body.clone().expect("a body");
    assert_eq!(body["amount_fen"], 2_000);
    assert_eq!(
        (body["card_id"].as_str(), body["wallet"].as_str()),
        (Some("c1"), Some("utilities"))
    );
    call.answer(201, &order("o1", "c1", 2_000, "created", "not_needed"));
    stage.shows("main[data-page=order]").await;
    stage.shows("[data-order=o1][data-payment=created]").await;
}

#[wasm_bindgen_test]
async fn a_retry_keeps_the_key_and_another_amount_has_another() {
    let script = script();
    let stage = reviewed(&script, "20").await;
    let key = |call: &crate::scripted::Call| call.header(IDEMPOTENCY_HEADER).map(str::to_owned);
    stage.tap("pay").await;
    let first = script.next(Method::Post, "/top-ups").await;
    first.fail(Fault::Offline);
    stage.shows("[role=alert]").await;
    stage.tap("pay").await;
    let second = script.next(Method::Post, "/top-ups").await;
    assert!(key(&first).is_some());
    assert_eq!(key(&first), key(&second));
    second.fail(Fault::Timeout);
    stage.tap("edit").await;
    stage.type_into("amount", "30").await;
    stage.tap("review").await;
    stage.tap("pay").await;
    let third = script.next(Method::Post, "/top-ups").await;
    assert_ne!(key(&first), key(&third));
    third.fail(Fault::Offline);
    stage.shows("[data-action=see-orders]").await;
}

#[wasm_bindgen_test]
async fn a_reload_at_the_review_comes_back_with_the_same_key() {
    let script = script();
    let stage = reviewed(&script, "19.99").await;
    stage.tap("pay").await;
    let first = script.next(Method::Post, "/top-ups").await;
    let path = web_sys::window().expect("a window").location();
    let path = path.pathname().expect("a path") + &path.search().expect("a query");
    drop(stage);
    let stage = Stage::open(&path, &script);
    stage.shows("[data-action=pay]").await;
    assert!(stage.text().contains("19.99"));
    stage.tap("pay").await;
    let second = script.next(Method::Post, "/top-ups").await;
    assert_eq!(
        first.header(IDEMPOTENCY_HEADER),
        second.header(IDEMPOTENCY_HEADER)
    );
    first.fail(Fault::Offline);
    second.fail(Fault::Offline);
}

#[wasm_bindgen_test]
async fn an_order_for_something_else_is_not_paid() {
    let script = script();
    let stage = reviewed(&script, "20").await;
    stage.tap("pay").await;
    let call = script.next(Method::Post, "/top-ups").await;
    call.answer(201, &order("o1", "c1", 2_001, "created", "not_needed"));
    stage.shows("a[href='/orders/o1']").await;
    stage.shows("main[data-page=top-up]").await;
    assert!(stage.find("[data-action=pay]").is_none());
}

#[wasm_bindgen_test]
async fn an_unpaid_order_is_offered_instead_of_another() {
    let script = script();
    let unpaid = order("o7", "c1", 2_000, "created", "not_needed");
    script.always(
        Method::Get,
        "/top-ups?open=true",
        json!({ "items": [unpaid] }),
    );
    let stage = Stage::open(PAGE, &script);
    stage.shows("a[href='/orders/o7']").await;
    assert!(stage.find("[data-action=review]").is_none());
    drop(stage);
    // The other wallet is free.
    let stage = Stage::open("/cards/c1/top-up/main", &script);
    stage.shows("[data-action=review]").await;
}

#[wasm_bindgen_test]
async fn a_lost_card_is_not_topped_up() {
    let script = script();
    script.always(Method::Get, "/cards/c1", card("c1", "lost"));
    let stage = Stage::open(PAGE, &script);
    stage.shows("[data-action=service-points]").await;
    assert!(stage.find("input, [data-action=review]").is_none());
}
