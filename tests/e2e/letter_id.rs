use dika_contract::{Issuer, first_password::IdTail};

use crate::harness::{Options, journey, journey_with};

#[test]
fn letter_id_the_helper_gives_passwords_that_bind_both_cards() {
    journey(async |app| {
        let me = app.sandbox.with_letter().await;
        let tail = me.id_tail7.clone().expect("this person has an ID");
        app.open_page("/guide/password", "password-helper").await;
        app.type_into("id_tail", &tail).await;
        app.reads(&me.gdut().password).await;
        app.reads(&me.hemc().password).await;
        assert_ne!(
            me.gdut().password,
            me.hemc().password,
            "a letter parts the rules"
        );

        app.sign_in(&me).await;
        app.bind(&me, Issuer::Gdut).await;
        app.bind(&me, Issuer::Hemc).await;
        assert_eq!(app.cards().await.len(), 2);
    });
}

#[test]
fn letter_id_digits_stay_on_the_phone() {
    journey(async |app| {
        let typed = "612345x";
        let tail = IdTail::parse(typed).expect("a tail");
        app.open_page("/guide/password", "password-helper").await;
        app.ask(
            "window.sent = []; const real = window.fetch;
             window.fetch = (...all) => { window.sent.push(String(all[0]?.url ?? all[0])); return real(...all); };
             window.beacon = navigator.sendBeacon; ",
            serde_json::json!([]),
        )
        .await;
        app.type_into("id_tail", typed).await;
        app.reads(tail.gdut().as_str()).await;
        app.reads(tail.hemc().as_str()).await;
        let leaks = app
            .ask(
                "return JSON.stringify([location.href, document.cookie, window.sent,
                    { ...localStorage }, { ...sessionStorage }, history.state])",
                serde_json::json!([]),
            )
            .await;
        let leaks = leaks.as_str().unwrap_or_default();
        for secret in ["612345", tail.gdut().as_str(), tail.hemc().as_str()] {
            assert!(!leaks.contains(secret), "{secret} left the input: {leaks}");
        }
        // And a reload forgets it.
        app.reload().await;
        app.page("password-helper").await;
        assert_eq!(app.value("id_tail").await, "");
    });
}

#[test]
fn letter_id_what_is_no_tail_is_told_so() {
    journey_with(
        Options {
            language: "en",
            ..Options::default()
        },
        async |app| {
            app.open_page("/guide/password", "password-helper").await;
            for (typed, first) in [("4123456", "123456"), ("412345X", "412345")] {
                app.type_into("id_tail", typed).await;
                app.reads(first).await;
            }
            for typed in ["12345X", "X123456"] {
                app.type_into("id_tail", typed).await;
                app.ask("document.activeElement?.blur()", serde_json::json!([]))
                    .await;
                let text = app.main_text().await;
                assert!(!text.contains("412345\n"), "the old answer stays: {text}");
            }
        },
    );
}
