use dika_contract::{Issuer, WalletKind};

use crate::harness::journey;

const SIX_HOURS: u32 = 6 * 3600;

#[test]
fn hemc_utilities_after_six_hours_are_confirmed_then_collected() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Hemc).await;
        let before = app.amounts(Issuer::Hemc, WalletKind::Utilities).await;
        let order = app.top_up(Issuer::Hemc, WalletKind::Utilities, "20").await;
        app.order_is(&order, "paid", "waiting").await;

        app.sandbox.advance(SIX_HOURS + 60).await;
        app.reload().await;
        app.order_is(&order, "paid", "needs_confirmation").await;
        app.open_page("/", "home").await;
        app.order_is(&order, "paid", "needs_confirmation").await;

        // Before the student confirms, the machine keeps the money.
        app.sandbox.tap(&me.hemc().card_no, "hemc_top_up").await;
        let late = app.amounts(Issuer::Hemc, WalletKind::Utilities).await;
        assert_eq!(late.on_card, before.on_card);

        app.open_order(&order).await;
        app.order_is(&order, "paid", "needs_confirmation").await;
        app.click("confirm-claim").await;
        app.order_is(&order, "paid", "waiting").await;

        // A machine of the school's card releases nothing.
        for terminal in ["gdut_load", "gdut_top_up"] {
            app.sandbox.tap(&me.hemc().card_no, terminal).await;
        }
        app.reload().await;
        app.order_is(&order, "paid", "waiting").await;

        app.sandbox.tap(&me.hemc().card_no, "hemc_top_up").await;
        app.reload().await;
        app.order_is(&order, "paid", "claimed").await;
        let after = app.amounts(Issuer::Hemc, WalletKind::Utilities).await;
        assert_eq!(after.on_card, before.on_card + 2000);
        assert_eq!(after.waiting, before.waiting);
    });
}

#[test]
fn hemc_utilities_within_six_hours_are_collected_at_once() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Hemc).await;
        for terminal in ["hemc_top_up", "service_point"] {
            let order = app.top_up(Issuer::Hemc, WalletKind::Utilities, "10").await;
            app.order_is(&order, "paid", "waiting").await;
            app.sandbox.advance(SIX_HOURS - 600).await;
            app.sandbox.tap(&me.hemc().card_no, terminal).await;
            app.reload().await;
            app.order_is(&order, "paid", "claimed").await;
        }
    });
}
