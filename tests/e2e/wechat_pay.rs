use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{
    App,
    wechat::{ANDROID, IPHONE, PHONE_BROWSER, WINDOWS, WeChat, wechat_journey},
};

/// Signs in by WeChat, binds, and taps *pay*: gives the order's id, while the bridge is being asked.
async fn tap_pay(app: &App, wechat: &WeChat) -> String {
    let me = app.sandbox.ordinary().await;
    wechat.sign_in(app, "/bind/gdut", "bind").await;
    app.bind(&me, Issuer::Gdut).await;
    app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
    app.review("20").await;
    app.click("pay").await;
    app.page("order").await;
    let orders = app.orders().await;
    orders.first().expect("an order").id.to_string()
}

fn pays_without_typing(agent: &'static str) {
    wechat_journey(agent, async |app, wechat| {
        let order = tap_pay(app, wechat).await;
        wechat.pays(app, "ok").await;
        app.order_is(&order, "paid", "waiting").await;
    });
}

#[test]
fn wechat_android_pays_without_typing() {
    pays_without_typing(ANDROID);
}

#[test]
fn wechat_iphone_pays_without_typing() {
    pays_without_typing(IPHONE);
}

#[test]
fn wechat_cancelled_and_failed_can_be_continued() {
    wechat_journey(ANDROID, async |app, wechat| {
        let order = tap_pay(app, wechat).await;
        for outcome in ["cancel", "fail"] {
            wechat.pays(app, outcome).await;
            app.shows(&format!("[data-order='{order}'][data-payment=paying]"))
                .await;
            app.click("continue-payment").await;
        }
        wechat.pays(app, "ok").await;
        app.order_is(&order, "paid", "waiting").await;
        assert_eq!(app.orders().await.len(), 1);
    });
}

#[test]
fn wechat_s_ok_without_money_is_no_payment() {
    wechat_journey(ANDROID, async |app, wechat| {
        let order = tap_pay(app, wechat).await;
        wechat.pays(app, "ok_but_unpaid").await;
        app.shows(&format!("[data-order='{order}'][data-payment=paying]"))
            .await;
    });
}

#[test]
fn wechat_closing_the_page_while_paying_loses_nothing() {
    wechat_journey(ANDROID, async |app, wechat| {
        wechat
            .behaves(json!({ "notify": { "enabled": false } }))
            .await;
        let order = tap_pay(app, wechat).await;
        let wish = wechat.asked_to_pay(app).await;
        wechat.decides(&wish, "paid_but_silent").await;
        // The page is gone; nobody tells the next one.
        let left = app.driver().goto("about:blank").await;
        left.expect("the page closes");
        app.open_order(&order).await;
        app.order_is(&order, "paid", "waiting").await;
    });
}

#[test]
fn wechat_pay_from_a_phone_s_browser_comes_back_to_the_order() {
    wechat_journey(PHONE_BROWSER, async |app, _| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        app.click("pay").await;
        app.click("cashier-pay").await;
        app.page("order").await;
        let order = app.orders().await.remove(0).id;
        app.order_is(order.as_str(), "paid", "waiting").await;
    });
}

#[test]
fn wechat_on_a_desktop_shows_a_code() {
    wechat_journey(WINDOWS, async |app, wechat| {
        let order = tap_pay(app, wechat).await;
        app.shows(&format!("[data-order='{order}'][data-payment=paying]"))
            .await;
        wechat.pay(&order).await;
        app.order_is(&order, "paid", "waiting").await;
    });
}
