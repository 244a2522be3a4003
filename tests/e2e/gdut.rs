use dika_contract::{Campus, Issuer, WalletKind};

use crate::harness::{App, Engine, journey};

/// Walks the whole way by tapping only, as a first-year does. Also told in WebKit.
pub async fn whole_way(app: &App) {
    let me = app.sandbox.ordinary().await;

    // Nobody is signed in: the home page explains, and says how to begin.
    app.open_page("/", "home").await;
    app.tap("main a[href^='/bind']").await;
    app.page("bind-choose").await;
    app.sign_in(&me).await;

    // Which card? This one.
    app.open_page("/bind", "bind-choose").await;
    app.tap("a[href='/bind/gdut']").await;
    app.page("bind").await;
    app.type_into("account", &me.gdut().account).await;
    app.type_into("password", &me.gdut().password).await;
    app.click("bind").await;

    // Is this me?
    app.page("confirm-identity").await;
    app.shows("[data-action=identity-yes]").await;
    let shown = app.main_text().await;
    assert!(
        !shown.contains(&me.name) && !shown.contains(&me.gdut().account),
        "the identity is shown unmasked: {shown}"
    );
    assert!(
        shown.contains('*'),
        "a masked identity has stars in it: {shown}"
    );
    app.click("identity-yes").await;
    app.shows_no("[data-action=identity-yes]").await;
    let before = app.amounts(Issuer::Gdut, WalletKind::Main).await;

    // Twenty yuan.
    app.walk_to_top_up(Issuer::Gdut, WalletKind::Main).await;
    app.review("20").await;
    app.reads("20.00").await;
    let order = app.pay().await;
    app.cashier_pay().await;
    app.order_is(&order, "paid", "waiting").await;

    // Paid is not yet on the card: the home page keeps saying so.
    app.open_page("/", "home").await;
    app.order_is(&order, "paid", "waiting").await;
    app.reads("20.00").await;
    let paid = app.amounts(Issuer::Gdut, WalletKind::Main).await;
    assert_eq!(
        paid.on_card, before.on_card,
        "paid money is not on the card"
    );
    assert_eq!(paid.waiting, before.waiting + 2000, "it waits instead");

    // A machine of the other card gives nothing; the right one does.
    app.sandbox.tap(&me.gdut().card_no, "hemc_top_up").await;
    assert_eq!(app.amounts(Issuer::Gdut, WalletKind::Main).await, paid);
    app.sandbox.tap(&me.gdut().card_no, "gdut_load").await;
    app.open_order(&order).await;
    app.order_is(&order, "paid", "claimed").await;
    let after = app.amounts(Issuer::Gdut, WalletKind::Main).await;
    assert_eq!(
        after.on_card,
        before.on_card + 2000,
        "now it is on the card"
    );
    assert_eq!(after.waiting, before.waiting, "and waits no more");

    // Nothing is left to collect on the home page.
    app.open_page("/", "home").await;
    app.reads(&dika_contract::Fen::new(after.on_card).to_string())
        .await;
    assert_eq!(app.count("[data-claim=waiting]").await, 0);
    if app.engine == Engine::Chromium {
        app.assert_clean_console().await;
    }
}

#[test]
fn gdut_from_sign_in_to_money_on_the_card() {
    journey(whole_way);
}

#[test]
fn gdut_money_is_collected_at_any_of_its_three_terminals() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        for terminal in ["service_point", "gdut_load", "gdut_top_up"] {
            let order = app.top_up(Issuer::Gdut, WalletKind::Main, "10").await;
            app.order_is(&order, "paid", "waiting").await;
            app.sandbox.tap(&me.gdut().card_no, terminal).await;
            app.reload().await;
            app.order_is(&order, "paid", "claimed").await;
        }
    });
}

#[test]
fn gdut_an_order_that_is_collected_while_its_page_is_open_says_so_on_return() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "10").await;
        app.order_is(&order, "paid", "waiting").await;
        app.sandbox.tap(&me.gdut().card_no, "gdut_load").await;
        // The phone was in the pocket at the machine; now it is looked at again.
        app.ask(
            "document.dispatchEvent(new Event('visibilitychange'));
             window.dispatchEvent(new PageTransitionEvent('pageshow'));",
            serde_json::json!([]),
        )
        .await;
        app.order_is(&order, "paid", "claimed").await;
    });
}

#[test]
fn gdut_students_of_the_other_campuses_have_this_card_only() {
    journey(async |app| {
        for campus in [Campus::Longdong, Campus::Dongfenglu, Campus::Panyu] {
            let me = app.sandbox.at(campus).await;
            assert!(me.hemc.is_none(), "{campus}");
            app.with_card(&me, Issuer::Gdut).await;
            let order = app.top_up(Issuer::Gdut, WalletKind::Main, "10").await;
            app.order_is(&order, "paid", "waiting").await;
            let forgot = app.driver().delete_all_cookies().await;
            forgot.expect("the browser forgets who it was");
        }
        // And the sandbox can begin anew.
        app.sandbox.reset().await;
        let me = app.sandbox.ordinary().await;
        app.sign_in(&me).await;
        assert!(app.cards().await.is_empty());
    });
}
