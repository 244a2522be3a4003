//! The receipt of a paid order, and the chart of six months.

use dika::api::Method;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{replies, scripted_transport::ScriptedTransport, test_app::TestApp};

fn page_of(order: Value) -> ScriptedTransport {
    let script = replies::signed_in();
    script.always(Method::Get, "/top-ups/o1", order);
    script
}

fn paid(claim: &str) -> Value {
    let mut order = replies::order("o1", "c1", 1_234, "paid", claim);
    order["timeline"] = json!([
        { "event": "created", "at": "2026-11-22T09:30:00Z" },
        { "event": "paid", "at": "2026-11-22T09:31:00Z" },
    ]);
    order
}

#[wasm_bindgen_test]
async fn a_paid_order_is_one_sheet_that_says_all() {
    let app = TestApp::open("/orders/o1", &page_of(paid("waiting")));
    app.wait_for(".slip").await;
    let sheet = app.find(".slip").and_then(|sheet| sheet.text_content());
    let sheet = sheet.unwrap_or_default();
    for wanted in [
        "12.34",
        "ending 5678",
        "Utilities",
        "Chen*",
        "3124****08",
        "17:31",
        "service centre",
        "o1",
    ] {
        assert!(sheet.contains(wanted), "{wanted} is not in: {sheet}");
    }
    for action in ["copy-evidence", "print", "share"] {
        app.wait_for(&format!("[data-action={action}]")).await;
    }
}

#[wasm_bindgen_test]
async fn what_the_card_system_has_not_taken_is_not_said_to_be_at_a_machine() {
    let mut order = paid("waiting");
    let app = TestApp::open("/orders/o1", &page_of(order.clone()));
    app.reads("Collect at").await;
    drop(app);
    order["settling"] = true.into();
    let app = TestApp::open("/orders/o1", &page_of(order));
    app.wait_for("[data-action=print]").await;
    let text = app.text();
    assert!(!text.contains("Collect at"), "{text}");
}

#[wasm_bindgen_test]
async fn what_the_others_call_the_money_stands_on_the_receipt_where_they_said_so() {
    let labels = [
        "WeChat Pay transaction number",
        "WeChat Pay refund number",
        "Card system number",
    ];
    let mut order = paid("claimed");
    let app = TestApp::open("/orders/o1", &page_of(order.clone()));
    app.reads("17:31").await;
    let text = app.text();
    assert!(!labels.iter().any(|it| text.contains(it)), "{text}");
    drop(app);
    order["payment_no"] = json!("4200001234202611220000000001");
    order["refund_no"] = json!("50300001");
    order["card_system_no"] = json!("B-77");
    let app = TestApp::open("/orders/o1", &page_of(order));
    app.reads("4200 0012 3420 2611 2200 0000 0001").await;
    let text = app.text();
    for wanted in labels.into_iter().chain(["5030 0001", "B-77"]) {
        assert!(text.contains(wanted), "{wanted} is not in: {text}");
    }
}

#[wasm_bindgen_test]
async fn what_is_collected_is_no_longer_told_to_a_friend() {
    let app = TestApp::open("/orders/o1", &page_of(paid("claimed")));
    app.wait_for("[data-action=print]").await;
    assert!(app.find("[data-action=share]").is_none());
}

#[wasm_bindgen_test]
fn the_proof_of_payment_becomes_a_picture_as_high_as_its_lines() {
    let short = dika::platform::picture_of(&["one"]).expect("a picture");
    let long = dika::platform::picture_of(&["one", "two", "three"]).expect("a picture");
    assert!(short.starts_with("data:image/png;base64,"), "{short}");
    assert!(long.len() > short.len());
}

#[wasm_bindgen_test]
async fn where_nothing_was_paid_there_is_nothing_to_print() {
    for payment in ["created", "paying", "closed", "failed", "unknown"] {
        let order = replies::order("o1", "c1", 1_234, payment, "not_needed");
        let app = TestApp::open("/orders/o1", &page_of(order));
        app.wait_for("[data-action=copy-evidence]").await;
        for gone in ["[data-action=print]", "[data-action=share]"] {
            assert!(app.find(gone).is_none(), "{payment}: {gone}");
        }
    }
}

#[wasm_bindgen_test]
async fn six_months_are_a_table_and_count_what_every_page_holds_once() {
    let script = replies::signed_in();
    let now = js_sys::Date::new_0().to_iso_string().as_string();
    let now = now.expect("the time");
    let recent = |id: &str| {
        let mut order = replies::order(id, "c1", 10_000, "paid", "claimed");
        order["created_at"] = json!(now);
        order["timeline"] = json!([]);
        order
    };
    let first = recent("o1");
    script.always(
        Method::Get,
        "/top-ups",
        json!({ "items": [first], "next_cursor": "n" }),
    );
    script.always(
        Method::Get,
        "/top-ups?cursor=n",
        json!({ "items": [first, recent("o2")] }),
    );
    let app = TestApp::open("/orders", &script);
    app.wait_for("table.bars").await;
    let summary = app.find("summary").and_then(|it| it.text_content());
    let summary = summary.unwrap_or_default();
    assert!(
        summary.contains("200.00") && summary.contains('2'),
        "{summary}"
    );
    let table = app.find("table.bars").expect("a table");
    let rows = table.query_selector_all("tbody tr").expect("rows");
    assert_eq!(rows.length(), 6);
    for wanted in [
        "caption",
        "th[scope=col]",
        "tbody tr:first-child th[scope=row]",
        "tbody tr:first-child rect[width='1000']",
        "tbody tr:last-child rect[width='0']",
    ] {
        assert!(
            table.query_selector(wanted).ok().flatten().is_some(),
            "{wanted}"
        );
    }
}
