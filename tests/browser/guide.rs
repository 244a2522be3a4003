//! Pages that need neither sign-in nor API: here the API never answers.

use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, HtmlElement, HtmlInputElement};

use crate::{
    scripted::Scripted,
    stage::{Stage, forget_everything, pass},
};

/// A page, with calls to the API held for good.
fn at(path: &str) -> Stage {
    forget_everything();
    Stage::open(path, &Scripted::default())
}

fn count(stage: &Stage, css: &str) -> u32 {
    let main: HtmlElement = stage.find("main").expect("a page").unchecked_into();
    let found = main.query_selector_all(css).expect("a selector");
    found.length()
}

fn text(stage: &Stage, css: &str) -> String {
    let found = stage.find(css).and_then(|it| it.text_content());
    found.unwrap_or_default().trim().to_owned()
}

/// Waits until something holds.
async fn until(stage: &Stage, what: &str, holds: impl Fn(&Stage) -> bool) {
    for _ in 0..500 {
        if holds(stage) {
            return;
        }
        pass(10).await;
    }
    panic!("{what} never came: {}", stage.text());
}

async fn choose(stage: &Stage, name: &str, value: &str) {
    let css = format!("input[name='{name}'][value='{value}']");
    let input: HtmlElement = stage.shows(&css).await.unchecked_into();
    input.click();
}

fn window() -> web_sys::Window {
    web_sys::window().expect("a window")
}

#[wasm_bindgen_test]
async fn password_helper_follows_both_rules_as_one_types() {
    let stage = at("/guide/password");
    for (typed, gdut, hemc) in [
        ("412345X", "412345", "123450"),
        ("412345x", "412345", "123450"),
        ("4123456", "123456", "123456"),
    ] {
        stage.type_into("id_tail", typed).await;
        until(&stage, typed, |stage| {
            text(stage, "[data-password=gdut]") == gdut
                && text(stage, "[data-password=hemc]") == hemc
        })
        .await;
    }
}

#[wasm_bindgen_test]
async fn password_helper_takes_an_answer_back_when_the_digits_change() {
    let stage = at("/guide/password");
    stage.type_into("id_tail", "412345X").await;
    let ready = |stage: &Stage| count(stage, "[data-password][data-ready]") == 2;
    until(&stage, "both passwords", ready).await;
    for typed in ["12345X", "X123456", "1234567890", ""] {
        stage.type_into("id_tail", typed).await;
        until(&stage, typed, |stage| !ready(stage)).await;
        assert!(!text(&stage, "[data-password=gdut]").contains("12345"));
    }
    // A whole ID is told to be too long, never cut to its first seven.
    stage.type_into("id_tail", "440106200001014123").await;
    until(&stage, "what is wrong", |stage| {
        !text(stage, "#f-id_tail-error").is_empty()
    })
    .await;
    assert!(!ready(&stage));
}

#[wasm_bindgen_test]
async fn password_helper_forgets_when_the_page_is_left() {
    let stage = at("/guide/password");
    stage.type_into("id_tail", "412345X").await;
    until(&stage, "a password", |stage| {
        text(stage, "[data-password=gdut]") == "412345"
    })
    .await;
    let left = Event::new("pagehide").expect("an event");
    window().dispatch_event(&left).expect("it is heard");
    until(&stage, "an empty input", |stage| {
        let input: HtmlInputElement = stage
            .find("input[name=id_tail]")
            .expect("the input")
            .unchecked_into();
        input.value().is_empty() && count(stage, "[data-password][data-ready]") == 0
    })
    .await;
}

#[wasm_bindgen_test]
async fn which_card_answers_by_campus_and_purpose() {
    let stage = at("/guide/which-card");
    // Everything is there before anything is chosen.
    assert!(count(&stage, "main .cells .cell") >= 12);
    for (campus, purpose, wanted) in [
        ("daxuecheng", "hot-water", "Utilities wallet"),
        ("daxuecheng", "library", "University Town card"),
        ("longdong", "library", "GDUT card"),
        ("panyu", "canteen", "Main wallet"),
    ] {
        choose(&stage, "campus", campus).await;
        choose(&stage, "purpose", purpose).await;
        until(&stage, wanted, |stage| {
            text(stage, "[aria-live] dl.facts").contains(wanted)
        })
        .await;
    }
    // Only what a student of this campus can hold is offered.
    assert_eq!(count(&stage, "main a[href='/bind/gdut']"), 1);
    assert_eq!(count(&stage, "main a[href='/bind/hemc']"), 0);
}

#[wasm_bindgen_test]
async fn triage_ends_at_the_phone_of_this_card_at_this_campus() {
    let stage = at("/where-is-my-money");
    choose(&stage, "problem", "wrong-place").await;
    choose(&stage, "card", "gdut").await;
    assert_eq!(
        count(&stage, "[data-answer]"),
        0,
        "the campus is still open"
    );
    choose(&stage, "campus", "longdong").await;
    until(&stage, "the phone", |stage| {
        count(
            stage,
            "[data-answer='wrong-target'] a[href='tel:+862087083696']",
        ) == 1
    })
    .await;
    assert_eq!(count(&stage, "[data-answer] a[href^='tel:']"), 1);

    // The other card: its own phones, no question where.
    choose(&stage, "card", "hemc").await;
    until(&stage, "the other card's phones", |stage| {
        count(stage, "[data-answer] a[href='tel:+862039340236']") == 1
            && count(stage, "[data-answer] a[href='tel:+862039347848']") == 1
    })
    .await;
    assert_eq!(
        count(&stage, "[data-answer] a[href='tel:+862039322361']"),
        0
    );
    assert_eq!(count(&stage, "input[name=campus]"), 0);
}

#[wasm_bindgen_test]
async fn triage_sends_hot_water_to_its_own_machines() {
    let stage = at("/where-is-my-money");
    choose(&stage, "problem", "not-on-card").await;
    choose(&stage, "card", "hemc").await;
    choose(&stage, "wallet", "utilities").await;
    until(&stage, "where to collect", |stage| {
        count(stage, "[data-answer='collect-water']") == 1
    })
    .await;
    choose(&stage, "wallet", "main").await;
    until(&stage, "nothing to collect", |stage| {
        count(stage, "[data-answer='hemc-main']") == 1
    })
    .await;
}

#[wasm_bindgen_test]
async fn service_points_follow_the_address_and_the_address_the_choice() {
    let stage = at("/service-points?campus=panyu&card=gdut");
    until(&stage, "one point", |stage| {
        count(stage, "[data-service-point]") == 1 && count(stage, "[data-service-point=panyu]") == 1
    })
    .await;
    choose(&stage, "campus", "daxuecheng").await;
    until(&stage, "two points with one phone each", |stage| {
        count(stage, "[data-service-point]") == 2
            && count(stage, "[data-service-point] a[href^='tel:']") == 2
            && count(stage, "a[href='tel:+862039322361']") == 1
    })
    .await;
    until(&stage, "the address", |_| {
        window().location().search().as_deref() == Ok("?campus=daxuecheng&card=gdut")
    })
    .await;
    choose(&stage, "card", "both").await;
    until(&stage, "both phones", |stage| {
        count(stage, "[data-service-point] a[href^='tel:']") == 4
    })
    .await;
    stage.type_into("q", "39347848").await;
    until(&stage, "the western one", |stage| {
        count(stage, "[data-service-point]") == 1
            && count(stage, "[data-service-point=daxuecheng-west]") == 1
    })
    .await;
    stage.type_into("q", "zzzz").await;
    until(&stage, "nothing", |stage| {
        count(stage, "[data-service-point]") == 0
    })
    .await;
    let clear: HtmlElement = stage
        .find("[data-action=clear-filter]")
        .expect("a way back")
        .unchecked_into();
    clear.click();
    until(&stage, "all five", |stage| {
        count(stage, "[data-service-point]") == 5
    })
    .await;
    // Also so that it is not written under the next test's feet.
    until(&stage, "the bare address", |_| {
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
        let stage = at(path);
        stage.shows("main h1").await;
        let found = unmarked
            .call0(&wasm_bindgen::JsValue::NULL)
            .expect("a list");
        assert_eq!(found.as_string().as_deref(), Some(""), "{path}");
        marked += count(&stage, "[lang=zh-CN]");
    }
    assert!(marked > 30, "only {marked} are marked");
}

#[wasm_bindgen_test]
async fn a_language_is_chosen_first_and_then_applied() {
    let stage = at("/settings");
    stage.shows("input[name=language]").await;
    assert!(stage.find("[data-action=apply-language]").is_none());
    choose(&stage, "language", "zh-CN").await;
    stage.shows("[data-action=apply-language]").await;
    choose(&stage, "language", "en").await;
    stage.shows_no("[data-action=apply-language]").await;
}
