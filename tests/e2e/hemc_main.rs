use dika_contract::{Issuer, WalletKind};

use crate::harness::{App, journey};

/// Tops the main wallet up; nothing has to be collected. Also told in WebKit.
pub async fn whole_way(app: &App) {
    let me = app.sandbox.ordinary().await;
    app.goto("/bind/hemc").await;
    // The way to the form leads past signing in, or the form is there and its sending does.
    app.awake().await;
    app.sign_in(&me).await;
    app.open_page("/bind/hemc", "bind").await;
    app.type_into("card_no", &me.hemc().card_no).await;
    app.type_into("password", &me.hemc().password).await;
    app.click("bind").await;
    app.page("confirm-identity").await;
    app.click("identity-yes").await;
    app.shows_no("[data-action=identity-yes]").await;
    let before = app.amounts(Issuer::Hemc, WalletKind::Main).await;

    app.walk_to_top_up(Issuer::Hemc, WalletKind::Main).await;
    app.review("30.50").await;
    app.reads("30.50").await;
    let order = app.pay().await;
    app.cashier_pay().await;
    app.order_is(&order, "paid", "not_needed").await;

    let after = app.amounts(Issuer::Hemc, WalletKind::Main).await;
    assert_eq!(after.on_card, before.on_card + 3050, "it goes on by itself");
    assert_eq!(after.waiting, before.waiting);
    let hot_water = app.amounts(Issuer::Hemc, WalletKind::Utilities).await;
    assert_eq!(hot_water.waiting, 0, "the other wallet is left alone");
    app.open_page("/", "home").await;
    assert_eq!(
        app.count("[data-claim=waiting]").await,
        0,
        "there is nothing to collect"
    );
}

#[test]
fn hemc_main_needs_no_collecting() {
    journey(whole_way);
}

#[test]
fn hemc_both_cards_live_beside_each_other() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.bind(&me, Issuer::Hemc).await;
        app.open_page("/", "home").await;
        for card in app.cards().await {
            app.shows(&format!("a[href='/cards/{}']", card.id)).await;
        }
    });
}
