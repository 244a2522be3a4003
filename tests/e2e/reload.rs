use dika_contract::{Issuer, WalletKind};

use crate::harness::journey;

#[test]
fn reload_at_each_step_loses_nothing_and_repeats_nothing() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;

        // Signing in: the number stays, the code may be typed after.
        app.open_page("/sign-in", "sign-in").await;
        app.type_into("phone", &me.phone).await;
        app.click("send-code").await;
        let code = app.sandbox.sms(&me.phone, None).await;
        app.reload().await;
        app.page("sign-in").await;
        if app.value("phone").await.is_empty() {
            // The number is private and may be forgotten; the code that was sent must still do.
            app.type_into("phone", &me.phone).await;
        }
        app.type_into("code", &code).await;
        app.click("sign-in").await;
        app.shows_no("main[data-page=sign-in]").await;

        // Is this me? Asked again, the same binding.
        app.ask_to_bind(&me, Issuer::Gdut).await;
        app.page("confirm-identity").await;
        let binding = app.path().await;
        app.shows("[data-action=identity-yes]").await;
        let shown = app.main_text().await;
        app.reload().await;
        app.page("confirm-identity").await;
        app.shows("[data-action=identity-yes]").await;
        assert_eq!(app.path().await, binding);
        assert_eq!(app.main_text().await, shown);
        app.click("identity-yes").await;
        app.shows_no("[data-action=identity-yes]").await;
        app.awake().await;
        app.reload().await;
        app.awake().await;
        assert_eq!(app.cards().await.len(), 1);

        // The amount, and the review.
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        app.reload().await;
        app.page("top-up").await;
        if app.count("[data-action=pay]").await == 0 {
            app.wait(
                "the amount to be kept",
                "return document.querySelector('[name=amount]')?.value
                    || document.querySelector('[data-action=pay]')",
                serde_json::json!([]),
            )
            .await;
        }
        if app.count("[data-action=pay]").await == 0 {
            app.click("review").await;
        }
        app.shows("[data-action=pay]").await;
        app.reads("20.00").await;
        assert_eq!(app.orders().await.len(), 0);
        let order = app.pay().await;

        // The cashier, and back.
        app.reload().await;
        assert_eq!(app.at_cashier().await, order);
        app.cashier_pay().await;
        app.order_is(&order, "paid", "waiting").await;
        app.reload().await;
        app.page("order").await;
        app.order_is(&order, "paid", "waiting").await;

        // Home.
        app.open_page("/", "home").await;
        app.order_is(&order, "paid", "waiting").await;
        app.reload().await;
        app.page("home").await;
        app.order_is(&order, "paid", "waiting").await;
        assert_eq!(app.orders().await.len(), 1, "nothing was repeated");
    });
}

#[test]
fn reload_of_a_half_filled_form_keeps_no_password() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.sign_in(&me).await;
        app.open_page("/bind/gdut", "bind").await;
        app.type_into("account", &me.gdut().account).await;
        app.type_into("password", "482915").await;
        app.reload().await;
        app.page("bind").await;
        assert_eq!(app.value("password").await, "");
        let kept = app
            .ask(
                "return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href,
                    history.state, document.cookie])",
                serde_json::json!([]),
            )
            .await;
        assert!(
            !kept.to_string().contains("482915"),
            "the password was kept: {kept}"
        );
    });
}
