//! A student's home page: every open order, where it says no more than its state proves.

use dika::api::Method;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    replies::{card, order, signed_in},
    scripted_transport::ScriptedTransport,
    test_app::{TestApp, clear_storage, sleep},
};

const OPEN: &str = "/top-ups?open=true";

fn home_with(orders: &Value) -> ScriptedTransport {
    clear_storage();
    let script = signed_in();
    script.always(Method::Get, "/cards", json!([card("c1", "active")]));
    script.always(Method::Get, OPEN, json!({ "items": orders }));
    script
}

/// Paid, and not yet taken by the card system.
fn settling(id: &str, claim: &str) -> Value {
    let mut order = order(id, "c1", 1_234, "paid", claim);
    order["settling"] = true.into();
    order
}

/// The title above an order's row.
fn title_of(app: &TestApp, id: &str) -> String {
    let row = app.find(&format!("[data-order='{id}']")).expect("a row");
    let section = row.closest("section").expect("a selector");
    let title = section.and_then(|it| it.query_selector("h2").expect("a selector"));
    title
        .and_then(|it| it.text_content())
        .expect("a section with a title")
}

#[wasm_bindgen_test]
async fn each_open_order_stands_where_its_state_puts_it() {
    let script = home_with(&json!([
        settling("o1", "not_needed"),
        settling("o2", "waiting"),
        order("o3", "c1", 100, "paid", "waiting"),
        order("o4", "c1", 100, "created", "not_needed"),
        order("o5", "c1", 100, "unknown", "not_needed"),
        order("o6", "c1", 100, "refunding", "not_needed"),
    ]));
    let app = TestApp::open("/", &script);
    app.wait_for("[data-order=o6]").await;
    for (id, title) in [
        ("o1", "In progress"),
        ("o2", "In progress"),
        ("o3", "To collect"),
        ("o4", "Not paid yet"),
        ("o5", "In progress"),
        ("o6", "In progress"),
    ] {
        assert_eq!(title_of(&app, id), title, "{id}");
    }
    let text = app.text();
    assert_eq!(text.matches("being put on the card").count(), 2, "{text}");
}

#[wasm_bindgen_test]
async fn money_that_the_card_system_has_not_taken_is_asked_about_until_it_arrives() {
    let script = home_with(&json!([settling("o1", "not_needed")]));
    let app = TestApp::open("/", &script);
    app.wait_for("[data-order=o1]").await;
    assert!(!app.text().contains("is on your card"), "{}", app.text());
    script.always(Method::Get, OPEN, json!({ "items": [] }));
    let arrived = order("o1", "c1", 1_234, "paid", "not_needed");
    script.always(Method::Get, "/top-ups/o1", arrived);
    // The page asks by itself, some seconds later.
    for _ in 0..30 {
        if app.text().contains("is on your card") {
            break;
        }
        sleep(1_000).await;
    }
    app.reads("¥12.34 is on your card").await;
    assert!(app.find("[data-order=o1]").is_none());
}

#[wasm_bindgen_test]
async fn what_left_the_list_and_has_not_arrived_is_not_said_to_have() {
    let script = home_with(&json!([settling("o1", "not_needed")]));
    let app = TestApp::open("/", &script);
    app.wait_for("[data-order=o1]").await;
    script.always(Method::Get, "/top-ups/o1", settling("o1", "not_needed"));
    script.always(Method::Get, OPEN, json!({ "items": [] }));
    let back = web_sys::Event::new("pageshow").expect("an event");
    let window = web_sys::window().expect("a window");
    window.dispatch_event(&back).expect("it takes events");
    app.wait_until_gone("[data-order=o1]").await;
    for _ in 0..500 {
        if script.count(Method::Get, "/top-ups/o1") > 0 {
            break;
        }
        sleep(10).await;
    }
    sleep(50).await;
    assert!(!app.text().contains("is on your card"), "{}", app.text());
}
