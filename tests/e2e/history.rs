use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{App, journey};

async fn depth(app: &App) -> u64 {
    let depth = app.ask("return history.length", json!([])).await;
    depth.as_u64().expect("a number")
}

/// WeChat on iOS shows a bar of its own as soon as there is somewhere to go back to: going from tab to tab
/// gives it no reason.
#[test]
fn history_does_not_grow_from_tab_to_tab() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_page("/", "home").await;
        let before = depth(app).await;
        for (path, page) in [
            ("/orders", "orders"),
            ("/guide", "guide"),
            ("/service-points", "service-points"),
            ("/", "home"),
            ("/guide", "guide"),
        ] {
            app.tap(&format!("nav a[href='{path}']")).await;
            app.page(page).await;
            app.wait(
                "the address to follow",
                "return location.pathname === arguments[0]",
                json!([path]),
            )
            .await;
        }
        assert_eq!(depth(app).await, before, "tabs stand in the history");
    });
}

#[test]
fn history_leads_back_from_what_was_gone_into() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "10").await;
        app.open_page("/", "home").await;
        app.tap("nav a[href='/orders']").await;
        app.page("orders").await;
        app.tap(&format!("main a[href='/orders/{order}']")).await;
        app.page("order").await;
        app.back().await;
        app.page("orders").await;
        // From a page that is no tab, a tab is a step like any other.
        app.tap(&format!("main a[href='/orders/{order}']")).await;
        app.page("order").await;
        app.tap("nav a[href='/guide']").await;
        app.page("guide").await;
        app.back().await;
        app.page("order").await;
    });
}
