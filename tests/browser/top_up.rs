//! Amount, review, payment: what is checked, what is stored, what is sent how often.

use dika::api::{Fault, Method};
use dika_contract::endpoint::IDEMPOTENCY_HEADER;
use serde_json::json;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlInputElement};

use crate::{
    replies::{card, order, signed_in},
    scripted_transport::ScriptedTransport,
    test_app::{TestApp, clear_storage, sleep},
};

const PAGE: &str = "/cards/c1/top-up/utilities";

fn script() -> ScriptedTransport {
    clear_storage();
    let script = signed_in();
    script.always(Method::Get, "/cards/c1", card("c1", "active"));
    script
}

async fn reviewed(script: &ScriptedTransport, yuan: &str) -> TestApp {
    let app = TestApp::open(PAGE, script);
    app.type_into("amount", yuan).await;
    app.tap("review").await;
    app.wait_for("[data-action=pay]").await;
    app
}

#[wasm_bindgen_test]
async fn the_amount_is_held_against_inclusive_limits() {
    let script = script();
    let app = TestApp::open(PAGE, &script);
    for wrong in ["0.99", "500.01", "abc", "", "1.234"] {
        app.type_into("amount", wrong).await;
        app.tap("review").await;
        app.wait_for("input[name=amount][aria-invalid=true]").await;
        assert!(app.find("[data-action=pay]").is_none(), "{wrong}");
    }
    for right in ["1", "500.00"] {
        app.type_into("amount", right).await;
        app.tap("review").await;
        app.wait_for("[data-action=pay]").await;
        app.tap("edit").await;
    }
    assert_eq!(script.count(Method::Post, "/top-ups"), 0);
}

#[wasm_bindgen_test]
async fn a_preset_fills_the_field_and_the_field_the_preset() {
    let script = script();
    let app = TestApp::open(PAGE, &script);
    let preset: HtmlInputElement = app
        .wait_for("input[name=preset][value='100']")
        .await
        .unchecked_into();
    preset.click();
    sleep(50).await;
    let amount: HtmlInputElement = app.wait_for("input[name=amount]").await.unchecked_into();
    assert_eq!(amount.value(), "100");
    app.type_into("amount", "50.00").await;
    sleep(50).await;
    let chosen: HtmlInputElement = app
        .wait_for("input[name=preset][value='50']")
        .await
        .unchecked_into();
    assert!(chosen.checked() && !preset.checked());
    assert_eq!(amount.value(), "50.00", "what is typed is left alone");
}

#[wasm_bindgen_test]
async fn the_review_names_card_wallet_amount_and_the_risk() {
    let script = script();
    let app = reviewed(&script, "100").await;
    let text = app.text();
    for wanted in ["ending 5678", "Chen*", "Utilities", "100", "6 h", "lost"] {
        assert!(text.contains(wanted), "{wanted} is not in: {text}");
    }
}

#[wasm_bindgen_test]
async fn what_is_on_the_card_and_what_it_will_be_is_said() {
    let script = signed_in();
    clear_storage();
    let mut shown = card("c1", "active");
    for wallet in shown["wallets"].as_array_mut().expect("wallets") {
        wallet["on_card"] = json!({ "amount_fen": 2_350, "as_of": "2026-11-22T09:30:00Z" });
        wallet["waiting"] = json!({ "amount_fen": 0, "as_of": "2026-11-22T09:30:00Z" });
    }
    script.always(Method::Get, "/cards/c1", shown.clone());
    let app = reviewed(&script, "50").await;
    let line = |app: &TestApp| app.find(".balance").and_then(|it| it.text_content());
    assert_eq!(
        line(&app).as_deref(),
        Some("¥23.50 on the card, ¥73.50 after this")
    );

    // With money to collect, both would arrive together.
    for wallet in shown["wallets"].as_array_mut().expect("wallets") {
        wallet["waiting"]["amount_fen"] = json!(1_000);
    }
    let script = signed_in();
    clear_storage();
    script.always(Method::Get, "/cards/c1", shown);
    let app = reviewed(&script, "50").await;
    assert_eq!(line(&app).as_deref(), Some("¥23.50 on the card"));
}

#[wasm_bindgen_test]
async fn two_taps_on_pay_send_one_request() {
    let script = script();
    let app = reviewed(&script, "20").await;
    let pay: HtmlElement = app.wait_for("[data-action=pay]").await.unchecked_into();
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
    app.wait_for("main[data-page=order]").await;
    app.wait_for("[data-order=o1][data-payment=created]").await;
}

#[wasm_bindgen_test]
async fn a_retry_keeps_the_key_and_another_amount_has_another() {
    let script = script();
    let app = reviewed(&script, "20").await;
    let key =
        |call: &crate::scripted_transport::Call| call.header(IDEMPOTENCY_HEADER).map(str::to_owned);
    app.tap("pay").await;
    let first = script.next(Method::Post, "/top-ups").await;
    first.fail(Fault::Offline);
    app.wait_for("[role=alert]").await;
    app.tap("pay").await;
    let second = script.next(Method::Post, "/top-ups").await;
    assert!(key(&first).is_some());
    assert_eq!(key(&first), key(&second));
    second.fail(Fault::Timeout);
    app.tap("edit").await;
    app.type_into("amount", "30").await;
    app.tap("review").await;
    app.tap("pay").await;
    let third = script.next(Method::Post, "/top-ups").await;
    assert_ne!(key(&first), key(&third));
    third.fail(Fault::Offline);
    app.wait_for("[data-action=see-orders]").await;
}

#[wasm_bindgen_test]
async fn a_reload_at_the_review_comes_back_with_the_same_key() {
    let script = script();
    let app = reviewed(&script, "19.99").await;
    app.tap("pay").await;
    let first = script.next(Method::Post, "/top-ups").await;
    let path = web_sys::window().expect("a window").location();
    let path = path.pathname().expect("a path") + &path.search().expect("a query");
    drop(app);
    let app = TestApp::open(&path, &script);
    app.wait_for("[data-action=pay]").await;
    assert!(app.text().contains("19.99"));
    app.tap("pay").await;
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
    let app = reviewed(&script, "20").await;
    app.tap("pay").await;
    let call = script.next(Method::Post, "/top-ups").await;
    call.answer(201, &order("o1", "c1", 2_001, "created", "not_needed"));
    app.wait_for("a[href='/orders/o1']").await;
    app.wait_for("main[data-page=top-up]").await;
    assert!(app.find("[data-action=pay]").is_none());
}

#[wasm_bindgen_test]
async fn an_unpaid_order_is_offered_instead_of_another() {
    let script = script();
    let mut unpaid = order("o7", "c1", 2_000, "created", "not_needed");
    unpaid["pay_by"] = json!("2099-11-22T09:45:00Z");
    script.always(
        Method::Get,
        "/top-ups?open=true",
        json!({ "items": [unpaid] }),
    );
    let app = TestApp::open(PAGE, &script);
    app.wait_for("a[href='/orders/o7']").await;
    assert!(app.find("[data-action=review]").is_none());
    drop(app);
    // The other wallet is free.
    let app = TestApp::open("/cards/c1/top-up/main", &script);
    app.wait_for("[data-action=review]").await;
}

#[wasm_bindgen_test]
async fn a_lost_card_is_not_topped_up() {
    let script = script();
    script.always(Method::Get, "/cards/c1", card("c1", "lost"));
    let app = TestApp::open(PAGE, &script);
    app.wait_for("[data-action=service-points]").await;
    assert!(app.find("input, [data-action=review]").is_none());
}
