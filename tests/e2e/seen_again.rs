use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{App, journey};

/// Hides the page, or shows it, without a word: what some engines do.
async fn hide(app: &App, hidden: bool) {
    let state = if hidden { "hidden" } else { "visible" };
    app.ask(
        "const state = arguments[0];
        Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
        Object.defineProperty(document, 'hidden',
            { configurable: true, get: () => state === 'hidden' });",
        json!([state]),
    )
    .await;
}

#[test]
fn seen_again_by_whatever_comes_first_an_order_asks_on() {
    for sign in ["focus", "touchstart", "pointerdown", "keydown", ""] {
        journey(async |app| {
            let me = app.sandbox.ordinary().await;
            app.with_card(&me, Issuer::Gdut).await;
            let order = app.order(Issuer::Gdut, WalletKind::Main, "20").await;
            app.sandbox.pay(&order, "silent").await;
            app.open_order(&order).await;
            app.shows("[data-payment=unknown]").await;
            hide(app, true).await;
            // Longer than the next question is away.
            tokio::time::sleep(std::time::Duration::from_secs(8)).await;
            app.sandbox.pay(&order, "paid").await;
            hide(app, false).await;
            if !sign.is_empty() {
                app.ask(
                    "window.dispatchEvent(new Event(arguments[0]))",
                    json!([sign]),
                )
                .await;
            }
            app.order_is(&order, "paid", "waiting").await;
        });
    }
}

#[test]
fn seen_beside_the_machine_collected_money_shows_by_itself() {
    for (path, page) in [("order", "order"), ("/", "home"), ("card", "card")] {
        journey(async |app| {
            let me = app.sandbox.ordinary().await;
            app.with_card(&me, Issuer::Gdut).await;
            let order = app.top_up(Issuer::Gdut, WalletKind::Main, "20").await;
            let path = match path {
                "order" => format!("/orders/{order}"),
                "card" => format!("/cards/{}", app.card(Issuer::Gdut).await.id),
                other => other.to_owned(),
            };
            app.open_page(&path, page).await;
            app.shows(&format!("[data-order='{order}'][data-claim=waiting]"))
                .await;
            app.sandbox.tap(&me.gdut().card_no, "gdut_load").await;
            app.shows_no(&format!("[data-order='{order}'][data-claim=waiting]"))
                .await;
        });
    }
}
