//! What the pages' policy refuses, in a real engine.

use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{App, Options, journey, journey_with, wechat};

/// Notes what the engine refuses, and where.
const WATCH: &str = "window.refused = [];
    addEventListener('securitypolicyviolation', (event) => {
        window.refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });";

/// Tries to write HTML, and to load a script, as something that got into the page would.
const WRITES: &str = "const tries = {
        html: () => { document.createElement('div').innerHTML = '<b></b>'; },
        script: () => { document.createElement('script').src = '/sw.js'; },
        policy: () => trustedTypes.createPolicy('other', { createHTML: (it) => it }),
    };
    return Object.values(tries).map((attempt) => {
        try { attempt(); return 'done'; } catch (fault) { return fault.name; }
    });";

async fn nothing_was_refused(app: &App, path: &str) {
    let refused = app.ask("return window.refused", json!([])).await;
    assert_eq!(refused, json!([]), "{path}");
}

#[test]
fn the_app_s_own_pages_keep_to_the_policy_and_nothing_else_writes_into_them() {
    journey(async |app| {
        app.before_every_page(WATCH).await;
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        nothing_was_refused(app, "sign-in and bind").await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "10").await;
        let card = app.card(Issuer::Gdut).await.id;
        for (path, page) in [
            ("/".to_owned(), "home"),
            ("/bind".to_owned(), "bind-choose"),
            ("/bind/hemc".to_owned(), "bind"),
            (format!("/cards/{card}"), "card"),
            (format!("/cards/{card}/top-up/main"), "top-up"),
            ("/orders".to_owned(), "orders"),
            (format!("/orders/{order}"), "order"),
            ("/service-points".to_owned(), "service-points"),
            ("/guide".to_owned(), "guide"),
            ("/guide/password".to_owned(), "password-helper"),
            ("/where-is-my-money".to_owned(), "money-triage"),
            ("/settings".to_owned(), "settings"),
        ] {
            app.open_page(&path, page).await;
            app.shows("svg").await;
            nothing_was_refused(app, &path).await;
        }
        let told = app.ask(WRITES, json!([])).await;
        assert_eq!(told, json!(["TypeError", "TypeError", "TypeError"]));
        // The console tells of these three.
        drop(app.driver().browser_log().await);
    });
}

/// The bridge that WeChat puts into pages is not bound.
#[test]
fn in_wechat_the_bridge_may_write_as_it_likes() {
    let options = Options {
        user_agent: Some(wechat::ANDROID),
        ..Options::default()
    };
    journey_with(options, async |app| {
        app.before_every_page(WATCH).await;
        app.open_page("/guide", "guide").await;
        nothing_was_refused(app, "/guide").await;
        let told = app.ask(WRITES, json!([])).await;
        assert_eq!(told, json!(["done", "done", "done"]));
    });
}
