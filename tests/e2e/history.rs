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

/// Chromium says that a field has changed while it is taken out of the page, together with the page.
#[test]
fn history_leads_back_out_of_a_field_that_was_just_typed_into() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let card = app.card(Issuer::Gdut).await.id;
        for (path, page, field, typed) in [
            (
                "/guide/password".to_owned(),
                "password-helper",
                "id_tail",
                "4123",
            ),
            ("/service-points".to_owned(), "service-points", "q", "88"),
            ("/bind/hemc".to_owned(), "bind", "card_no", "5100"),
            ("/bind/hemc".to_owned(), "bind", "password", "0801"),
            ("/bind/gdut".to_owned(), "bind", "account", "3121"),
            (
                format!("/cards/{card}/top-up/main"),
                "top-up",
                "amount",
                "37",
            ),
        ] {
            for away in ["back", "nav a[href='/orders']"] {
                app.open_page("/guide", "guide").await;
                app.awake().await;
                // By a link of the app, so that the page is left without loading another.
                app.ask(
                    "const link = document.createElement('a');
                    link.href = arguments[0];
                    document.querySelector('main').append(link);
                    link.click();
                    link.remove();",
                    json!([path]),
                )
                .await;
                app.page(page).await;
                app.type_into(field, typed).await;
                if away == "back" {
                    app.back().await;
                    app.page("guide").await;
                } else {
                    // Without a finger, which would take the focus along first.
                    app.ask(
                        "document.querySelector(arguments[0]).click()",
                        json!([away]),
                    )
                    .await;
                    app.page("orders").await;
                }
                // An app that ended would say so on the console, and answer to nothing.
                app.assert_clean_console().await;
                app.tap("nav a[href='/']").await;
                app.page("home").await;
            }
        }
    });
}
