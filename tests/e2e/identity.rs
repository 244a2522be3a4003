use dika_contract::Issuer;
use serde_json::json;

use crate::harness::{App, assert_plain, journey};

/// The phones that can be tapped on this page.
async fn phones(app: &App) -> Vec<String> {
    let links = app
        .ask(
            "return [...document.querySelectorAll(\"a[href^='tel:']\")]
                .filter(it => it.getClientRects().length)
                .map(it => it.getAttribute('href').replace(/^tel:/, '').replace(/[^0-9]/g, ''))",
            json!([]),
        )
        .await;
    serde_json::from_value(links).expect("a list of links")
}

async fn nothing_is_bound(app: &App) {
    assert_eq!(app.cards().await, [], "a card was bound");
}

#[test]
fn identity_no_binds_nothing_and_names_no_payment() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.sign_in(&me).await;
        app.ask_to_bind(&me, Issuer::Gdut).await;
        app.page("confirm-identity").await;
        let binding = app.path().await;
        app.click("identity-no").await;
        app.shows_no("[data-action=identity-yes]").await;
        assert_plain(&app.main_text().await, "after saying no");
        assert_eq!(app.count("[data-action=pay], a[href*='/top-up/']").await, 0);
        nothing_is_bound(app).await;
        // Coming back does not ask again.
        app.goto(&binding).await;
        app.awake().await;
        app.shows_no("[data-action=identity-yes]").await;
        nothing_is_bound(app).await;
    });
}

#[test]
fn identity_unsure_names_the_points_with_the_cards_own_phone() {
    for (issuer, right, wrong) in [
        (Issuer::Gdut, "39322361", "39340236"),
        (Issuer::Hemc, "39340236", "39322361"),
    ] {
        journey(async |app| {
            let me = app.sandbox.ordinary().await;
            app.sign_in(&me).await;
            app.ask_to_bind(&me, issuer).await;
            app.page("confirm-identity").await;
            app.click("identity-unsure").await;
            app.shows("[data-service-point]").await;
            let phones = phones(app).await;
            assert!(
                phones.iter().any(|phone| phone.ends_with(right)),
                "{issuer}: the right phone is missing: {phones:?}"
            );
            assert!(
                !phones.iter().any(|phone| phone.ends_with(wrong)),
                "{issuer}: the other card's phone is shown: {phones:?}"
            );
            assert_plain(&app.main_text().await, "after saying cannot tell");
            assert_eq!(app.count("[data-action=pay], a[href*='/top-up/']").await, 0);
            nothing_is_bound(app).await;
        });
    }
}

#[test]
fn identity_unanswered_takes_no_top_up() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.sign_in(&me).await;
        app.ask_to_bind(&me, Issuer::Gdut).await;
        app.page("confirm-identity").await;
        let binding = app.path().await.replace("/bindings/", "");
        nothing_is_bound(app).await;
        // Somebody tries the address by hand.
        app.goto(&format!("/cards/{binding}/top-up/main")).await;
        app.awake().await;
        app.shows_no("[aria-busy=true]").await;
        app.shows_no("[data-action=pay]").await;
        assert_plain(&app.main_text().await, "a card that is not mine");
    });
}

#[test]
fn identity_expires_after_ten_minutes() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.sign_in(&me).await;
        app.ask_to_bind(&me, Issuer::Gdut).await;
        app.page("confirm-identity").await;
        app.shows("[data-action=identity-yes]").await;
        app.sandbox.advance(601).await;
        app.click("identity-yes").await;
        app.shows("a[href^='/bind']").await;
        assert_plain(&app.main_text().await, "a binding that ran out");
        nothing_is_bound(app).await;
    });
}

#[test]
fn identity_of_twins_can_not_be_told_apart_by_what_is_shown() {
    journey(async |app| {
        let twin = app
            .sandbox
            .noted(&[
                "same",
                "alike",
                "look",
                "identical",
                "twin",
                "\u{76f8}\u{540c}",
                "\u{4e00}\u{6837}",
            ])
            .await;
        app.sign_in(&twin).await;
        let issuer = if twin.gdut.is_some() {
            Issuer::Gdut
        } else {
            Issuer::Hemc
        };
        app.ask_to_bind(&twin, issuer).await;
        app.page("confirm-identity").await;
        app.click("identity-unsure").await;
        app.shows("[data-service-point] a[href^='tel:'], a[href^='tel:']")
            .await;
        nothing_is_bound(app).await;
    });
}
