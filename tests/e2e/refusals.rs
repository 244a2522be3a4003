use std::{collections::BTreeMap, fmt::Write};

use dika_contract::{ErrorCode, Issuer, WalletKind};

use crate::harness::{App, artefacts, assert_plain, journey};

/// Waits until the page complains, and gives the complaint.
async fn complaint(app: &App) -> String {
    app.shows("[role=alert]").await;
    let text = app
        .ask(
            "return [...document.querySelectorAll('[role=alert]')].map(it => it.innerText).join('\\n')",
            serde_json::json!([]),
        )
        .await;
    text.as_str().unwrap_or_default().to_owned()
}

/// Writes the words down to be read by people, and sees to it that only the nameless fault has
/// the nameless fault's words.
fn judge(name: &str, told: &BTreeMap<&str, String>) {
    let mut page = String::new();
    for (code, words) in told {
        assert_plain(words, code);
        writeln!(page, "## {code}\n{words}\n").expect("text can be written");
    }
    std::fs::write(artefacts("e2e").join(format!("refusals-{name}.txt")), page)
        .expect("the words can be kept");
    let nameless = told
        .get(ErrorCode::Internal.as_str())
        .expect("the nameless fault is among them");
    for (code, words) in told {
        assert!(
            *code == ErrorCode::Internal.as_str() || words != nameless,
            "{code} has no words of its own: {words}"
        );
    }
}

#[test]
fn refusals_of_a_binding_have_words_of_their_own() {
    journey(async |app| {
        use ErrorCode as E;
        let me = app.sandbox.ordinary().await;
        app.sign_in(&me).await;
        let mut told = BTreeMap::new();
        for code in [
            E::RateLimited,
            E::WrongAccountOrPassword,
            E::BindingLocked,
            E::SnapshotUser,
            E::PhoneRequired,
            E::CardClosed,
            E::CardSystemUnavailable,
            E::Maintenance,
            E::InvalidRequest,
            E::Internal,
        ] {
            app.sandbox.refuse("POST", "/api/v1/bindings", code).await;
            app.ask_to_bind(&me, Issuer::Gdut).await;
            told.insert(code.as_str(), complaint(app).await);
        }
        judge("binding", &told);
        // After all that the form still works.
        app.ask_to_bind(&me, Issuer::Gdut).await;
        app.page("confirm-identity").await;
    });
}

#[test]
fn refusals_of_a_top_up_have_words_of_their_own() {
    journey(async |app| {
        use ErrorCode as E;
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let mut told = BTreeMap::new();
        for code in [
            E::IdentityNotConfirmed,
            E::CardLost,
            E::CardFrozen,
            E::CardClosed,
            E::CardExpired,
            E::CardReplaced,
            E::WalletUnknown,
            E::AmountOutOfLimits,
            E::WalletCapExceeded,
            E::DailyLimitReached,
            E::OutsideServiceHours,
            E::RateLimited,
            E::CardSystemUnavailable,
            E::PaymentUnavailable,
            E::Maintenance,
            E::NotFound,
            E::Internal,
        ] {
            app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
            app.review("20").await;
            app.sandbox.refuse("POST", "/api/v1/top-ups", code).await;
            app.click("pay").await;
            told.insert(code.as_str(), complaint(app).await);
            assert_eq!(app.orders().await.len(), 0, "{code}: nothing was ordered");
        }
        judge("top-up", &told);
    });
}

#[test]
fn refusals_on_an_order_have_words_of_their_own() {
    journey(async |app| {
        use ErrorCode as E;
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        app.click("cashier-cancel").await;
        app.page("order").await;
        let mut told = BTreeMap::new();
        for code in [
            E::OrderAlreadyPaid,
            E::OrderClosed,
            E::OrderUndecided,
            E::PaymentUnavailable,
            E::RateLimited,
            E::Internal,
        ] {
            app.open_order(&order).await;
            let path = format!("/api/v1/top-ups/{order}/continue");
            app.sandbox.refuse("POST", &path, code).await;
            app.click("continue-payment").await;
            told.insert(code.as_str(), complaint(app).await);
        }
        judge("order", &told);
    });
}

#[test]
fn refusals_of_a_code_have_words_of_their_own() {
    journey(async |app| {
        use ErrorCode as E;
        let me = app.sandbox.ordinary().await;
        let mut told = BTreeMap::new();
        app.open_page("/sign-in", "sign-in").await;
        for code in [E::CodeWrong, E::CodeExpired, E::RateLimited, E::Internal] {
            app.open_page("/sign-in", "sign-in").await;
            app.type_into("phone", &me.phone).await;
            app.type_into("code", "123456").await;
            app.sandbox.refuse("POST", "/api/v1/session", code).await;
            app.click("sign-in").await;
            told.insert(code.as_str(), complaint(app).await);
        }
        judge("sign-in", &told);
        // And really wrong ones.
        app.open_page("/sign-in", "sign-in").await;
        app.type_into("phone", &me.phone).await;
        app.click("send-code").await;
        let right = app.sandbox.sms(&me.phone, None).await;
        let wrong = if right == "000000" {
            "000001"
        } else {
            "000000"
        };
        app.type_into("code", wrong).await;
        app.click("sign-in").await;
        assert_plain(&complaint(app).await, "a wrong code");
        app.type_into("code", &right).await;
        app.click("sign-in").await;
        app.shows_no("main[data-page=sign-in]").await;
    });
}

#[test]
fn refusals_of_wrong_shapes_are_told_at_the_field_before_sending() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.open_page("/sign-in", "sign-in").await;
        app.type_into("phone", "12345").await;
        app.click("send-code").await;
        app.shows("input[name=phone][aria-invalid=true]").await;
        app.sign_in(&me).await;
        app.open_page("/bind/hemc", "bind").await;
        app.click("bind").await;
        app.shows("input[name=card_no][aria-invalid=true]").await;
        assert_plain(&app.main_text().await, "an empty form");
    });
}
