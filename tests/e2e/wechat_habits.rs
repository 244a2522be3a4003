use serde_json::json;

use crate::harness::{
    App,
    wechat::{ANDROID, IPHONE, wechat_journey},
};
use crate::wechat_pay::tap_pay;

async fn text_size(app: &App, wanted: &str) {
    app.wait(
        &format!("text at {wanted}"),
        "return document.documentElement.style.getPropertyValue('-webkit-text-size-adjust') === arguments[0]",
        json!([wanted]),
    )
    .await;
}

#[test]
fn wechat_s_text_size_is_followed_from_the_start_and_when_it_changes() {
    for agent in [ANDROID, IPHONE] {
        wechat_journey(agent, async |app, _| {
            app.before_every_page(
                "window.__wxWebEnv = { getEnv: () => JSON.stringify({ fontScale: 112 }) };",
            )
            .await;
            app.open_page("/guide", "guide").await;
            text_size(app, "112%").await;
            app.wait(
                "the page to listen",
                "return 'menu:setfont' in window.journeyEvents",
                json!([]),
            )
            .await;
            app.ask(
                "window.journeyEvents['menu:setfont']({ fontSize: '4', fontScale: '136' })",
                json!([]),
            )
            .await;
            text_size(app, "136%").await;
            // Android does it by itself once it is told to.
            let told = app.ask("return window.journeyTold.at(-1)", json!([])).await;
            assert_eq!(told, json!(["setFontSizeCallback", { "fontSize": "4" }]));
            // Nonsense changes nothing.
            app.ask(
                "window.journeyEvents['menu:setfont']({ fontScale: 'url(x)' })",
                json!([]),
            )
            .await;
            text_size(app, "136%").await;
        });
    }
}

#[test]
fn wechat_whose_bridge_can_do_nothing_is_not_waited_for() {
    wechat_journey(ANDROID, async |app, wechat| {
        app.before_every_page(
            "Object.defineProperty(window, 'WeixinJSBridge', { get() { return {}; }, set() {} });",
        )
        .await;
        let order = tap_pay(app, wechat).await;
        // Sooner than the three minutes that a student may take at the cashier.
        app.shows(&format!(
            "[data-order='{order}'] [data-action=continue-payment]:not([aria-busy=true])"
        ))
        .await;
    });
}

#[test]
fn wechat_that_answers_twice_is_heard_once() {
    wechat_journey(ANDROID, async |app, wechat| {
        let order = tap_pay(app, wechat).await;
        let wish = wechat.asked_to_pay(app).await;
        let result = wechat.decides(&wish, "ok").await;
        app.ask(
            "const { answer } = window.journeyCalls.pop();
             answer(arguments[0]); answer(arguments[0]);
             setTimeout(() => { answer(arguments[0]); window.answeredLate = true; }, 300);",
            json!([result]),
        )
        .await;
        app.order_is(&order, "paid", "waiting").await;
        app.wait("the late answer", "return window.answeredLate", json!([]))
            .await;
        assert_eq!(
            app.count("[data-rescue]").await,
            0,
            "an answer too many is a crash"
        );
    });
}

/// iOS zooms into a field whose letters are below 16 px on the screen, and then the button is out of sight.
#[test]
fn wechat_s_small_text_leaves_fields_large_enough() {
    for scale in ["80", "87.5", "94", "100", "112", "136"] {
        wechat_journey(IPHONE, async |app, _| {
            app.before_every_page(&format!(
                "window.__wxWebEnv = {{ getEnv: () => JSON.stringify({{ fontScale: '{scale}' }}) }};"
            ))
            .await;
            let mut seen = 0;
            for (path, page) in [
                ("/sign-in?by=phone", "sign-in"),
                ("/service-points", "service-points"),
                ("/guide/password", "password-helper"),
            ] {
                app.open_page(path, page).await;
                text_size(app, &format!("{scale}%")).await;
                // This engine tells sizes as they are shown: the text around grows and shrinks with the setting.
                let around =
                    "return parseFloat(getComputedStyle(document.body).fontSize) / 17 * 100";
                let around = app.ask(around, json!([])).await.as_f64().expect("a size");
                let wanted: f64 = scale.parse().expect("a number");
                assert!((around - wanted).abs() < 1.0, "{around} %, not {scale} %");
                let fields = app
                    .ask(
                        "return [...document.querySelectorAll('input:not([type=radio]):not([type=checkbox])')]
                            .map(it => [it.name, parseFloat(getComputedStyle(it).fontSize)])",
                        json!([]),
                    )
                    .await;
                for field in fields.as_array().expect("a list") {
                    seen += 1;
                    let size = field[1].as_f64().expect("a size");
                    assert!(size > 15.99, "{scale} %: {field} at {path}");
                    // And they grow with the rest.
                    assert!(
                        scale != "136" || size > 22.0,
                        "{scale} %: {field} at {path}"
                    );
                }
            }
            assert!(seen >= 4, "{seen} fields");
        });
    }
}
