use dika_contract::{Issuer, WalletKind};

use crate::harness::{App, Options, artefacts, journey_with};

/// Takes pictures of a page, screen by screen, down to its end.
async fn shoot(app: &App, folder: &std::path::Path, name: &str) {
    // Nothing may still be on its way in. From the top, as somebody sees it who just came.
    app.ask("scrollTo(0, 0)", serde_json::json!([])).await;
    app.shows_no("main [aria-busy=true]").await;
    tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    app.picture(&folder.join(format!("{name}.png"))).await;
    let wide = "return document.documentElement.scrollWidth > innerWidth";
    assert_eq!(
        app.ask(wide, serde_json::json!([])).await,
        false,
        "{name} scrolls sideways"
    );
}

async fn every_page(app: &App, folder: &std::path::Path) {
    let me = app.sandbox.ordinary().await;
    for (path, page) in [
        ("/", "home"),
        ("/sign-in", "sign-in"),
        ("/guide", "guide"),
        ("/guide/which-card", "which-card"),
        ("/guide/new-student", "new-student"),
        ("/guide/password", "password-helper"),
        ("/service-points", "service-points"),
        ("/where-is-my-money", "money-triage"),
        ("/settings", "settings"),
        ("/nowhere", "not-found"),
    ] {
        app.open_page(path, page).await;
        let name = if page == "home" {
            "home-first-visit"
        } else {
            page
        };
        shoot(app, folder, name).await;
    }
    app.sign_in(&me).await;
    app.open_page("/", "home").await;
    shoot(app, folder, "home-no-card").await;
    app.open_page("/bind", "bind-choose").await;
    shoot(app, folder, "bind-choose").await;
    app.open_page("/bind/gdut", "bind").await;
    shoot(app, folder, "bind-gdut").await;
    app.open_page("/bind/hemc", "bind").await;
    shoot(app, folder, "bind-hemc").await;
    app.ask_to_bind(&me, Issuer::Gdut).await;
    app.page("confirm-identity").await;
    app.shows("[data-action=identity-yes]").await;
    shoot(app, folder, "confirm-identity").await;
    app.click("identity-unsure").await;
    app.shows("[data-service-point]").await;
    shoot(app, folder, "confirm-identity-unsure").await;
    app.bind(&me, Issuer::Gdut).await;
    app.bind(&me, Issuer::Hemc).await;
    let card = app.card(Issuer::Gdut).await.id;
    app.open_page(&format!("/cards/{card}"), "card").await;
    app.shows(&format!("a[href='/cards/{card}/top-up/main']"))
        .await;
    shoot(app, folder, "card").await;
    app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
    app.shows("input[name=amount]").await;
    shoot(app, folder, "top-up").await;
    app.review("50").await;
    shoot(app, folder, "top-up-review").await;
    let order = app.pay().await;
    app.picture(&folder.join("cashier.png")).await;
    app.open_order(&order).await;
    app.shows("[data-payment]").await;
    shoot(app, folder, "order-unpaid").await;
    app.sandbox.pay(&order, "paid").await;
    app.order_is(&order, "paid", "waiting").await;
    shoot(app, folder, "order-waiting").await;
    app.top_up(Issuer::Hemc, WalletKind::Utilities, "10").await;
    app.open_page("/", "home").await;
    app.shows("[data-claim=waiting]").await;
    shoot(app, folder, "home").await;
    app.open_page("/orders", "orders").await;
    app.shows("[data-order]").await;
    shoot(app, folder, "orders").await;
    app.sandbox.tap(&me.gdut().card_no, "gdut_load").await;
    app.open_order(&order).await;
    app.order_is(&order, "paid", "claimed").await;
    shoot(app, folder, "order-claimed").await;
}

#[test]
fn screenshots_of_every_page_in_chinese() {
    journey_with(Options::default(), async |app| {
        every_page(app, &artefacts("screenshots")).await;
    });
}

#[test]
fn screenshots_of_every_page_in_english() {
    let english = Options {
        language: "en",
        ..Options::default()
    };
    journey_with(english, async |app| {
        every_page(app, &artefacts("screenshots/en")).await;
    });
}
