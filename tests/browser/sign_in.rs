//! Signing in where the server can send no codes.

use dika::api::Method;
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use crate::{
    scripted_transport::ScriptedTransport,
    test_app::{Agent, TestApp, clear_storage, sleep},
};

fn script(session: Value) -> ScriptedTransport {
    clear_storage();
    let script = ScriptedTransport::default();
    script.always(Method::Get, "/session", session);
    script
}

/// Whether the form can be seen.
fn has_form(app: &TestApp) -> bool {
    let input = app.find("input[name=phone]").expect("the form");
    let input: HtmlElement = input.unchecked_into();
    input.offset_width() > 0
}

#[wasm_bindgen_test]
async fn without_sms_the_page_says_what_there_is_instead_of_the_form() {
    let user = json!({ "id": "u1" });
    for (session, said) in [
        (
            json!({ "wechat": true, "sms": false }),
            "open this page in WeChat",
        ),
        (
            json!({ "wechat": false, "sms": false }),
            "You can't sign in right now",
        ),
        (
            json!({ "wechat": true, "sms": false, "user": user, "csrf_token": "t" }),
            "can't be verified right now",
        ),
    ] {
        let app = TestApp::open("/sign-in", &script(session));
        app.reads(said).await;
        assert!(!has_form(&app), "{said}");
        app.wait_for("main > a[data-action=service-points]").await;
        assert!(!app.text().contains("mobile number"), "{}", app.text());
    }
}

#[wasm_bindgen_test]
async fn without_sms_wechat_offers_itself_once_more_and_no_form() {
    let _wechat = Agent::wechat();
    let session = json!({ "wechat": true, "sms": false });
    let app = TestApp::open("/sign-in?by=phone", &script(session));
    app.wait_for("[data-action=sign-in-wechat]").await;
    assert!(!has_form(&app));
    let text = app.text();
    assert!(!text.contains("with your phone number"), "{text}");
    assert!(text.contains("service point"), "{text}");
}

#[wasm_bindgen_test]
async fn older_servers_and_those_with_sms_have_the_form() {
    for session in [json!({}), json!({ "sms": true, "wechat": true })] {
        let app = TestApp::open("/sign-in", &script(session));
        app.wait_for("input[name=phone]").await;
        sleep(100).await;
        assert!(has_form(&app));
        app.reads("mobile number").await;
    }
}

/// A student whose number was just proven inside a WeChat that has an account of its own.
fn asked() -> Value {
    json!({
        "user": { "id": "u1", "phone_masked": "138****1234", "other_account": {
            "cards": [{ "issuer": "gdut", "card_no_masked": "**** 5678", "holder": "Chen*" }],
            "orders": 3, "waiting_fen": 2_050,
        } },
        "csrf_token": "t", "sandbox": true, "wechat": true,
    })
}

fn answered() -> Value {
    json!({ "user": { "id": "u1", "phone_masked": "138****1234" }, "csrf_token": "t", "sandbox": true, "wechat": true })
}

#[wasm_bindgen_test]
async fn another_account_is_asked_about_with_what_would_move() {
    let script = script(asked());
    script.always(Method::Get, "/cards", json!([]));
    script.always(Method::Get, "/top-ups?open=true", json!({ "items": [] }));
    let app = TestApp::open("/", &script);
    app.wait_for("[data-other-account='1']").await;
    let text = app.text();
    for wanted in [
        "ending 5678",
        "Chen*",
        "Top-ups: 3",
        "20.50",
        "138****1234",
        "90 days",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in: {text}");
    }
    // A failure changes nothing, and says so.
    app.tap("join-accounts").await;
    let call = script.next(Method::Post, "/session/join").await;
    assert_eq!(call.body, Some(json!({ "same_person": true })));
    call.answer(503, &json!({ "code": "maintenance", "status": 503 }));
    app.wait_for("[data-other-account] [data-error=maintenance]")
        .await;
    // Yes: the cards are read again.
    let read = script.count(Method::Get, "/cards");
    app.tap("join-accounts").await;
    let call = script.next(Method::Post, "/session/join").await;
    script.always(Method::Get, "/session", answered());
    call.answer(200, &answered());
    app.wait_until_gone("[data-other-account]").await;
    for _ in 0..250 {
        if script.count(Method::Get, "/cards") > read {
            return;
        }
        sleep(20).await;
    }
    panic!("the cards are not read again");
}

#[wasm_bindgen_test]
async fn signing_in_leads_to_the_question_first() {
    let script = script(asked());
    script.always(Method::Get, "/cards", json!([]));
    script.always(Method::Get, "/top-ups?open=true", json!({ "items": [] }));
    let app = TestApp::open("/sign-in?to=%2Forders", &script);
    app.wait_for("[data-page=home] [data-other-account='1']")
        .await;
    app.tap("keep-accounts-apart").await;
    let call = script.next(Method::Post, "/session/join").await;
    assert_eq!(call.body, Some(json!({ "same_person": false })));
    script.always(Method::Get, "/session", answered());
    call.answer(200, &answered());
    app.wait_until_gone("[data-other-account]").await;
}
