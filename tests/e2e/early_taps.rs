use serde_json::json;
use thirtyfour::By;

use crate::harness::journey;

#[test]
fn early_typing_is_kept() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.goto("/sign-in").await;
        // At once, without waiting for anything but the page itself.
        let phone = app.driver().find(By::Css("input[name=phone]")).await;
        let phone = phone.expect("the input is in the ready-made page");
        phone.send_keys(&me.phone).await.expect("it takes text");
        app.click("send-code").await;
        let code = app.sandbox.sms(&me.phone, None).await;
        app.type_into("code", &code).await;
        app.click("sign-in").await;
        app.shows_no("main[data-page=sign-in]").await;
    });
}

/// The same with the WebAssembly held back until everything is typed and tapped.
#[test]
fn early_typing_and_tapping_before_the_app_woke_are_kept() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.before_every_page(
            "window.let_go = new Promise(go => window.release = go);
            const real = WebAssembly.instantiateStreaming, plain = WebAssembly.instantiate;
            const late = f => async (...all) => {
                await window.let_go;
                return f.apply(WebAssembly, all);
            };
            WebAssembly.instantiateStreaming = late(real);
            WebAssembly.instantiate = late(plain);",
        )
        .await;
        app.goto("/sign-in").await;
        let awake = "return document.documentElement.dataset.ready === 'true'";
        let phone = app.driver().find(By::Css("input[name=phone]")).await;
        let phone = phone.expect("the input is in the ready-made page");
        phone.send_keys(&me.phone).await.expect("it takes text");
        let tap = app.driver().find(By::Css("[data-action=send-code]")).await;
        let tap = tap.expect("the button is in the ready-made page");
        tap.click().await.expect("it can be tapped");
        assert_eq!(
            app.ask(awake, json!([])).await,
            false,
            "too late to be early"
        );
        app.ask("window.release()", json!([])).await;
        app.awake().await;
        assert_eq!(app.value("phone").await, me.phone, "the number was lost");
        // The tap is done once the app is awake, or can be repeated; either way it works.
        let sent = app
            .ask(
                "return document.querySelector('[data-action=send-code]')?.getAttribute('aria-disabled')",
                json!([]),
            )
            .await;
        if sent != "true" {
            app.click("send-code").await;
        }
        let code = app.sandbox.sms(&me.phone, None).await;
        app.type_into("code", &code).await;
        app.click("sign-in").await;
        app.shows_no("main[data-page=sign-in]").await;
    });
}

#[test]
fn early_links_work_before_the_app_woke() {
    journey(async |app| {
        app.goto("/guide").await;
        app.tap("a[href='/service-points']").await;
        app.page("service-points").await;
        assert_eq!(app.count("[data-service-point]").await, 5);
    });
}
