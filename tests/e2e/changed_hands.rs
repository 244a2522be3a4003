use dika_contract::Issuer;
use serde_json::json;

use crate::harness::{App, Person, journey};

const DAY_S: u32 = 86_400;

/// Signed in again half a year later, in the same browser.
async fn half_a_year_later(app: &App) -> Person {
    let me = app.sandbox.ordinary().await;
    app.with_card(&me, Issuer::Gdut).await;
    app.bind(&me, Issuer::Hemc).await;
    app.goto("/").await;
    app.shows("[data-card]").await;
    app.sandbox.advance(180 * DAY_S).await;
    app.goto("/sign-in").await;
    app.sign_in(&me).await;
    app.goto("/").await;
    app.page("home").await;
    app.shows("[data-hidden-cards='2']").await;
    me
}

/// Nothing of the cards is on the page or kept on the phone.
async fn nothing_is_told(app: &App) {
    app.shows_no("[data-card]").await;
    assert_eq!(app.cards().await, []);
    let told = app
        .ask(
            "return [document.body.innerText, ...Object.values(localStorage), ...Object.values(sessionStorage)].join(' ')",
            json!([]),
        )
        .await;
    let told = told.as_str().unwrap_or_default();
    for private in ["陈", "3124****", "**** 0101", "尾号", "23.50"] {
        assert!(!told.contains(private), "{private} is told: {told}");
    }
}

#[test]
fn changed_hands_each_card_is_shown_again_by_its_password() {
    journey(async |app| {
        let me = half_a_year_later(app).await;
        nothing_is_told(app).await;
        for (issuer, left) in [(Issuer::Gdut, 1), (Issuer::Hemc, 0)] {
            app.goto("/").await;
            app.page("home").await;
            app.click(&format!("reverify-{issuer}")).await;
            app.bind(&me, issuer).await;
            app.goto("/").await;
            app.page("home").await;
            app.shows(&format!("[data-card][data-issuer={issuer}]"))
                .await;
            if left > 0 {
                app.shows(&format!("[data-hidden-cards='{left}']")).await;
            }
        }
        app.shows_no("[data-hidden-cards]").await;
        assert_eq!(app.cards().await.len(), 2);
    });
}

#[test]
fn changed_hands_a_new_owner_starts_clean() {
    journey(async |app| {
        half_a_year_later(app).await;
        nothing_is_told(app).await;
        app.click("start-clean").await;
        app.click("start-clean-confirm").await;
        app.shows_no("[data-hidden-cards]").await;
        app.shows("[data-action=bind-card]").await;
        nothing_is_told(app).await;
        // Their own card, under the number that was the other's.
        let other = app.sandbox.with_letter().await;
        app.bind(&other, Issuer::Gdut).await;
        assert_eq!(app.cards().await.len(), 1);
        app.goto("/orders").await;
        app.page("orders").await;
        assert_eq!(app.count("[data-order]").await, 0);
    });
}
