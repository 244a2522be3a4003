use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::journey;

#[test]
fn double_tap_on_pay_makes_one_order() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        app.ask(
            "const pay = document.querySelector('[data-action=pay]'); pay.click(); pay.click();",
            json!([]),
        )
        .await;
        let order = app.at_cashier().await;
        app.cashier_pay().await;
        app.order_is(&order, "paid", "waiting").await;
        assert_eq!(app.orders().await.len(), 1);
        assert_eq!(
            app.amounts(Issuer::Gdut, WalletKind::Main).await.waiting,
            2000
        );
    });
}

#[test]
fn double_tap_on_everything_else_does_it_once() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.sign_in(&me).await;
        app.ask_to_bind(&me, Issuer::Gdut).await;
        app.page("confirm-identity").await;
        app.shows("[data-action=identity-yes]").await;
        let twice = "const it = document.querySelector(`[data-action=${arguments[0]}]`);
            it.click(); it.click();";
        app.ask(twice, json!(["identity-yes"])).await;
        app.shows_no("[data-action=identity-yes]").await;
        assert_eq!(app.cards().await.len(), 1);
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.type_into("amount", "20").await;
        app.ask(twice, json!(["review"])).await;
        app.shows("[data-action=pay]").await;
        assert_eq!(app.orders().await.len(), 0, "reviewing orders nothing");
    });
}

#[test]
fn lost_answer_to_pay_makes_one_order() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        app.sandbox.lose_answer("POST", "/api/v1/top-ups").await;
        app.click("pay").await;
        // The order was stored, the page never heard of it: the same intent is sent again.
        app.wait(
            "an end: the cashier, or pay to be tapped again",
            "return location.pathname.startsWith('/sandbox/cashier')
                || !!document.querySelector('[role=alert]')",
            json!([]),
        )
        .await;
        if !app.path().await.starts_with("/sandbox/cashier") {
            app.click("pay").await;
        }
        let order = app.at_cashier().await;
        app.cashier_pay().await;
        app.order_is(&order, "paid", "waiting").await;
        assert_eq!(app.orders().await.len(), 1, "one intent, one order");
    });
}

#[test]
fn lost_answer_then_reload_makes_one_order() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        app.sandbox.lose_answer("POST", "/api/v1/top-ups").await;
        app.click("pay").await;
        app.reload().await;
        app.awake().await;
        app.open_page("/", "home").await;
        app.shows("[data-order]").await;
        assert_eq!(app.orders().await.len(), 1);
    });
}
