//! Devices that call themselves a desktop and are held in the hand; and desktops that can pay by themselves.

use dika_contract::{ErrorCode, Issuer, WalletKind};
use serde_json::json;

use crate::harness::{
    App, assert_plain, journey,
    wechat::{DESKTOP, PHONE_BROWSER, wechat_journey},
};

/// An iPad, which calls itself a Mac.
const IPAD: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15";
/// Android's browser that was asked for the desktop's page.
const DESKTOP_SITE: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36";
/// A HarmonyOS tablet.
const MATEPAD: &str = "Mozilla/5.0 (Tablet; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36 ArkWeb/5.0.0";

async fn touches(app: &App) {
    app.devtools(
        "Emulation.setTouchEmulationEnabled",
        json!({ "enabled": true, "maxTouchPoints": 5 }),
    )
    .await;
}

/// Binds, and taps *pay*: the order's page is shown, or what it leads to.
async fn order(app: &App, yuan: &str) {
    app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
    app.review(yuan).await;
    app.click("pay").await;
}

fn pays_on_its_only_screen(agent: &'static str) {
    wechat_journey(agent, async |app, _| {
        touches(app).await;
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        order(app, "20").await;
        app.click("cashier-pay").await;
        app.page("order").await;
        assert_eq!(app.count("[data-scan]").await, 0);
        let order = app.orders().await.remove(0).id;
        app.order_is(order.as_str(), "paid", "waiting").await;
    });
}

#[test]
fn tablet_ipad_pays_on_its_only_screen() {
    pays_on_its_only_screen(IPAD);
}

#[test]
fn tablet_with_the_desktop_site_pays_on_its_only_screen() {
    pays_on_its_only_screen(DESKTOP_SITE);
}

#[test]
fn tablet_of_harmonyos_pays_on_its_only_screen() {
    pays_on_its_only_screen(MATEPAD);
}

/// Beside each code: the payment on this device.
fn can_do_without_the_code(agent: &'static str) {
    wechat_journey(agent, async |app, _| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        order(app, "12").await;
        app.page("order").await;
        app.shows("[data-scan]").await;
        app.click("pay-on-this-device").await;
        app.click("cashier-pay").await;
        app.page("order").await;
        let order = app.orders().await.remove(0).id;
        app.order_is(order.as_str(), "paid", "waiting").await;
        assert_eq!(app.orders().await.len(), 1);
    });
}

#[test]
fn tablet_that_was_not_recognised_pays_all_the_same() {
    can_do_without_the_code(IPAD);
}

#[test]
fn tablet_or_desktop_the_code_is_one_way_of_two() {
    can_do_without_the_code(DESKTOP);
}

/// And the other way round: a phone whose cashier is refused shows a code for another device.
#[test]
fn tablet_or_phone_a_refused_way_leaves_the_other_and_says_when() {
    wechat_journey(PHONE_BROWSER, async |app, _| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        order(app, "20").await;
        app.click("cashier-cancel").await;
        app.page("order").await;
        let order = app.orders().await.remove(0).id.to_string();
        for (seconds, said) in [(40, "40秒"), (75, "1分15秒")] {
            app.sandbox
                .refuse_for(
                    "POST",
                    "/api/v1/top-ups/{id}/continue",
                    ErrorCode::PaymentUnavailable,
                    seconds,
                )
                .await;
            app.open_order(&order).await;
            app.click("continue-payment").await;
            app.shows("[data-error=payment_unavailable]").await;
            let words = app.main_text().await;
            assert_plain(&words, "a refused payment");
            let read: String = words.split_whitespace().collect();
            assert!(read.contains(said), "{seconds} s: {words}");
        }
        app.click("pay-by-code").await;
        app.shows("[data-scan]").await;
        app.shows("[data-action=pay-on-this-device]").await;
    });
}

/// Every refusal that names a time says it.
#[test]
fn refusals_with_a_time_say_when() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        for code in [
            ErrorCode::PaymentUnavailable,
            ErrorCode::CardSystemUnavailable,
            ErrorCode::Maintenance,
        ] {
            for (seconds, said) in [(20, "20秒"), (300, "5分钟"), (7_200, "2小时")] {
                app.sandbox
                    .refuse_for("POST", "/api/v1/top-ups", code, seconds)
                    .await;
                app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
                app.review("20").await;
                app.click("pay").await;
                app.shows("[data-error]").await;
                let words = app.main_text().await;
                let read: String = words.split_whitespace().collect();
                assert!(read.contains(said), "{code:?}, {seconds} s: {words}");
                app.ask("sessionStorage.clear()", json!([])).await;
            }
        }
        // Cancelling, too.
        let order = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        app.sandbox
            .refuse_for(
                "POST",
                "/api/v1/top-ups/{id}/cancel",
                ErrorCode::PaymentUnavailable,
                30,
            )
            .await;
        app.open_order(&order).await;
        app.click("cancel-order").await;
        app.shows("[data-error=payment_unavailable]").await;
        let words: String = app.main_text().await.split_whitespace().collect();
        assert!(words.contains("30秒"), "{words}");
    });
}
