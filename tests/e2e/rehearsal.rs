use dika_contract::{Issuer, WalletKind};
use serde_json::{Value, json};

use crate::harness::{
    App, Person,
    rehearsal::{Rehearsal, eventually, holder, rehearsal_journey, stranger},
    wechat::{ANDROID, PHONE_BROWSER},
};

/// Orders in a phone's browser, up to WeChat Pay's cashier: the order's id.
async fn orders(app: &App, issuer: Issuer, wallet: WalletKind, yuan: &str) -> String {
    app.open_top_up(issuer, wallet).await;
    app.review(yuan).await;
    app.click("pay").await;
    app.shows("[data-action=cashier-pay]").await;
    app.path().await
}

/// Pays there and comes back to the order: its id.
async fn pays(app: &App) -> String {
    app.click("cashier-pay").await;
    app.page("order").await;
    let path = app.path().await;
    let id = path.strip_prefix("/orders/").expect("an order's page");
    id.split('?').next().unwrap_or(id).to_owned()
}

/// Waits until the API says so of an order.
async fn until(app: &App, order: &str, what: &str, holds: impl Fn(&Value) -> bool) {
    eventually(what, async || {
        let order = app.api(&format!("/top-ups/{order}")).await;
        holds(&order).then_some(())
    })
    .await;
}

async fn tap(parties: &Rehearsal, me: &Person, issuer: Issuer) -> Value {
    let tap = match issuer {
        Issuer::Gdut => json!({ "card_no": me.gdut().card_no, "terminal": "g-t1" }),
        _ => json!({ "card_no": me.hemc().card_no, "terminal": "h-t1" }),
    };
    parties.drive(issuer, "tap", tap).await
}

/// Both cards, from signing in to money on each wallet. Also told on PostgreSQL.
pub async fn both_cards(app: &App, parties: &Rehearsal) {
    let me = holder();
    parties.sign_in(app, &me).await;
    app.bind(&me, Issuer::Gdut).await;
    app.bind(&me, Issuer::Hemc).await;

    // The school's card: the money waits at a machine.
    orders(app, Issuer::Gdut, WalletKind::Main, "20").await;
    let order = pays(app).await;
    app.order_is(&order, "paid", "waiting").await;
    let tapped = tap(parties, &me, Issuer::Gdut).await;
    assert_eq!(tapped["released"], json!([order]));
    app.reload().await;
    app.order_is(&order, "paid", "claimed").await;
    // What the others call it, for whoever is asked at the desk.
    let shown = app.api(&format!("/top-ups/{order}")).await;
    assert_eq!(shown["card_system_no"], format!("toy-{order}"));
    app.reads("微信支付交易单号").await;
    app.reads(shown["payment_no"].as_str().expect("WeChat Pay's number"))
        .await;

    // The University Town card: on the card at once.
    orders(app, Issuer::Hemc, WalletKind::Main, "50").await;
    let order = pays(app).await;
    app.order_is(&order, "paid", "not_needed").await;
    until(app, &order, "the card system to take it", |it| {
        it["settling"] == Value::Null
    })
    .await;
    let held = app.amounts(Issuer::Hemc, WalletKind::Main).await;
    assert_eq!((held.on_card, held.waiting), (8_300, 0));

    // Hot water, collected too late: a few seconds stand for six hours.
    orders(app, Issuer::Hemc, WalletKind::Utilities, "10").await;
    let order = pays(app).await;
    until(app, &order, "the time to collect to pass", |it| {
        it["claim"] == "needs_confirmation"
    })
    .await;
    let late = tap(parties, &me, Issuer::Hemc).await;
    assert_eq!(
        (&late["released"], &late["reason"]),
        (&json!([]), &json!("needs_confirmation"))
    );
    // On a slow machine the seconds may be over once more.
    for _ in 0..5 {
        app.reload().await;
        app.order_is(&order, "paid", "needs_confirmation").await;
        app.click("confirm-claim").await;
        app.shows_no("[data-action=confirm-claim]").await;
        let tapped = tap(parties, &me, Issuer::Hemc).await;
        if tapped["released"] == json!([order]) {
            break;
        }
        until(app, &order, "the time to pass again", |it| {
            it["claim"] == "needs_confirmation"
        })
        .await;
    }
    app.reload().await;
    app.order_is(&order, "paid", "claimed").await;
    let held = app.amounts(Issuer::Hemc, WalletKind::Utilities).await;
    assert_eq!((held.on_card, held.waiting), (1_150, 0));
}

#[test]
fn rehearsal_both_cards_and_both_wallets_and_money_that_is_collected_too_late() {
    rehearsal_journey(PHONE_BROWSER, both_cards);
}

#[test]
fn rehearsal_a_wrong_person_is_seen_and_money_that_a_card_refuses_goes_back() {
    rehearsal_journey(PHONE_BROWSER, async |app, parties| {
        let me = holder();
        parties.sign_in(app, &me).await;
        app.ask_to_bind(&stranger(), Issuer::Gdut).await;
        app.page("confirm-identity").await;
        app.reads("李*").await;
        app.click("identity-no").await;
        app.shows_no("[data-action=identity-yes]").await;
        assert_eq!(app.cards().await, [], "a card was bound");

        app.bind(&me, Issuer::Gdut).await;
        orders(app, Issuer::Gdut, WalletKind::Main, "20").await;
        // Between ordering and paying the card is frozen.
        let frozen = json!({ "card_no": me.gdut().card_no, "status": "frozen" });
        parties.drive(Issuer::Gdut, "status", frozen).await;
        let slowly = json!({ "refund_after_s": 600 });
        parties.wechat.behaves(slowly).await;
        let order = pays(app).await;
        app.shows(&format!("[data-order='{order}'][data-payment=refunding]"))
            .await;
        app.reads("正按原路退回").await;
        parties.wechat.later(3_600).await;
        until(app, &order, "the money to be back", |it| {
            it["payment"] == "refunded"
        })
        .await;
        app.reload().await;
        app.order_is(&order, "refunded", "not_needed").await;
        app.reads("微信支付退款单号").await;
        let held = app.amounts(Issuer::Gdut, WalletKind::Main).await;
        assert_eq!((held.on_card, held.waiting), (1_250, 0));
    });
}

#[test]
fn rehearsal_a_card_system_that_is_down_during_a_payment_gets_the_money_when_it_is_back() {
    rehearsal_journey(ANDROID, async |app, parties| {
        let me = holder();
        parties.wechat.sign_in(app, "/bind/gdut", "bind").await;
        app.bind(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        app.click("pay").await;
        app.page("order").await;
        let wish = parties.wechat.asked_to_pay(app).await;
        let down = json!({ "down": 1 });
        parties.drive(Issuer::Gdut, "faults", down).await;
        let result = parties.wechat.decides(&wish, "ok").await;
        parties.wechat.answers(app, &result).await;
        app.reads("已付款，正在入账").await;
        let order = app.orders().await.remove(0).id.to_string();

        // The home page says it too, and sends nobody to a machine.
        app.open_page("/", "home").await;
        app.shows(&format!("[data-order='{order}'][data-payment=paid]"))
            .await;
        app.reads("已付款，正在入账，钱不会丢").await;
        let home = app.main_text().await;
        assert!(
            home.contains("处理中") && !home.contains("待领取"),
            "{home}"
        );

        parties.drive(Issuer::Gdut, "faults", json!({})).await;
        until(app, &order, "the card system to take it", |it| {
            it["settling"] == Value::Null
        })
        .await;
        app.open_page("/", "home").await;
        app.reads("待领取").await;
        app.order_is(&order, "paid", "waiting").await;
        let tapped = tap(parties, &me, Issuer::Gdut).await;
        assert_eq!(tapped["released"], json!([order]));
        app.open_order(&order).await;
        app.order_is(&order, "paid", "claimed").await;
        let held = app.amounts(Issuer::Gdut, WalletKind::Main).await;
        assert_eq!((held.on_card, held.waiting), (3_250, 0));
    });
}
