use dika_contract::{Issuer, WalletKind};

use crate::harness::{App, assert_plain, journey};

/// Sends an order whose answer is lost after it was stored, and gives the order's id.
async fn order_with_lost_answer(app: &App, yuan: &str) -> String {
    app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
    app.review(yuan).await;
    app.sandbox.lose_answer("POST", "/api/v1/top-ups").await;
    app.click("pay").await;
    app.shows("[data-action=see-orders]").await;
    let orders = app.orders().await;
    orders[0].id.to_string()
}

/// Goes on to the review with the amount that the tab kept.
async fn review_kept(app: &App, yuan: &str) {
    app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
    app.wait(
        "the amount that the tab kept",
        "return document.querySelector('input[name=amount]')?.value === arguments[0]",
        serde_json::json!([yuan]),
    )
    .await;
    app.click("review").await;
    app.shows("[data-action=pay]").await;
}

/// Pays an order from the list, as somebody does who looks there first.
async fn pay_from_the_list(app: &App, order: &str) {
    app.open_page("/orders", "orders").await;
    app.tap(&format!("[data-order='{order}']")).await;
    app.page("order").await;
    app.click("continue-payment").await;
    assert_eq!(app.at_cashier().await, order);
    app.cashier_pay().await;
    app.order_is(order, "paid", "waiting").await;
}

#[test]
fn paid_from_the_list_the_same_amount_is_another_top_up() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        for yuan in ["20", "19.99"] {
            let first = order_with_lost_answer(app, yuan).await;
            pay_from_the_list(app, &first).await;
            // The draft ended with its order.
            app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
            assert_eq!(app.value("amount").await, "", "{yuan} is still meant");
            app.review(yuan).await;
            let second = app.pay().await;
            assert_ne!(second, first, "the tap made no order of its own");
            app.cashier_pay().await;
            app.order_is(&second, "paid", "waiting").await;
        }
        assert_eq!(app.orders().await.len(), 4);
    });
}

#[test]
fn paid_where_this_tab_did_not_see_it_is_asked_about() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let first = order_with_lost_answer(app, "50").await;
        // Another tab, another device: this tab hears nothing of it, and keeps its draft.
        app.sandbox.pay(&first, "paid").await;
        app.sandbox.advance(86_400).await;

        review_kept(app, "50").await;
        app.click("pay").await;
        app.shows("[data-action=open-order]").await;
        let read = app.main_text().await;
        assert_plain(&read, "an order that was paid already");
        assert_eq!(app.orders().await.len(), 1, "nothing was ordered yet");
        let paid_link = format!("[data-action=open-order][href='/orders/{first}']");
        app.shows(&paid_link).await;

        // Yes, top up again.
        app.click("pay").await;
        let second = app.at_cashier().await;
        assert_ne!(second, first);
        app.cashier_pay().await;
        app.order_is(&second, "paid", "waiting").await;
        assert_eq!(app.orders().await.len(), 2);
    });
}

#[test]
fn paid_in_a_duplicated_tab_is_never_shown_as_the_result() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("30").await;
        // A duplicated tab brings its storage along.
        let kept = app
            .ask(
                "return JSON.stringify({ ...sessionStorage })",
                serde_json::json!([]),
            )
            .await;
        let first = app.pay().await;
        app.cashier_pay().await;
        app.order_is(&first, "paid", "waiting").await;
        app.ask(
            "for (const [name, value] of Object.entries(JSON.parse(arguments[0])))
                sessionStorage.setItem(name, value);",
            serde_json::json!([kept]),
        )
        .await;
        review_kept(app, "30").await;
        app.click("pay").await;
        app.shows(&format!("[data-action=open-order][href='/orders/{first}']"))
            .await;
        assert_eq!(app.count(&format!("[data-order='{first}']")).await, 0);
        app.click("pay").await;
        let second = app.at_cashier().await;
        assert_ne!(second, first);
    });
}
