use dika_contract::{Issuer, WalletKind};

use crate::harness::{assert_plain, journey};

/// Rewrites the API's answers before the page sees them: a server newer than the app.
fn newer_server(changes: &[(&str, &str)]) -> String {
    let changes = serde_json::to_string(changes).expect("pairs of text");
    format!(
        "const real = window.fetch;
        window.fetch = async (...all) => {{
            const reply = await real(...all);
            if (!reply.url.includes('/api/v1/')) return reply;
            let text = await reply.text();
            for (const [from, to] of {changes}) text = text.replaceAll(from, to);
            return new Response(reply.status === 204 ? null : text,
                {{ status: reply.status, headers: reply.headers }});
        }};"
    )
}

#[test]
fn unknown_words_of_a_newer_server_crash_no_page() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.bind(&me, Issuer::Hemc).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "20").await;
        let card = app.card(Issuer::Gdut).await.id;
        app.before_every_page(&newer_server(&[
            ("\"paid\"", "\"settling\""),
            ("\"waiting\":\"", "\"waiting_for\":\""),
            ("\"claim\":\"waiting\"", "\"claim\":\"in_the_air\""),
            ("\"created\"", "\"dreamt\""),
            ("\"active\"", "\"glowing\""),
            ("\"gdut_load\"", "\"gdut_drone\""),
            ("\"utilities\"", "\"parking\""),
            ("\"longdong\"", "\"moon\""),
            (
                "\"is_default\":",
                "\"new_field\":{\"a\":[1]},\"is_default\":",
            ),
        ]))
        .await;
        for (path, page) in [
            ("/".to_owned(), "home"),
            ("/orders".to_owned(), "orders"),
            (format!("/orders/{order}"), "order"),
            (format!("/cards/{card}"), "card"),
            (format!("/cards/{card}/top-up/main"), "top-up"),
            ("/service-points".to_owned(), "service-points"),
            ("/guide/which-card".to_owned(), "which-card"),
            ("/where-is-my-money".to_owned(), "money-triage"),
        ] {
            // A page that came with its data would ask for nothing.
            app.open_page(&format!("{path}?shell"), page).await;
            app.shows_no("main [aria-busy=true]").await;
            let text = app.main_text().await;
            assert_plain(&text, &path);
            for word in [
                "settling",
                "in_the_air",
                "dreamt",
                "glowing",
                "drone",
                "moon",
            ] {
                assert!(!text.contains(word), "{path} shows {word}: {text}");
            }
        }
        // Unknown is neither paid nor failed.
        app.open_page(&format!("/orders/{order}?shell"), "order")
            .await;
        app.shows(&format!("[data-order='{order}'][data-payment=unknown]"))
            .await;
    });
}

#[test]
fn unknown_optional_fields_may_be_missing() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "20").await;
        let card = app.card(Issuer::Gdut).await.id;
        // Without limits, balances, timeline and terminals.
        app.before_every_page(&newer_server(&[
            ("\"limits\"", "\"limits_new\""),
            ("\"on_card\"", "\"on_card_new\""),
            ("\"waiting\":{", "\"waiting_new\":{"),
            ("\"timeline\"", "\"timeline_new\""),
            ("\"terminals\":[\"", "\"terminals_new\":[\""),
            ("\"college\"", "\"college_new\""),
        ]))
        .await;
        for (path, page) in [
            ("/".to_owned(), "home"),
            (format!("/orders/{order}"), "order"),
            (format!("/cards/{card}"), "card"),
            (format!("/cards/{card}/top-up/main"), "top-up"),
        ] {
            // A page that came with its data would ask for nothing.
            app.open_page(&format!("{path}?shell"), page).await;
            app.shows_no("main [aria-busy=true]").await;
            assert_plain(&app.main_text().await, &path);
        }
    });
}
