//! Pages that need neither sign-in nor API: here the API never replies.

use dika::api::Method;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, HtmlElement, HtmlInputElement};

use crate::{
    scripted_transport::ScriptedTransport,
    test_app::{TestApp, clear_storage, sleep},
};

/// Opens a page; requests get no reply.
fn at(path: &str) -> TestApp {
    clear_storage();
    TestApp::open(path, &ScriptedTransport::default())
}

fn count(app: &TestApp, css: &str) -> u32 {
    let main: HtmlElement = app.find("main").expect("a page").unchecked_into();
    let found = main.query_selector_all(css).expect("a selector");
    found.length()
}

fn text(app: &TestApp, css: &str) -> String {
    let found = app.find(css).and_then(|it| it.text_content());
    found.unwrap_or_default().trim().to_owned()
}

/// Waits until a condition holds.
async fn until(app: &TestApp, what: &str, holds: impl Fn(&TestApp) -> bool) {
    for _ in 0..500 {
        if holds(app) {
            return;
        }
        sleep(10).await;
    }
    panic!("{what} never came: {}", app.text());
}

async fn choose(app: &TestApp, name: &str, value: &str) {
    let css = format!("input[name='{name}'][value='{value}']");
    let input: HtmlElement = app.wait_for(&css).await.unchecked_into();
    input.click();
}

fn window() -> web_sys::Window {
    web_sys::window().expect("a window")
}

#[wasm_bindgen_test]
async fn password_helper_follows_both_rules_as_one_types() {
    let app = at("/guide/password");
    for (typed, gdut, hemc) in [
        ("412345X", "412345", "123450"),
        ("412345x", "412345", "123450"),
        ("4123456", "123456", "123456"),
    ] {
        app.type_into("id_tail", typed).await;
        until(&app, typed, |app| {
            text(app, "[data-password=gdut]") == gdut && text(app, "[data-password=hemc]") == hemc
        })
        .await;
    }
}

#[wasm_bindgen_test]
async fn password_helper_takes_an_answer_back_when_the_digits_change() {
    let app = at("/guide/password");
    app.type_into("id_tail", "412345X").await;
    let ready = |app: &TestApp| count(app, "[data-password][data-ready]") == 2;
    until(&app, "both passwords", ready).await;
    for typed in ["12345X", "X123456", "1234567890", ""] {
        app.type_into("id_tail", typed).await;
        until(&app, typed, |app| !ready(app)).await;
        assert!(!text(&app, "[data-password=gdut]").contains("12345"));
    }
    // A whole ID gives its last seven, never its first.
    app.type_into("id_tail", "440106200001014123").await;
    until(&app, "the last seven's", |app| {
        text(app, "[data-password=gdut]") == "014123" && ready(app)
    })
    .await;
    // What is longer than seven and no whole ID is told to be too long.
    app.type_into("id_tail", "44010620000101412").await;
    until(&app, "what is wrong", |app| {
        !text(app, "#f-id_tail-error").is_empty()
    })
    .await;
    assert!(!ready(&app));
}

#[wasm_bindgen_test]
async fn password_helper_forgets_when_the_page_is_left() {
    let app = at("/guide/password");
    app.type_into("id_tail", "412345X").await;
    until(&app, "a password", |app| {
        text(app, "[data-password=gdut]") == "412345"
    })
    .await;
    let left = Event::new("pagehide").expect("an event");
    window().dispatch_event(&left).expect("it is heard");
    until(&app, "an empty input", |app| {
        let input: HtmlInputElement = app
            .find("input[name=id_tail]")
            .expect("the input")
            .unchecked_into();
        input.value().is_empty() && count(app, "[data-password][data-ready]") == 0
    })
    .await;
}

#[wasm_bindgen_test]
async fn which_card_answers_by_campus_and_purpose() {
    let app = at("/guide/which-card");
    // Everything is there before anything is chosen.
    assert!(count(&app, "main .cells .cell") >= 12);
    for (campus, purpose, wanted) in [
        ("daxuecheng", "hot-water", "Utilities wallet"),
        ("daxuecheng", "library", "University Town card"),
        ("longdong", "library", "GDUT card"),
        ("panyu", "canteen", "Main wallet"),
    ] {
        choose(&app, "campus", campus).await;
        choose(&app, "purpose", purpose).await;
        until(&app, wanted, |app| {
            text(app, "[aria-live] dl.facts").contains(wanted)
        })
        .await;
    }
    // Only what a student of this campus can hold is offered.
    assert_eq!(count(&app, "main a[href='/bind/gdut']"), 1);
    assert_eq!(count(&app, "main a[href='/bind/hemc']"), 0);
}

#[wasm_bindgen_test]
async fn triage_ends_at_the_phone_of_this_card_at_this_campus() {
    let app = at("/where-is-my-money");
    choose(&app, "problem", "wrong-place").await;
    choose(&app, "card", "gdut").await;
    assert_eq!(count(&app, "[data-answer]"), 0, "the campus is still open");
    choose(&app, "campus", "longdong").await;
    until(&app, "the phone", |app| {
        count(
            app,
            "[data-answer='wrong-target'] a[href='tel:+862087083696']",
        ) == 1
    })
    .await;
    assert_eq!(count(&app, "[data-answer] a[href^='tel:']"), 1);

    // The other card: its own phones, no question where.
    choose(&app, "card", "hemc").await;
    until(&app, "the other card's phones", |app| {
        count(app, "[data-answer] a[href='tel:+862039340236']") == 1
            && count(app, "[data-answer] a[href='tel:+862039347848']") == 1
    })
    .await;
    assert_eq!(count(&app, "[data-answer] a[href='tel:+862039322361']"), 0);
    assert_eq!(count(&app, "input[name=campus]"), 0);
}

#[wasm_bindgen_test]
async fn triage_sends_hot_water_to_its_own_machines() {
    let app = at("/where-is-my-money");
    choose(&app, "problem", "not-on-card").await;
    choose(&app, "card", "hemc").await;
    choose(&app, "wallet", "utilities").await;
    until(&app, "where to collect", |app| {
        count(app, "[data-answer='collect-water']") == 1
    })
    .await;
    choose(&app, "wallet", "main").await;
    until(&app, "nothing to collect", |app| {
        count(app, "[data-answer='hemc-main']") == 1
    })
    .await;
}

#[wasm_bindgen_test]
async fn service_points_follow_the_address_and_the_address_the_choice() {
    let app = at("/service-points?campus=panyu&card=gdut");
    until(&app, "one point", |app| {
        count(app, "[data-service-point]") == 1 && count(app, "[data-service-point=panyu]") == 1
    })
    .await;
    choose(&app, "campus", "daxuecheng").await;
    until(&app, "two points with one phone each", |app| {
        count(app, "[data-service-point]") == 2
            && count(app, "[data-service-point] a[href^='tel:']") == 2
            && count(app, "a[href='tel:+862039322361']") == 1
    })
    .await;
    until(&app, "the address", |_| {
        window().location().search().as_deref() == Ok("?campus=daxuecheng&card=gdut")
    })
    .await;
    choose(&app, "card", "both").await;
    until(&app, "both phones", |app| {
        count(app, "[data-service-point] a[href^='tel:']") == 4
    })
    .await;
    app.type_into("q", "39347848").await;
    until(&app, "the western one", |app| {
        count(app, "[data-service-point]") == 1
            && count(app, "[data-service-point=daxuecheng-west]") == 1
    })
    .await;
    app.type_into("q", "zzzz").await;
    until(&app, "nothing", |app| {
        count(app, "[data-service-point]") == 0
    })
    .await;
    let clear: HtmlElement = app
        .find("[data-action=clear-filter]")
        .expect("a way back")
        .unchecked_into();
    clear.click();
    until(&app, "all five", |app| {
        count(app, "[data-service-point]") == 5
    })
    .await;
    // Also so that it is not written under the next test's feet.
    until(&app, "the bare address", |_| {
        window().location().search().as_deref() == Ok("")
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_the_school_wants_known_stands_above_the_service_points() {
    clear_storage();
    let script = ScriptedTransport::default();
    let mut directory: serde_json::Value =
        serde_json::from_str(dika_contract::Directory::SEED_JSON).expect("the guide");
    directory["notices"] = serde_json::json!([
        { "text": { "zh": "第二饭堂的圈存机停用。", "en": "Out of order." }, "issuers": ["gdut"] },
    ]);
    script.always(Method::Get, "/directory", directory);
    let app = TestApp::open("/service-points?card=gdut", &script);
    app.reads("Out of order.").await;
    choose(&app, "card", "hemc").await;
    until(&app, "no notice of the other card", |app| {
        !app.text().contains("Out of order.")
    })
    .await;
    choose(&app, "card", "both").await;
    until(&app, "the bare address", |_| {
        window().location().search().as_deref() == Ok("")
    })
    .await;
}

#[wasm_bindgen_test]
async fn chinese_in_english_is_marked_as_chinese() {
    let unmarked = js_sys::Function::new_no_args(
        "const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
        const found = [];
        while (walk.nextNode()) {
            const { data, parentElement } = walk.currentNode;
            if (/\\p{Script=Han}/u.test(data) && !parentElement.closest('[lang=zh-CN]')) found.push(data);
        }
        return found.join(' | ');",
    );
    let mut marked = 0;
    for path in [
        "/guide",
        "/guide/which-card",
        "/guide/new-student",
        "/guide/password",
        "/where-is-my-money",
        "/service-points",
        "/settings",
    ] {
        let app = at(path);
        app.wait_for("main h1").await;
        let found = unmarked
            .call0(&wasm_bindgen::JsValue::NULL)
            .expect("a list");
        assert_eq!(found.as_string().as_deref(), Some(""), "{path}");
        marked += count(&app, "[lang=zh-CN]");
    }
    assert!(marked > 30, "only {marked} are marked");
}

#[wasm_bindgen_test]
async fn a_language_is_chosen_first_and_then_applied() {
    let app = at("/settings");
    app.wait_for("input[name=language]").await;
    assert!(app.find("[data-action=apply-language]").is_none());
    choose(&app, "language", "zh-CN").await;
    app.wait_for("[data-action=apply-language]").await;
    choose(&app, "language", "en").await;
    app.wait_until_gone("[data-action=apply-language]").await;
}
