//! One order: one view per status, and polling while it is undecided.

use dika::api::{Fault, Method};
use dika_contract::{ClaimState, PaymentState};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    replies::{order, signed_in},
    scripted_transport::ScriptedTransport,
    test_app::{Agent, TestApp, clear_storage, sleep},
};

const PAGE: &str = "/orders/o1";
const CALL: &str = "/top-ups/o1";

fn script(order: Option<Value>) -> ScriptedTransport {
    clear_storage();
    let script = signed_in();
    if let Some(order) = order {
        script.always(Method::Get, CALL, order);
    }
    script
}

#[wasm_bindgen_test]
async fn each_outcome_has_its_view() {
    for payment in PaymentState::ALL {
        for claim in ClaimState::ALL {
            let shown = order("o1", "c1", 1_234, payment.as_str(), claim.as_str());
            let app = TestApp::open(PAGE, &script(Some(shown)));
            app.wait_for(&format!(
                "[data-order=o1][data-payment='{payment}'][data-claim='{claim}']"
            ))
            .await;
            let (text, which) = (app.text(), format!("{payment} {claim}"));
            for wanted in ["12.34", "ending 5678", "Utilities", "Chen*"] {
                assert!(text.contains(wanted), "{which}: {wanted} is not in: {text}");
            }
            let there = |action: &str| app.find(&format!("[data-action='{action}']")).is_some();
            assert_eq!(there("continue-payment"), payment.is_open(), "{which}");
            assert_eq!(there("cancel-order"), payment.is_open(), "{which}");
            assert_eq!(
                there("i-have-paid"),
                *payment == PaymentState::Paying,
                "{which}"
            );
            let lapsed = *payment == PaymentState::Paid && *claim == ClaimState::NeedsConfirmation;
            assert_eq!(there("confirm-claim"), lapsed, "{which}");
            assert!(there("copy-evidence"), "{which}");
            let proven = matches!(payment, PaymentState::Closed | PaymentState::Failed);
            assert_eq!(
                text.contains("No money was taken"),
                proven,
                "{which}: {text}"
            );
        }
    }
}

#[wasm_bindgen_test]
async fn paid_money_that_no_card_system_took_is_said_to_be_neither_here_nor_there() {
    for claim in ["not_needed", "waiting"] {
        let mut shown = order("o1", "c1", 1_234, "paid", claim);
        shown["settling"] = true.into();
        let app = TestApp::open(PAGE, &script(Some(shown)));
        app.reads("on its way to the card").await;
        let text = app.text();
        assert!(text.contains("on record"), "{claim}: {text}");
        for untrue in ["can be spent", "Now collect it", "Nothing to collect"] {
            assert!(!text.contains(untrue), "{claim}: {untrue} is in: {text}");
        }
        assert!(app.find("[data-action='copy-evidence']").is_some());
    }
}

#[wasm_bindgen_test]
async fn words_of_a_newer_server_are_unknown_not_failed() {
    let app = TestApp::open(
        PAGE,
        &script(Some(order("o1", "c1", 100, "settling", "in_the_air"))),
    );
    app.wait_for("[data-payment=unknown][data-claim=other]")
        .await;
    assert!(app.text().contains("Don't pay again"), "{}", app.text());
}

#[wasm_bindgen_test]
async fn the_timeline_tells_what_was_and_what_comes() {
    let mut waiting = order("o1", "c1", 100, "paid", "waiting");
    waiting["timeline"] = json!([
        { "event": "created", "at": "2026-11-22T09:30:00Z" },
        { "event": "paid", "at": "2026-11-22T09:31:00Z" },
        { "event": "teleported", "at": "2026-11-22T09:32:00Z" },
    ]);
    waiting["claim_by"] = json!("2099-11-22T15:31:00Z");
    let app = TestApp::open(PAGE, &script(Some(waiting)));
    app.wait_for("ol li[aria-current=step]").await;
    let text = app.text();
    for wanted in [
        "Started",
        "17:31",
        "Something changed",
        "left",
        "service point",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in: {text}");
    }
    assert!(!text.contains("teleported"));
}

#[wasm_bindgen_test]
async fn an_undecided_payment_is_asked_about_one_question_at_a_time() {
    let script = script(None);
    let app = TestApp::open(PAGE, &script);
    let first = script.next(Method::Get, CALL).await;
    first.answer(200, &order("o1", "c1", 100, "paying", "not_needed"));
    app.wait_for("[data-payment=paying]").await;
    // Polls after a second, then waits for the reply.
    let second = script.next(Method::Get, CALL).await;
    sleep(2_500).await;
    assert_eq!(script.count(Method::Get, CALL), 2);
    second.answer(200, &order("o1", "c1", 100, "paid", "not_needed"));
    app.wait_for("[data-payment=paid]").await;
    sleep(2_500).await;
    assert_eq!(
        script.count(Method::Get, CALL),
        2,
        "what is decided is asked about no more"
    );
}

#[wasm_bindgen_test]
async fn a_return_to_the_page_asks_at_once() {
    let script = script(None);
    let app = TestApp::open(PAGE, &script);
    let first = script.next(Method::Get, CALL).await;
    first.answer(200, &order("o1", "c1", 100, "paid", "waiting"));
    app.wait_for("[data-claim=waiting]").await;
    let back = web_sys::Event::new("pageshow").expect("an event");
    web_sys::window()
        .expect("a window")
        .dispatch_event(&back)
        .expect("it takes events");
    let second = script.next(Method::Get, CALL).await;
    second.answer(200, &order("o1", "c1", 100, "paid", "claimed"));
    app.wait_for("[data-claim=claimed]").await;
}

#[wasm_bindgen_test]
async fn a_lost_connection_keeps_what_is_known_and_says_so() {
    let script = script(None);
    let app = TestApp::open(PAGE, &script);
    let first = script.next(Method::Get, CALL).await;
    first.answer(200, &order("o1", "c1", 100, "paid", "waiting"));
    app.wait_for("[data-claim=waiting]").await;
    app.tap("refresh").await;
    let second = script.next(Method::Get, CALL).await;
    second.fail(Fault::Offline);
    app.wait_for("[data-action=retry]").await;
    app.wait_for("[data-order=o1][data-claim=waiting]").await;
}

#[wasm_bindgen_test]
async fn two_taps_on_cancel_send_one_request() {
    let script = script(Some(order("o1", "c1", 100, "created", "not_needed")));
    let app = TestApp::open(PAGE, &script);
    app.tap("cancel-order").await;
    if let Some(button) = app.find("[data-action=cancel-order]") {
        wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(button).click();
    }
    let call = script.next(Method::Post, "/top-ups/o1/cancel").await;
    assert_eq!(script.count(Method::Post, "/top-ups/o1/cancel"), 1);
    call.answer(200, &order("o1", "c1", 100, "closed", "not_needed"));
    app.wait_for("[data-payment=closed]").await;
}

#[wasm_bindgen_test]
async fn a_late_claim_is_confirmed_and_waits_again() {
    let script = script(Some(order("o1", "c1", 100, "paid", "needs_confirmation")));
    let app = TestApp::open(PAGE, &script);
    app.tap("confirm-claim").await;
    let call = script.next(Method::Post, "/top-ups/o1/confirm-claim").await;
    call.answer(200, &order("o1", "c1", 100, "paid", "waiting"));
    app.wait_for("[data-claim=waiting]").await;
    assert!(app.find("[data-action=confirm-claim]").is_none());
}

#[wasm_bindgen_test]
async fn what_to_do_stands_before_the_facts_of_the_receipt() {
    for (claim, first) in [
        ("waiting", ".countdown"),
        ("needs_confirmation", "[data-action=confirm-claim]"),
    ] {
        let mut shown = order("o1", "c1", 100, "paid", claim);
        shown["claim_by"] = json!("2099-11-22T15:31:00Z");
        let app = TestApp::open(PAGE, &script(Some(shown)));
        let sheet = app.wait_for(".slip").await;
        let all = sheet.query_selector_all("h2, .countdown, button, figure, dl");
        let all = all.expect("a list");
        let at = |css: &str| {
            (0..all.length()).find(|at| {
                let part = all.get(*at).expect("a part");
                let part: web_sys::Element = wasm_bindgen::JsCast::unchecked_into(part);
                part.matches(css) == Ok(true)
            })
        };
        let place = |css: &str| at(css).unwrap_or_else(|| panic!("{claim}: no {css}"));
        let places = [place("h2"), place(first), place("figure"), place("dl")];
        assert!(places.is_sorted(), "{claim}: {places:?}");
        assert_eq!(places[0], 0, "{claim}");
    }
}

#[wasm_bindgen_test]
async fn the_deadline_is_a_time_and_what_is_left() {
    let mut shown = order("o1", "c1", 100, "paid", "waiting");
    shown["claim_by"] = json!("2099-11-22T15:31:00Z");
    let app = TestApp::open(PAGE, &script(Some(shown)));
    app.wait_for(".countdown").await;
    sleep(600).await;
    let said = app.find(".countdown").and_then(|it| it.text_content());
    let said = said.unwrap_or_default();
    assert!(said.contains("23:31") && said.contains("left"), "{said}");

    let app = TestApp::open(
        PAGE,
        &script(Some(order("o1", "c1", 100, "paid", "waiting"))),
    );
    app.wait_for("[data-claim=waiting]").await;
    let text = app.text();
    assert!(!text.contains("deadline"), "{text}");
}

#[wasm_bindgen_test]
async fn a_reopened_collection_is_said_in_the_headline() {
    let mut shown = order("o1", "c1", 100, "paid", "waiting");
    shown["timeline"] = json!([
        { "event": "paid", "at": "2026-11-22T09:31:00Z" },
        { "event": "claim_lapsed", "at": "2026-11-22T15:31:00Z" },
        { "event": "claim_confirmed", "at": "2026-11-22T16:31:00Z" },
    ]);
    let app = TestApp::open(PAGE, &script(Some(shown)));
    app.wait_for("[data-claim=waiting]").await;
    let headline = app.find(".outcome-title").and_then(|it| it.text_content());
    assert_eq!(headline.as_deref(), Some("You can collect it now"));
}

#[wasm_bindgen_test]
async fn the_list_grows_by_pages_and_repeats_nothing() {
    let script = script(None);
    let mut old = order("o1", "c1", 100, "paid", "claimed");
    old["created_at"] = json!("2026-10-01T00:00:00Z");
    let new = order("o2", "c1", 200, "created", "not_needed");
    script.always(
        Method::Get,
        "/top-ups",
        json!({ "items": [new], "next_cursor": "n" }),
    );
    script.always(
        Method::Get,
        "/top-ups?cursor=n",
        json!({ "items": [new, old] }),
    );
    let app = TestApp::open("/orders", &script);
    app.wait_for("[data-order=o2][data-payment=created]").await;
    app.tap("load-more").await;
    app.wait_for("[data-order=o1][data-claim=claimed]").await;
    app.wait_until_gone("[data-action=load-more]").await;
    let text = app.text();
    assert!(
        text.contains("Oct 2026") && text.contains("Nov 2026"),
        "{text}"
    );
    assert_eq!(text.matches("2.00").count(), 1, "{text}");
}

#[wasm_bindgen_test]
async fn outside_wechat_the_time_to_collect_goes_into_a_calendar() {
    let mut shown = order("o1", "c1", 100, "paid", "waiting");
    shown["reminder"] = json!("offered");
    let app = TestApp::open(PAGE, &script(Some(shown.clone())));
    app.wait_for("[data-claim=waiting]").await;
    sleep(50).await;
    for gone in ["remind", "calendar"] {
        let css = format!("[data-action={gone}]");
        assert!(app.find(&css).is_none(), "{gone} without an end");
    }
    drop(app);
    shown["claim_by"] = json!("2099-11-22T15:31:00Z");
    let app = TestApp::open(PAGE, &script(Some(shown.clone())));
    let link = ".slip a[data-action=calendar][href='/api/v1/top-ups/o1/calendar'][rel=external]";
    app.wait_for(link).await;
    sleep(50).await;
    assert!(app.find("[data-action=remind]").is_none());
    assert!(!app.text().contains("one reminder"), "{}", app.text());
    drop(app);
    // What is over has no place in a calendar.
    shown["claim"] = json!("needs_confirmation");
    let app = TestApp::open(PAGE, &script(Some(shown)));
    app.wait_for("[data-action=confirm-claim]").await;
    assert!(app.find("[data-action=calendar]").is_none());
}

#[wasm_bindgen_test]
async fn in_wechat_one_message_can_be_asked_for_and_is_promised_once_allowed() {
    let _wechat = Agent::wechat();
    let mut shown = order("o1", "c1", 100, "paid", "waiting");
    shown["claim_by"] = json!("2099-11-22T15:31:00Z");
    for (reminder, offered) in [("offered", true), ("on", false), ("later word", false)] {
        shown["reminder"] = json!(reminder);
        let app = TestApp::open(PAGE, &script(Some(shown.clone())));
        app.wait_for("[data-action=save-picture]").await;
        let link = app.find(".slip a[data-action=remind][href='/wechat/remind/o1'][rel=external]");
        assert_eq!(link.is_some(), offered, "{reminder}");
        assert!(app.find("[data-action=calendar]").is_none(), "{reminder}");
        let promised = app.text().contains("WeChat will send you one reminder.");
        assert_eq!(promised, reminder == "on", "{reminder}: {}", app.text());
    }
}
