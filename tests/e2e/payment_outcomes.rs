use dika_contract::{Issuer, PaymentState, WalletKind};

use crate::harness::{App, assert_plain, journey};

async fn unchanged(app: &App, before: crate::harness::Amounts) {
    assert_eq!(
        app.amounts(Issuer::Gdut, WalletKind::Main).await,
        before,
        "money moved though nothing was paid"
    );
}

#[test]
fn payment_cancelled_at_the_cashier_can_be_continued() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let before = app.amounts(Issuer::Gdut, WalletKind::Main).await;
        let order = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        app.click("cashier-cancel").await;
        app.page("order").await;
        app.shows(&format!("[data-order='{order}'][data-payment=created]"))
            .await;
        app.shows("[data-action=cancel-order]").await;
        unchanged(app, before).await;
        // The home page keeps it, too.
        app.open_page("/", "home").await;
        app.shows(&format!("[data-order='{order}']")).await;

        app.open_order(&order).await;
        app.click("continue-payment").await;
        assert_eq!(app.at_cashier().await, order, "it is the same order");
        app.cashier_pay().await;
        app.order_is(&order, "paid", "waiting").await;
        assert_eq!(app.orders().await.len(), 1);
    });
}

#[test]
fn payment_given_up_closes_the_order() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let before = app.amounts(Issuer::Gdut, WalletKind::Main).await;
        let order = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        app.click("cashier-cancel").await;
        app.page("order").await;
        app.click("cancel-order").await;
        app.shows(&format!("[data-order='{order}'][data-payment=closed]"))
            .await;
        assert_eq!(app.count("[data-action=continue-payment]").await, 0);
        unchanged(app, before).await;
        assert_plain(&app.main_text().await, "a closed order");
    });
}

#[test]
fn payment_after_closing_is_told_on_the_page_that_stayed_open() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        app.click("cashier-cancel").await;
        app.page("order").await;
        app.click("cancel-order").await;
        app.shows(&format!("[data-order='{order}'][data-payment=closed]"))
            .await;
        // Nobody touches the page: it asks by itself, and what it said about the money is gone.
        app.sandbox.pay(&order, "paid").await;
        app.shows(&format!(
            "[data-order='{order}'][data-payment=paid][data-claim=waiting]"
        ))
        .await;
        assert_plain(&app.main_text().await, "an order paid after it closed");
    });
}

#[test]
fn payment_failed_says_so_and_offers_another_try() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let before = app.amounts(Issuer::Gdut, WalletKind::Main).await;
        let order = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        app.sandbox.pay(&order, "failed").await;
        app.open_order(&order).await;
        app.shows(&format!("[data-order='{order}'][data-payment=failed]"))
            .await;
        assert_plain(&app.main_text().await, "a failed payment");
        app.shows("main a[href*='/top-up/']").await;
        unchanged(app, before).await;
    });
}

#[test]
fn payment_silent_is_unknown_until_the_provider_speaks() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let before = app.amounts(Issuer::Gdut, WalletKind::Main).await;
        let order = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        app.sandbox.pay(&order, "silent").await;
        app.open_order(&order).await;
        app.shows(&format!("[data-order='{order}'][data-payment=unknown]"))
            .await;
        // Neither paid again nor cancelled while nobody knows.
        assert_eq!(
            app.count("[data-action=continue-payment], [data-action=cancel-order]")
                .await,
            0
        );
        assert_plain(&app.main_text().await, "an unknown outcome");
        unchanged(app, before).await;
        app.open_page("/", "home").await;
        app.shows(&format!("[data-order='{order}']")).await;

        // The page finds out by itself.
        app.open_order(&order).await;
        app.shows("[data-payment=unknown]").await;
        app.sandbox.pay(&order, "paid").await;
        app.order_is(&order, "paid", "waiting").await;
        let orders = app.orders().await;
        assert_eq!(orders.len(), 1);
        assert_eq!(orders[0].payment, PaymentState::Paid);
    });
}

#[test]
fn payment_made_elsewhere_shows_on_an_open_order_page() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        // Back from the cashier without having done anything there.
        app.open_order(&order).await;
        app.shows(&format!("[data-order='{order}']")).await;
        app.sandbox.pay(&order, "paid").await;
        app.order_is(&order, "paid", "waiting").await;
    });
}

#[test]
fn payment_back_from_the_cashier_repeats_nothing() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        app.back().await;
        app.awake().await;
        app.open_page("/orders", "orders").await;
        app.shows(&format!("[data-order='{order}']")).await;
        assert_eq!(app.orders().await.len(), 1);
    });
}
