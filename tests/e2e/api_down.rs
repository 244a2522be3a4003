use dika_contract::Issuer;

use crate::harness::{App, assert_plain, journey};

/// Everything that the API could be asked for goes wrong in this way.
async fn break_api(app: &App, kind: &str) {
    for path in [
        "/api/v1/directory",
        "/api/v1/session",
        "/api/v1/cards",
        "/api/v1/top-ups",
    ] {
        app.sandbox.fault("GET", path, kind, 100).await;
    }
}

#[test]
fn api_down_leaves_guide_and_service_points_whole() {
    for kind in ["error", "html", "drop"] {
        journey(async |app| {
            break_api(app, kind).await;
            app.open_page("/service-points", "service-points").await;
            app.shows("[data-service-point]").await;
            assert_eq!(app.count("[data-service-point]").await, 5, "{kind}");
            for phone in [
                "39322361", "39340236", "39322360", "39347848", "37627477", "87083696", "22629122",
            ] {
                assert!(
                    app.count(&format!("a[href^='tel:'][href*='{phone}']"))
                        .await
                        > 0
                        || app
                            .count(&format!("a[href^='tel:'][href$='{}']", &phone[4..]))
                            .await
                            > 0,
                    "{kind}: the phone {phone} is missing"
                );
            }
            assert_plain(&app.main_text().await, "service points without the API");
            for (path, page) in [
                ("/guide", "guide"),
                ("/guide/which-card", "which-card"),
                ("/guide/new-student", "new-student"),
                ("/guide/password", "password-helper"),
                ("/where-is-my-money", "money-triage"),
            ] {
                app.open_page(path, page).await;
                let text = app.main_text().await;
                assert_plain(&text, path);
                assert!(text.chars().count() > 80, "{kind}: {path} is thin: {text}");
                assert_eq!(
                    app.count("main [role=alert]").await,
                    0,
                    "{kind}: {path} needs no API and complains"
                );
            }
            app.open_page("/guide/password", "password-helper").await;
            app.type_into("id_tail", "412345X").await;
            app.reads("123450").await;
        });
    }
}

#[test]
fn api_down_for_the_session_leaves_a_student_no_empty_page() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        // What the page showed last is gone; that a student was here is all that is known.
        app.goto("/guide").await;
        app.ask("localStorage.clear()", serde_json::json!([])).await;
        app.sandbox
            .fault("GET", "/api/v1/session", "error", 20)
            .await;
        app.open_page("/", "home").await;
        app.shows("[data-card]").await;
        app.ask("localStorage.clear()", serde_json::json!([])).await;
        app.sandbox.fault("GET", "/api/v1/cards", "error", 20).await;
        app.open_page("/", "home").await;
        app.shows("[data-action=retry]").await;
        assert_plain(&app.main_text().await, "home without session and cards");
        app.sandbox.mend().await;
        app.click("retry").await;
        app.shows("[data-card]").await;
        // And who it is is known again: what is shown is kept for the next visit.
        app.wait(
            "the cards to be kept",
            "return localStorage.getItem('dika.home')?.includes('cards')",
            serde_json::json!([]),
        )
        .await;
    });
}

#[test]
fn api_down_is_told_in_plain_words_elsewhere_and_mends_itself() {
    for kind in ["error", "html", "drop"] {
        journey(async |app| {
            let me = app.sandbox.ordinary().await;
            app.with_card(&me, Issuer::Gdut).await;
            let card = app.card(Issuer::Gdut).await.id;
            let order = app
                .top_up(Issuer::Gdut, dika_contract::WalletKind::Main, "10")
                .await;
            for (path, page, api) in [
                ("/".to_owned(), "home", "/api/v1/cards".to_owned()),
                ("/orders".to_owned(), "orders", "/api/v1/top-ups".to_owned()),
                (
                    format!("/cards/{card}"),
                    "card",
                    format!("/api/v1/cards/{card}"),
                ),
                (
                    format!("/orders/{order}"),
                    "order",
                    format!("/api/v1/top-ups/{order}"),
                ),
            ] {
                app.sandbox.fault("GET", &api, kind, 20).await;
                app.open_page(&path, page).await;
                app.shows("[data-action=retry]").await;
                assert_plain(&app.main_text().await, &format!("{path} with {kind}"));
                // Repaired; a tap is enough.
                app.sandbox.mend().await;
                app.click("retry").await;
                app.shows(&format!(
                    "[data-order='{order}'], a[href='/cards/{card}/top-up/main']"
                ))
                .await;
            }
        });
    }
}
