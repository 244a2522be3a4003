use dika_contract::Issuer;

use crate::harness::{assert_plain, journey};

const WRONG: &str = "000001";

#[test]
fn lock_out_after_five_wrong_passwords_for_everyone() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        let another = app
            .sandbox
            .people()
            .await
            .into_iter()
            .find(|person| person.phone != me.phone)
            .expect("the sandbox has more than one person");
        app.sign_in(&me).await;

        // Each wrong password says how many are left.
        let mut told = Vec::new();
        for attempt in 1..=4 {
            app.ask_to_bind_with(&me, Issuer::Gdut, WRONG).await;
            app.shows("[role=alert]").await;
            let text = app.main_text().await;
            assert_plain(&text, "a wrong password");
            assert!(
                text.contains(&(5 - attempt).to_string()),
                "attempt {attempt} does not say how many are left: {text}"
            );
            assert!(app.path().await.starts_with("/bind/gdut"));
            assert_eq!(app.value("account").await, me.gdut().account);
            told.push(text);
        }
        assert_ne!(told[0], told[3]);

        // The fifth locks; the page says until when.
        app.ask_to_bind_with(&me, Issuer::Gdut, WRONG).await;
        app.shows("[role=alert]").await;
        app.reads("15").await;

        // Even the right password, even from another phone.
        app.ask_to_bind(&me, Issuer::Gdut).await;
        app.shows("[role=alert]").await;
        let locked = app.main_text().await;
        assert_plain(&locked, "a locked card");
        assert!(
            locked.contains("15") || locked.contains("14"),
            "the time to wait is not said: {locked}"
        );
        app.driver()
            .delete_all_cookies()
            .await
            .expect("the browser forgets who it was");
        app.sign_in(&another).await;
        app.ask_to_bind(&me, Issuer::Gdut).await;
        app.shows("[role=alert]").await;
        assert!(app.path().await.starts_with("/bind/gdut"));

        // A quarter of an hour later it works.
        app.sandbox.advance(15 * 60 + 1).await;
        app.ask_to_bind(&me, Issuer::Gdut).await;
        app.page("confirm-identity").await;
    });
}

#[test]
fn lock_out_wrong_account_and_wrong_password_read_the_same() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.sign_in(&me).await;
        let mut told = Vec::new();
        for (account, password) in [
            (me.gdut().account.as_str(), WRONG),
            ("9999999999", me.gdut().password.as_str()),
        ] {
            app.open_page("/bind/gdut", "bind").await;
            app.type_into("account", account).await;
            app.type_into("password", password).await;
            app.click("bind").await;
            app.shows("[role=alert]").await;
            told.push(app.main_text().await);
        }
        assert_eq!(told[0], told[1], "accounts can be probed");
    });
}
