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
