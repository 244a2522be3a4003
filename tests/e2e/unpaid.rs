use dika_contract::{Issuer, WalletKind};

use crate::harness::{assert_plain, journey};

#[test]
fn unpaid_order_is_continued_not_repeated() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let first = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        app.click("cashier-cancel").await;
        app.page("order").await;

        // Wants the same again: the page offers the order that is there.
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.shows(&format!("[data-order='{first}'], [href='/orders/{first}']"))
            .await;
        assert_plain(&app.main_text().await, "an unpaid order on the top-up page");
        if app.count("[data-action=review]").await > 0 {
            app.type_into("amount", "20").await;
            app.click("review").await;
            app.click("pay").await;
            app.shows(&format!(
                "[data-order='{first}'], a[href='/orders/{first}'], [data-action=continue-payment]"
            ))
            .await;
        }
        assert_eq!(app.orders().await.len(), 1, "nothing was ordered twice");

        app.open_order(&first).await;
        app.click("cancel-order").await;
        app.shows("[data-payment=closed]").await;
        let second = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        assert_ne!(first, second, "now a new one may be made");
    });
}

#[test]
fn unpaid_order_of_one_wallet_leaves_the_other_alone() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Hemc).await;
        let first = app.order(Issuer::Hemc, WalletKind::Main, "20").await;
        let second = app.order(Issuer::Hemc, WalletKind::Utilities, "10").await;
        assert_ne!(first, second);
        app.open_page("/", "home").await;
        app.shows(&format!("[data-order='{first}']")).await;
        app.shows(&format!("[data-order='{second}']")).await;
    });
}
