use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{
    App,
    wechat::{ANDROID, IPHONE, WINDOWS, wechat_journey},
};

/// The tab of the orders, which only a signed-in student sees.
const ORDERS_TAB: &str = "nav a[href='/orders']";

async fn is_signed_in(app: &App) -> bool {
    !app.api("/session").await["user"].is_null()
}

/// The browser forgets its session, and nothing else. Not before the page knows that it had one.
async fn forget_session(app: &App) {
    app.wait(
        "the page to know who is here",
        "return !sessionStorage.getItem('dika.wechat')",
        json!([]),
    )
    .await;
    let forgot = app.driver().delete_cookie("dika_session").await;
    forgot.expect("the browser forgets who it was");
}

#[test]
fn wechat_signs_in_by_itself_and_back_is_no_circle() {
    for agent in [ANDROID, IPHONE, WINDOWS] {
        wechat_journey(agent, async |app, _| {
            app.open_page("/guide", "guide").await;
            assert!(
                !is_signed_in(app).await,
                "the guide asks nobody who they are"
            );
            app.tap(ORDERS_TAB).await;
            app.page("orders").await;
            let here = app.driver().current_url().await.expect("an address");
            let clean = format!("{}/orders", app.base());
            assert_eq!(here.as_str(), clean, "a clean address");
            assert!(is_signed_in(app).await);
            // A fresh page knows where the app was entered: WeChat on iOS checks signatures by it.
            let entered = app.ask("return window.dikaEntry", json!([])).await;
            assert_eq!(entered, clean);
            app.back().await;
            app.page("guide").await;
        });
    }
}

#[test]
fn wechat_signs_in_again_when_the_session_has_ended() {
    wechat_journey(ANDROID, async |app, _| {
        app.open_page("/bind/gdut?from=poster", "bind").await;
        assert_eq!(app.path().await, "/bind/gdut?from=poster");
        forget_session(app).await;
        app.tap(ORDERS_TAB).await;
        app.page("orders").await;
        assert!(is_signed_in(app).await);
    });
}

#[test]
fn wechat_that_says_nobody_leaves_the_phone_and_another_try() {
    wechat_journey(ANDROID, async |app, wechat| {
        let me = app.sandbox.ordinary().await;
        wechat
            .fails(
                json!({ "call": "swap_code", "fault": { "kind": "err_code", "errcode": 40029 } }),
            )
            .await;
        app.goto("/orders").await;
        app.page("sign-in").await;
        app.shows("[data-action=sign-in-wechat]").await;
        app.shows("input[name=phone]").await;
        // Also not by itself on the next page that asks who is here.
        app.goto("/orders").await;
        app.page("sign-in").await;
        app.shows("[data-action=sign-in-wechat]").await;
        wechat.works_again().await;
        app.click("sign-in-wechat").await;
        app.page("orders").await;
        assert_eq!(app.path().await, "/orders");

        // The phone does as well.
        forget_session(app).await;
        app.goto("/sign-in?to=%2Forders&by=phone").await;
        app.sign_in(&me).await;
        app.page("orders").await;
    });
}

#[test]
fn wechat_in_a_browser_that_forgets_goes_in_no_circle() {
    wechat_journey(ANDROID, async |app, _| {
        // Whatever is done, the next page is nobody's.
        app.before_every_page(
            "const real = window.fetch;
            window.fetch = (what, how) => String(what.url ?? what).endsWith('/api/v1/session')
                ? Promise.resolve(new Response('{\"wechat\":true,\"sandbox\":true}', {
                    headers: { 'content-type': 'application/json' } }))
                : real(what, how);",
        )
        .await;
        app.goto("/orders").await;
        app.page("sign-in").await;
        app.shows("[data-action=sign-in-wechat]").await;
        app.shows("input[name=phone]").await;
    });
}

#[test]
fn wechat_asks_for_a_phone_once_for_the_university_town_card() {
    wechat_journey(ANDROID, async |app, _| {
        let me = app.sandbox.ordinary().await;
        app.open_page("/bind", "bind-choose").await;
        app.click("choose-hemc").await;
        // Signed in by WeChat, then asked for the number, then back at the form.
        app.page("sign-in").await;
        app.reads("再验证一次手机号").await;
        assert!(is_signed_in(app).await);
        app.sign_in(&me).await;
        app.page("bind").await;
        assert_eq!(app.path().await, "/bind/hemc");
        app.bind(&me, Issuer::Hemc).await;
        assert_eq!(app.cards().await.len(), 1);
        // Once.
        app.open_page("/bind/hemc", "bind").await;
    });
}

#[test]
fn wechat_snapshot_users_look_and_do_not_bind() {
    wechat_journey(ANDROID, async |app, wechat| {
        let me = app.sandbox.ordinary().await;
        wechat.behaves(json!({ "user": 2 })).await;
        app.open_page("/orders", "orders").await;
        app.ask_to_bind(&me, Issuer::Gdut).await;
        app.shows("[data-error=snapshot_user]").await;
        assert_eq!(app.cards().await.len(), 0);
    });
}

#[test]
fn wechat_is_asked_before_a_phone_s_session_pays_inside_it() {
    wechat_journey(ANDROID, async |app, wechat| {
        let me = app.sandbox.ordinary().await;
        app.goto("/sign-in?by=phone").await;
        app.sign_in(&me).await;
        app.bind(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        let top_up = app.path().await;
        app.review("20").await;
        app.click("pay").await;
        // WeChat has to say who pays; nothing was ordered, and the amount is still there.
        app.wait(
            "the page to have left",
            "return performance.getEntriesByType('navigation')[0].name.includes('step=review')",
            json!([]),
        )
        .await;
        app.page("top-up").await;
        assert_eq!(wechat.calls("swap_code").await, 1);
        assert_eq!(app.path().await, [&top_up, "?step=review"].concat());
        assert_eq!(app.orders().await.len(), 0);
        app.click("pay").await;
        app.page("order").await;
        let order = app.orders().await.remove(0).id;
        wechat.pays(app, "ok").await;
        app.order_is(order.as_str(), "paid", "waiting").await;
    });
}

#[test]
fn wechat_forged_and_repeated_callbacks_sign_in_nobody_else() {
    wechat_journey(ANDROID, async |app, wechat| {
        // A state that this browser did not begin.
        app.goto("/wechat/callback?code=abc&state=0123456789abcdef0123456789abcdef")
            .await;
        app.page("sign-in").await;
        assert!(!is_signed_in(app).await);

        // One that another browser began, with a good code: the attacker's own.
        let begun = wechat
            .leads_to(&format!(
                "{}/wechat/authorize?return_to=/orders",
                app.base()
            ))
            .await;
        let strange = wechat.leads_to(&begun).await;
        let went = app.driver().goto(&strange).await;
        went.expect("the address opens");
        app.page("sign-in").await;
        assert!(!is_signed_in(app).await);

        // This browser's own, repeated: harmless. And its code, replayed in another sign-in: refused.
        wechat.behaves(json!({ "choose_user": true })).await;
        let choice = "return document.querySelector('[data-action=sim-sign-in]')?.href ?? null";
        app.goto("/wechat/authorize?return_to=/orders").await;
        let chosen = app.wait("WeChat's page", choice, json!([])).await;
        let mine = wechat.leads_to(chosen.as_str().expect("a link")).await;
        for _ in 0..2 {
            app.driver().goto(&mine).await.expect("the callback opens");
            app.page("orders").await;
            assert!(is_signed_in(app).await);
        }
        forget_session(app).await;
        app.goto("/wechat/authorize?return_to=/orders").await;
        let chosen = app.wait("WeChat's page", choice, json!([])).await;
        let other = wechat.leads_to(chosen.as_str().expect("a link")).await;
        let part = |url: &str, name: &str| {
            let query = url.split_once('?').expect("a query").1.to_owned();
            let value = query
                .split('&')
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            value.expect("the parameter").to_owned()
        };
        app.goto(&format!(
            "/wechat/callback?code={}&state={}",
            part(&mine, "code"),
            part(&other, "state")
        ))
        .await;
        app.page("sign-in").await;
        assert!(!is_signed_in(app).await);
    });
}

#[test]
fn wechat_leads_back_to_own_pages_only() {
    wechat_journey(ANDROID, async |app, _| {
        for foreign in [
            "https%3A%2F%2Fexample.org%2F",
            "%2F%2Fexample.org%2F",
            "%2F%5Cexample.org",
            "javascript%3Aalert(1)",
        ] {
            app.goto(&format!("/wechat/authorize?return_to={foreign}"))
                .await;
            app.page("home").await;
            let here = app.driver().current_url().await.expect("an address");
            assert!(here.as_str().starts_with(app.base()), "left for {here}");
            forget_session(app).await;
            // The sign-in page takes no other either.
            app.goto(&format!("/sign-in?to={foreign}")).await;
            app.page("home").await;
            let here = app.driver().current_url().await.expect("an address");
            assert!(here.as_str().starts_with(app.base()), "left for {here}");
            forget_session(app).await;
        }
    });
}

/// Proves a person's number on the sign-in page, inside a WeChat that has an account of its own.
async fn prove_number(app: &App, person: &crate::harness::Person) {
    app.goto("/sign-in?to=%2Forders&by=phone").await;
    app.page("sign-in").await;
    app.type_into("phone", &person.phone).await;
    let before = app.sandbox.last_sms(&person.phone).await;
    app.click("send-code").await;
    let code = app.sandbox.sms(&person.phone, before.as_deref()).await;
    app.type_into("code", &code).await;
    app.click("sign-in").await;
}

#[test]
fn wechat_account_of_somebody_perhaps_else_is_asked_about_before_anything_moves() {
    wechat_journey(ANDROID, async |app, wechat| {
        let me = app.sandbox.ordinary().await;
        wechat.sign_in(app, "/", "home").await;
        app.bind(&me, Issuer::Gdut).await;
        let number = app.card(Issuer::Gdut).await.card_no_masked;
        prove_number(app, &me).await;
        // The home page comes first, and names what would move.
        app.page("home").await;
        app.shows("[data-other-account='1']").await;
        let ending = number.trim_start_matches(['*', ' ']).to_owned();
        app.reads(&ending).await;
        assert_eq!(app.cards().await.len(), 0, "nothing moved");
        // A reload keeps the question.
        app.reload().await;
        app.page("home").await;
        app.shows("[data-other-account='1']").await;
        app.click("keep-accounts-apart").await;
        app.shows_no("[data-other-account]").await;
        assert_eq!(app.cards().await.len(), 0, "nothing moved");

        // This WeChat still opens what it has; this time they are one person's.
        forget_session(app).await;
        wechat.sign_in(app, "/", "home").await;
        assert_eq!(app.cards().await.len(), 1);
        // Another code is sent after a minute.
        app.sandbox.advance(61).await;
        prove_number(app, &me).await;
        app.shows("[data-other-account='1']").await;
        app.click("join-accounts").await;
        app.shows_no("[data-other-account]").await;
        app.shows("[data-card]").await;
        assert_eq!(app.cards().await.len(), 1);
        forget_session(app).await;
        wechat.sign_in(app, "/", "home").await;
        let session = app.api("/session").await;
        assert!(session["user"]["phone_masked"].is_string(), "{session}");
    });
}
