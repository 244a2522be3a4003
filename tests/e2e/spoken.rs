use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{App, journey};

/// Finds the page's own live region: the last one in it, after that of what is read.
const VOICE: &str = "[...document.querySelectorAll('main [role=status].sr-only')].at(-1)";

/// What it says.
async fn said(app: &App) -> String {
    let text = format!("return {VOICE}?.textContent ?? ''");
    let text = app.ask(&text, json!([])).await;
    text.as_str().unwrap_or_default().trim().to_owned()
}

async fn has_focus(app: &App) -> bool {
    let script = "return document.activeElement !== document.body";
    app.ask(script, json!([])).await == true
}

/// Presses an action as the keyboard does: it has the focus.
async fn press(app: &App, action: &str) {
    app.ask(
        "const it = document.querySelector(`[data-action=${arguments[0]}]`); it.focus(); it.click();",
        json!([action]),
    )
    .await;
}

async fn becomes(app: &App, order: &str, payment: &str, claim: &str) {
    app.shows(&format!(
        "[data-order='{order}'][data-payment={payment}][data-claim={claim}]"
    ))
    .await;
    let headline = app
        .ask(
            "return document.querySelector('.outcome-title').textContent",
            json!([]),
        )
        .await;
    app.wait(
        "the new state to be said",
        &format!("return {VOICE}.textContent === arguments[0]"),
        json!([headline]),
    )
    .await;
}

#[test]
fn spoken_is_what_becomes_of_an_order_and_the_focus_stays_in_the_page() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        app.click("cashier-cancel").await;
        app.page("order").await;
        app.shows("[data-action=cancel-order]").await;
        assert_eq!(said(app).await, "", "a state that is read anyway");
        // The button goes with the state that it belonged to.
        press(app, "cancel-order").await;
        becomes(app, &order, "closed", "not_needed").await;
        app.wait(
            "the focus to be in the page",
            "return document.activeElement?.id === 'main'",
            json!([]),
        )
        .await;
    });
}

#[test]
fn spoken_is_a_late_claim_that_was_confirmed() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Hemc).await;
        let order = app.top_up(Issuer::Hemc, WalletKind::Utilities, "20").await;
        app.sandbox.advance(7 * 3600).await;
        app.open_order(&order).await;
        app.shows("[data-action=confirm-claim]").await;
        press(app, "confirm-claim").await;
        becomes(app, &order, "paid", "waiting").await;
        assert!(has_focus(app).await, "the focus is lost");
    });
}
