//! What people type, paste and have filled in: one way to read it, in every field.

use dika::api::Method;
use dika_contract::Typed;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, HtmlElement, HtmlInputElement};

use crate::{
    replies::{card, signed_in},
    scripted_transport::ScriptedTransport,
    test_app::{TestApp, clear_storage, sleep},
};

/// Ways to write digits that all mean the same: full width, Arabic, bold; blanks, dashes and invisible
/// marks between.
fn ways(digits: &str) -> Vec<String> {
    let moved = |zero: u32| -> String {
        let digits = digits.chars().map(|digit| match digit.to_digit(10) {
            Some(value) => char::from_u32(zero + value).expect("a digit"),
            None => digit,
        });
        digits.collect()
    };
    let between = |mark: &str| -> String {
        let digits: Vec<String> = digits.chars().map(String::from).collect();
        digits.join(mark)
    };
    vec![
        moved(0xff10),
        moved(0x660),
        moved(0x1d7ce),
        between(" "),
        between("\u{a0}"),
        between("\u{3000}"),
        between("\u{2011}"),
        between("\u{ff0d}"),
        between("\u{200b}"),
        format!("\u{202d}{digits}\u{202c}"),
        format!("\u{feff} {digits}\t"),
        digits.to_owned(),
    ]
}

async fn input(app: &TestApp, name: &str) -> HtmlInputElement {
    let css = format!("input[name='{name}']");
    app.wait_for(&css).await.unchecked_into()
}

/// Fills a field as password managers do: no event tells of it.
async fn fill_silently(app: &TestApp, name: &str, text: &str) {
    // The app has the field by now.
    sleep(20).await;
    input(app, name).await.set_value(text);
}

fn signed_out() -> ScriptedTransport {
    clear_storage();
    let script = ScriptedTransport::default();
    script.always(Method::Get, "/session", json!({ "sandbox": true }));
    script
}

fn refusal(code: &str) -> Value {
    json!({ "code": code, "status": 422 })
}

/// With each character that Unicode has, folding in the browser and natively is the same. A character
/// that the browser is too old to know stays as it is.
#[wasm_bindgen_test]
fn the_browser_folds_as_the_server_does() {
    let browsers = |text: &str| String::from(js_sys::JsString::from(text).normalize("NFKC"));
    let crates = |text: &str| text.nfkc().collect::<String>();
    let mut compared = 0;
    let mut different = Vec::new();
    for letter in (0x80..=0x2_ffff_u32).filter_map(char::from_u32) {
        let text = letter.to_string();
        if browsers(&text) == text && crates(&text) == text {
            continue;
        }
        compared += 1;
        let (ours, servers) = (Typed::with(&text, browsers), Typed::with(&text, crates));
        if ours.folded() != servers.folded() && browsers(&text) != text {
            different.push(format!(
                "{:x}: {} {}",
                u32::from(letter),
                ours.folded(),
                servers.folded()
            ));
        }
    }
    assert!(compared > 4_000, "only {compared} were compared");
    assert!(different.is_empty(), "{different:?}");
}

#[wasm_bindgen_test]
async fn phone_and_code_are_read_in_every_form() {
    let codes = ways("123456").into_iter().chain([
        "验证码：123456，5分钟内有效".to_owned(),
        "123456123456".to_owned(),
        "Your code is 123 456.".to_owned(),
    ]);
    let phones = ways("13800001234").into_iter().chain([
        "+86 138 0000 1234".to_owned(),
        "(+86)138-0000-1234".to_owned(),
        "008613800001234".to_owned(),
    ]);
    for (phone, code) in phones.zip(codes) {
        let script = signed_out();
        let app = TestApp::open("/sign-in", &script);
        app.type_into("phone", &phone).await;
        app.type_into("code", &code).await;
        app.tap("sign-in").await;
        let call = script.next(Method::Post, "/session").await;
        let body = call.body.clone().expect("a body");
        assert_eq!(
            body,
            json!({ "phone": "13800001234", "code": "123456" }),
            "{phone:?} {code:?}"
        );
        call.answer(422, &refusal("code_wrong"));
    }
}

#[wasm_bindgen_test]
async fn a_foreign_number_is_told_what_is_needed_and_whom_to_ask() {
    for phone in ["+852 9123 4567", "0044 7700 900123", "＋1 415 555 0100"] {
        let script = signed_out();
        let app = TestApp::open("/sign-in", &script);
        app.type_into("phone", phone).await;
        app.tap("send-code").await;
        app.wait_for("input[name=phone][aria-invalid=true]").await;
        app.wait_for("main a[data-action=service-points]").await;
        assert_eq!(script.count(Method::Post, "/session/code"), 0);
    }
}

#[wasm_bindgen_test]
async fn the_countdown_is_the_number_s_and_the_page_says_where_the_code_went() {
    let script = signed_out();
    let app = TestApp::open("/sign-in", &script);
    app.type_into("phone", "13800000001").await;
    app.tap("send-code").await;
    let call = script.next(Method::Post, "/session/code").await;
    call.answer(202, &json!({ "resend_after_s": 60, "expires_in_s": 300 }));
    app.wait_for("[data-action=send-code][aria-disabled=true]")
        .await;
    app.reads("138****0001").await;

    // Corrected: a code can be asked for at once.
    app.type_into("phone", "13800000002").await;
    app.wait_for("[data-action=send-code]:not([aria-disabled=true])")
        .await;
    // The old code under the new number says so, and costs no try.
    app.type_into("code", "123456").await;
    app.tap("sign-in").await;
    app.wait_for("input[name=code][aria-invalid=true]").await;
    assert_eq!(script.count(Method::Post, "/session"), 0);
    assert!(app.text().contains("138****0001"), "{}", app.text());

    // A reload brings the corrected number back, and not the wrong one's countdown.
    drop(app);
    let app = TestApp::open("/sign-in", &script);
    sleep(100).await;
    assert_eq!(input(&app, "phone").await.value(), "13800000002");
    app.wait_for("[data-action=send-code]:not([aria-disabled=true])")
        .await;
    // And the first number waits as it did.
    app.type_into("phone", "13800000001").await;
    app.wait_for("[data-action=send-code][aria-disabled=true]")
        .await;
}

#[wasm_bindgen_test]
async fn account_card_number_and_password_are_read_in_every_form() {
    let (accounts, cards) = (ways("3124000101"), ways("80240101"));
    for (issuer, name, numbers, plain) in [
        ("gdut", "account", accounts, "3124000101"),
        ("hemc", "card_no", cards, "80240101"),
    ] {
        for (number, password) in numbers.into_iter().zip(ways("803417")) {
            clear_storage();
            let script = signed_in();
            let app = TestApp::open(&format!("/bind/{issuer}"), &script);
            app.type_into(name, &number).await;
            app.type_into("password", &password).await;
            app.tap("bind").await;
            let call = script.next(Method::Post, "/bindings").await;
            let body = call.body.clone().expect("a body");
            assert_eq!(body[name], plain, "{number:?}");
            assert_eq!(body["password"], "803417", "{password:?}");
            call.answer(422, &refusal("wrong_account_or_password"));
        }
    }
}

#[wasm_bindgen_test]
async fn a_password_with_letters_stays_as_it_is() {
    for (typed, sent) in [
        ("Ab-1２", None),
        ("\u{200b}Ab-1\u{feff}", Some("Ab-1")),
        ("pass word1", None),
        ("p-4!", Some("p-4!")),
    ] {
        clear_storage();
        let script = signed_in();
        let app = TestApp::open("/bind/gdut", &script);
        app.type_into("account", "3124000101").await;
        app.type_into("password", typed).await;
        app.tap("bind").await;
        match sent {
            Some(sent) => {
                let call = script.next(Method::Post, "/bindings").await;
                assert_eq!(call.body.clone().expect("a body")["password"], sent);
                call.answer(422, &refusal("wrong_account_or_password"));
            }
            None => {
                app.wait_for("input[name=password][aria-invalid=true]")
                    .await;
                assert_eq!(script.count(Method::Post, "/bindings"), 0);
            }
        }
    }
}

#[wasm_bindgen_test]
async fn the_other_card_s_number_is_noticed_before_a_try_is_spent() {
    for (issuer, name, number, other) in [
        ("hemc", "card_no", "3124000101", "/bind/gdut"),
        ("hemc", "card_no", "２１１９ ００５ ０１２", "/bind/gdut"),
        ("gdut", "account", "8024 0101", "/bind/hemc"),
    ] {
        clear_storage();
        let script = signed_in();
        let app = TestApp::open(&format!("/bind/{issuer}"), &script);
        app.type_into(name, number).await;
        app.type_into("password", "803417").await;
        app.tap("bind").await;
        app.wait_for(&format!("a[data-action=other-form][href='{other}']"))
            .await;
        assert_eq!(script.count(Method::Post, "/bindings"), 0, "{number}");
        // It is meant: once more sends it.
        app.tap("bind").await;
        let call = script.next(Method::Post, "/bindings").await;
        call.answer(422, &refusal("wrong_account_or_password"));
    }
    // Letters are in no University Town card's number.
    clear_storage();
    let script = signed_in();
    let app = TestApp::open("/bind/hemc", &script);
    app.type_into("card_no", "G31240001").await;
    app.type_into("password", "803417").await;
    app.tap("bind").await;
    app.wait_for("a[data-action=other-form]").await;
    app.wait_for("input[name=card_no][aria-invalid=true]").await;
    assert_eq!(script.count(Method::Post, "/bindings"), 0);
}

#[wasm_bindgen_test]
async fn the_two_bind_forms_are_kept_apart_by_password_managers() {
    let mut seen = Vec::new();
    for (issuer, name) in [("gdut", "account"), ("hemc", "card_no")] {
        clear_storage();
        let script = signed_in();
        let app = TestApp::open(&format!("/bind/{issuer}"), &script);
        for field in [name, "password"] {
            let input = input(&app, field).await;
            seen.push(input.get_attribute("autocomplete").expect("said"));
            assert!(
                input.get_attribute("maxlength").is_none(),
                "a paste is not cut"
            );
        }
        app.wait_for(&format!("form[name={issuer}]")).await;
    }
    let wanted = [
        "section-gdut username",
        "section-gdut current-password",
        "section-hemc username",
        "section-hemc current-password",
    ];
    assert_eq!(seen, wanted);
}

#[wasm_bindgen_test]
async fn what_stands_in_the_field_is_what_is_sent() {
    let script = signed_out();
    let app = TestApp::open("/sign-in", &script);
    app.type_into("phone", "13800000009").await;
    app.type_into("code", "111111").await;
    fill_silently(&app, "phone", "+86 138 0000 0001").await;
    fill_silently(&app, "code", "222 222").await;
    app.tap("sign-in").await;
    let call = script.next(Method::Post, "/session").await;
    assert_eq!(
        call.body.clone().expect("a body"),
        json!({ "phone": "13800000001", "code": "222222" })
    );
    call.answer(422, &refusal("code_wrong"));
    fill_silently(&app, "phone", "13800000002").await;
    app.tap("send-code").await;
    let call = script.next(Method::Post, "/session/code").await;
    assert_eq!(call.body.clone().expect("a body")["phone"], "13800000002");
    call.answer(422, &refusal("rate_limited"));

    for (issuer, name, number) in [
        ("gdut", "account", "3124000202"),
        ("hemc", "card_no", "80240202"),
    ] {
        clear_storage();
        let script = signed_in();
        let app = TestApp::open(&format!("/bind/{issuer}"), &script);
        // An old try stands there; a manager puts the right values in its place.
        app.type_into(name, "1111").await;
        app.type_into("password", "111111").await;
        fill_silently(&app, name, number).await;
        fill_silently(&app, "password", "222222").await;
        app.tap("bind").await;
        let call = script.next(Method::Post, "/bindings").await;
        let body = call.body.clone().expect("a body");
        assert_eq!(
            (&body[name], &body["password"]),
            (&json!(number), &json!("222222"))
        );
        call.answer(422, &refusal("wrong_account_or_password"));
    }

    let script = top_up_script();
    let app = TestApp::open(TOP_UP, &script);
    app.type_into("amount", "20").await;
    fill_silently(&app, "amount", "30元").await;
    app.tap("review").await;
    app.tap("pay").await;
    let call = script.next(Method::Post, "/top-ups").await;
    assert_eq!(call.body.clone().expect("a body")["amount_fen"], 3_000);
}

const TOP_UP: &str = "/cards/c1/top-up/utilities";

fn top_up_script() -> ScriptedTransport {
    clear_storage();
    let script = signed_in();
    script.always(Method::Get, "/cards/c1", card("c1", "active"));
    script
}

#[wasm_bindgen_test]
async fn amounts_are_read_and_doubtful_ones_asked_about() {
    let script = top_up_script();
    let app = TestApp::open(TOP_UP, &script);
    for (typed, said) in [
        ("20,5", "205.00"),
        ("1,00", "100.00"),
        ("二十", "figures"),
        ("20块5", "figures"),
        ("2 0", "more than one amount"),
        ("10²", "Digits only"),
    ] {
        app.type_into("amount", typed).await;
        app.tap("review").await;
        app.wait_for("input[name=amount][aria-invalid=true]").await;
        app.reads(said).await;
        assert!(app.find("[data-action=pay]").is_none(), "{typed}");
    }
    for (typed, shown) in [
        ("20元", "20.00"),
        ("￥２１", "21.00"),
        ("22块", "22.00"),
        ("+23", "23.00"),
        ("24.", "24.00"),
        ("٢٥", "25.00"),
        ("\u{202d}26\u{202c}\n", "26.00"),
        ("¥ 27.50 元", "27.50"),
    ] {
        app.type_into("amount", typed).await;
        app.tap("review").await;
        app.wait_for("[data-action=pay]").await;
        assert!(app.text().contains(shown), "{typed}: {}", app.text());
        app.tap("edit").await;
        app.wait_for("input[name=amount]").await;
    }
}

/// One key, as the browser tells of it.
async fn key(app: &TestApp, name: &str, key: &str) {
    let input = input(app, name).await;
    input.set_value(&(input.value() + key));
    let make = js_sys::Function::new_with_args(
        "data",
        "return new InputEvent('input', { data, inputType: 'insertText', bubbles: true })",
    );
    let event = make.call1(&wasm_bindgen::JsValue::NULL, &key.into());
    let event: Event = event.expect("an event").unchecked_into();
    input.dispatch_event(&event).expect("it takes events");
    sleep(20).await;
}

#[wasm_bindgen_test]
async fn a_chosen_preset_is_replaced_by_what_is_typed() {
    let script = top_up_script();
    let app = TestApp::open(TOP_UP, &script);
    let preset = |value: &str| format!("input[name=preset][value='{value}']");
    for chosen in ["50", "100", "50"] {
        let choice: HtmlElement = app.wait_for(&preset(chosen)).await.unchecked_into();
        choice.click();
        sleep(50).await;
        assert_eq!(input(&app, "amount").await.value(), chosen);
        key(&app, "amount", "5").await;
        assert_eq!(input(&app, "amount").await.value(), "5", "after {chosen}");
        // What was typed grows as usual, also where it is a preset's amount on the way.
        key(&app, "amount", "0").await;
        key(&app, "amount", "5").await;
        assert_eq!(input(&app, "amount").await.value(), "505");
    }
    // What a reload brings back was not typed here either.
    app.type_into("amount", "50").await;
    sleep(50).await;
    drop(app);
    let app = TestApp::open(TOP_UP, &script);
    app.wait_for("input[name=amount]").await;
    sleep(100).await;
    assert_eq!(input(&app, "amount").await.value(), "50");
    key(&app, "amount", "7").await;
    assert_eq!(input(&app, "amount").await.value(), "7");
}

#[wasm_bindgen_test]
async fn the_end_of_an_id_is_read_in_every_form_and_letters_are_questioned() {
    clear_storage();
    let script = ScriptedTransport::default();
    let app = TestApp::open("/guide/password", &script);
    let ready = "[data-password=gdut][data-ready=true]";
    let others = [
        "412345Ⅹ",
        "412345ⅹ",
        "412345×",
        "412345Х",
        "412345✕",
        "4 12345 X",
        "４１２３４５ｘ",
        "44010620060412345X",
        "身份证：4401 0620 0604 1234 5X",
    ];
    for typed in others {
        app.type_into("id_tail", typed).await;
        let found = app.wait_for(ready).await;
        assert_eq!(
            found.text_content().unwrap_or_default().trim(),
            "412345",
            "{typed}"
        );
        app.type_into("id_tail", "").await;
        app.wait_until_gone(ready).await;
    }
    for (typed, said) in [
        ("412345O", "digit 0"),
        ("4123l5X", "digit 1"),
        ("４１２３４５Ｂ", "digit 8"),
        ("412345Y", "letter Y"),
    ] {
        app.type_into("id_tail", typed).await;
        app.wait_for("input[name=id_tail][aria-invalid=true]").await;
        app.reads(said).await;
        assert!(app.find(ready).is_none(), "{typed}");
    }
}

#[wasm_bindgen_test]
async fn search_takes_numbers_in_every_form() {
    clear_storage();
    let script = ScriptedTransport::default();
    let app = TestApp::open("/service-points", &script);
    app.wait_for("[data-service-point=panyu]").await;
    for typed in ways("02022629122")
        .into_iter()
        .chain(["+86 20 2262 9122".to_owned(), "番禺".to_owned()])
    {
        app.type_into("q", "zzzz").await;
        app.wait_until_gone("[data-service-point]").await;
        app.type_into("q", &typed).await;
        app.wait_for("[data-service-point=panyu]").await;
    }
}

fn hidden() -> ScriptedTransport {
    clear_storage();
    let script = signed_in();
    let session = json!({
        "user": { "id": "u1", "phone_masked": "138****1234", "hidden_cards": ["gdut", "hemc"] },
        "csrf_token": "t", "sandbox": true,
    });
    script.always(Method::Get, "/session", session);
    script.always(Method::Get, "/cards", json!([]));
    script
}

#[wasm_bindgen_test]
async fn hidden_cards_are_shown_again_or_parted_with() {
    let script = hidden();
    let app = TestApp::open("/", &script);
    app.wait_for("a[data-action=reverify-gdut][href='/bind/gdut']")
        .await;
    app.wait_for("a[data-action=reverify-hemc][href='/bind/hemc']")
        .await;
    // Nothing says that there is no card.
    sleep(50).await;
    assert!(
        app.find("[data-action=bind-card]").is_none(),
        "{}",
        app.text()
    );
    // Parting is asked about first.
    app.tap("start-clean").await;
    app.tap("start-clean-cancel").await;
    app.tap("start-clean").await;
    app.tap("start-clean-confirm").await;
    let call = script.next(Method::Post, "/session/start-clean").await;
    let clean = json!({ "user": { "id": "u2", "phone_masked": "138****1234" }, "csrf_token": "t", "sandbox": true });
    script.always(Method::Get, "/session", clean.clone());
    call.answer(200, &clean);
    app.wait_until_gone("[data-hidden-cards]").await;
    app.wait_for("[data-action=bind-card]").await;
}

#[wasm_bindgen_test]
async fn a_failed_parting_says_so_and_parts_with_nothing() {
    let script = hidden();
    let app = TestApp::open("/bind/gdut", &script);
    app.tap("start-clean").await;
    app.tap("start-clean-confirm").await;
    let call = script.next(Method::Post, "/session/start-clean").await;
    call.answer(503, &json!({ "code": "maintenance", "status": 503 }));
    app.wait_for("[data-error=maintenance]").await;
    app.wait_for("[data-hidden-cards='2']").await;
}
