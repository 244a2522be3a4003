//! A browser that keeps no cookies: said once, at the cost of one code at most.

use crate::harness::{App, Options, assert_plain, journey, journey_with};

/// Signs in as far as this browser can.
async fn try_to_sign_in(app: &App) -> String {
    let me = app.sandbox.ordinary().await;
    app.goto("/sign-in?next=/orders").await;
    app.page("sign-in").await;
    app.type_into("phone", &me.phone).await;
    app.click("send-code").await;
    let code = app.sandbox.sms(&me.phone, None).await;
    app.type_into("code", &code).await;
    app.click("sign-in").await;
    app.shows("[data-error=cookies-refused]").await;
    // It neither goes round nor asks for another code.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    app.page("sign-in").await;
    assert_eq!(app.count("[data-error=cookies-refused]").await, 1);
    assert_eq!(app.value("phone").await, me.phone, "what was typed stays");
    assert_eq!(app.sandbox.last_sms(&me.phone).await, Some(code));
    let words = app.main_text().await;
    assert_plain(&words, "a browser without cookies");
    words
}

/// The browser says that it keeps cookies, and drops them.
#[test]
fn no_cookies_dropped_in_silence_is_said_after_the_first_sign_in() {
    journey(async |app| {
        app.before_every_page(
            // Reads of before are as they were preloaded.
            "const real = fetch;
            let wrote = false;
            window.fetch = (what, how) => {
                const asked = new Request(what, how);
                wrote ||= asked.method !== 'GET';
                return real(wrote ? new Request(asked, { credentials: 'omit' }) : asked);
            };",
        )
        .await;
        try_to_sign_in(app).await;
    });
}

/// The same for one whose cookies are gone with each answer that sets them.
#[test]
fn no_cookies_lost_at_once_is_said_after_the_first_sign_in() {
    let options = Options {
        language: "en",
        ..Options::default()
    };
    journey_with(options, async |app| {
        app.before_every_page(
            "const real = fetch;
            let reads = 0;
            window.fetch = (what, how) => {
                const asked = new Request(what, how);
                const later = asked.method === 'GET' && asked.url.endsWith('/session') && reads++;
                return real(later ? new Request(asked, { credentials: 'omit' }) : asked);
            };",
        )
        .await;
        let words = try_to_sign_in(app).await;
        assert!(words.contains("cookies"), "{words}");
    });
}

/// The browser is set to refuse them, and with them all storage: said before a code is asked for.
#[test]
fn no_cookies_refused_by_a_setting_is_said_before_a_code_is_sent() {
    let options = Options {
        cookies: false,
        ..Options::default()
    };
    journey_with(options, async |app| {
        app.goto("/sign-in").await;
        app.page("sign-in").await;
        app.awake().await;
        app.shows("[data-error=cookies-refused]").await;
        assert_plain(&app.main_text().await, "a browser that refuses cookies");
        // What needs no sign-in goes on.
        for (path, page) in [
            ("/", "home"),
            ("/guide/which-card", "which-card"),
            ("/service-points", "service-points"),
            ("/settings", "settings"),
        ] {
            app.open_page(path, page).await;
            app.awake().await;
        }
    });
}
