use dika_contract::{Directory, Fen, Issuer, Wallet, WalletKind, directory::Limits};

use crate::harness::{App, assert_plain, journey};

async fn limits(app: &App, issuer: Issuer, wallet: WalletKind) -> Limits {
    let directory: Directory =
        serde_json::from_value(app.api("/directory").await).expect("the directory");
    let issuers = directory.issuers;
    let issuer = issuers.into_iter().find(|it| it.id == issuer);
    let wallets: Vec<Wallet> = issuer.expect("the issuer is listed").wallets;
    let wallet = wallets.into_iter().find(|it| it.kind == wallet);
    wallet
        .expect("the wallet is listed")
        .limits
        .expect("the sandbox has limits")
}

fn fen(amount: Fen, more: i64) -> String {
    Fen::new(amount.get() + more).to_string()
}

#[test]
fn limits_are_inclusive_and_shown() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let limits = limits(app, Issuer::Gdut, WalletKind::Main).await;
        for amount in [fen(limits.min_fen, -1), fen(limits.max_fen, 1)] {
            app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
            app.type_into("amount", &amount).await;
            app.click("review").await;
            app.shows("input[name=amount][aria-invalid=true]").await;
            assert_eq!(app.count("[data-action=pay]").await, 0, "{amount}");
            assert_plain(&app.main_text().await, &amount);
        }
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review(&fen(limits.max_fen, 0)).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review(&fen(limits.min_fen, 0)).await;
        let order = app.pay().await;
        app.cashier_pay().await;
        app.order_is(&order, "paid", "waiting").await;
    });
}

#[test]
fn limits_odd_amounts_are_charged_to_the_fen() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let before = app.amounts(Issuer::Gdut, WalletKind::Main).await;
        app.top_up(Issuer::Gdut, WalletKind::Main, "19.99").await;
        let after = app.amounts(Issuer::Gdut, WalletKind::Main).await;
        assert_eq!(after.waiting, before.waiting + 1999);
        assert_eq!(app.orders().await[0].amount_fen, Fen::new(1999));
    });
}

#[test]
fn limits_what_is_no_amount_is_told_at_the_field() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        for amount in ["0", "1e3", "20.001", "-5", "abc"] {
            app.type_into("amount", amount).await;
            app.click("review").await;
            app.shows("input[name=amount][aria-invalid=true]").await;
            assert_eq!(app.count("[data-action=pay]").await, 0, "{amount}");
        }
    });
}

#[test]
fn limits_a_preset_is_one_tap() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.shows("main[data-page=top-up]").await;
        app.wait(
            "presets",
            "return document.querySelectorAll('input[type=radio][name=preset]').length > 1",
            serde_json::json!([]),
        )
        .await;
        let first = app
            .attribute("input[type=radio][name=preset]", "value")
            .await
            .expect("a preset has a value");
        app.choose("input[type=radio][name=preset]", &first).await;
        app.click("review").await;
        app.pay().await;
        let limits = limits(app, Issuer::Gdut, WalletKind::Main).await;
        assert!(
            limits
                .presets_fen
                .contains(&app.orders().await[0].amount_fen)
        );
    });
}

#[test]
fn limits_a_wallet_near_its_cap_says_what_still_fits() {
    journey(async |app| {
        let me = app
            .sandbox
            .noted(&["cap", "full", "\u{4e0a}\u{9650}"])
            .await;
        let issuer = if me.gdut.is_some() {
            Issuer::Gdut
        } else {
            Issuer::Hemc
        };
        app.with_card(&me, issuer).await;
        let limits = limits(app, issuer, WalletKind::Main).await;
        app.open_top_up(issuer, WalletKind::Main).await;
        app.type_into("amount", &fen(limits.max_fen, 0)).await;
        app.click("review").await;
        if app.count("[data-action=pay]").await > 0 {
            app.click("pay").await;
        }
        app.shows("[role=alert]").await;
        assert_plain(&app.main_text().await, "a wallet near its cap");
        assert_eq!(app.orders().await.len(), 0);
    });
}
