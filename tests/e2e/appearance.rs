//! Theme and text size on a student's own pages, which come in them and without a script that looks for them.

use dika_contract::Issuer;
use serde_json::json;

use crate::harness::{App, Options, journey, journey_with};

/// Of the home page as the server sends it: the start tag of its root, and whether a script stands ahead of what is seen.
const AS_IT_COMES: &str = "return fetch('/').then(it => it.text()).then(html => [
    /<html[^>]*>/.exec(html)[0],
    /<head>[^]*<\\/head>/.exec(html)[0].includes('<script'),
])";

/// The start tag of the home page as it comes; then the page is opened and shows `root`.
async fn home(app: &App, root: &str) -> String {
    let came = app.ask(AS_IT_COMES, json!([])).await;
    assert_eq!(came[1], false, "a script ahead of the page");
    app.open_page("/", "home").await;
    app.shows(root).await;
    came[0].as_str().unwrap_or_default().to_owned()
}

/// Waits until the theme's cookie holds this.
async fn has_cookie(app: &App, theme: &str) {
    let script = "return document.cookie.split('; ').includes('dika_theme=' + arguments[0])";
    app.wait("the cookie of the theme", script, json!([theme]))
        .await;
}

async fn student_s_pages_come_as_chosen(app: &App) {
    let me = app.sandbox.ordinary().await;
    app.with_card(&me, Issuer::Gdut).await;
    let came = home(app, "html:not([data-theme]):not([data-text])").await;
    assert!(came.contains("data-seeded"), "{came}");
    assert!(!came.contains("data-t"), "{came}");
    app.open_page("/settings", "settings").await;
    for (choice, root) in [
        ("dark", "html[data-theme=dark]"),
        ("care", "html[data-text=care]"),
    ] {
        app.choose("input[type=radio]", choice).await;
        app.shows(root).await;
    }
    let chosen = "html[data-theme=dark][data-text=care]";
    let came = home(app, chosen).await;
    assert!(
        came.contains(" data-theme=\"dark\" data-text=\"care\""),
        "{came}"
    );

    // A cookie is lost: the page is as it was chosen a moment later, and the next one comes so.
    let forget = "document.cookie = 'dika_theme=; path=/; max-age=0'";
    app.ask(forget, json!([])).await;
    let came = home(app, chosen).await;
    assert!(!came.contains("data-theme"), "{came}");
    has_cookie(app, "dark").await;
    let came = home(app, chosen).await;
    assert!(came.contains("data-theme"), "{came}");

    // The storage is lost, and with it the choice.
    app.ask("localStorage.removeItem('dika.theme')", json!([]))
        .await;
    let system = "html[data-text=care]:not([data-theme])";
    let came = home(app, system).await;
    assert!(came.contains("data-theme"), "{came}");
    has_cookie(app, "").await;
    let came = home(app, system).await;
    assert!(!came.contains("data-theme"), "{came}");
}

#[test]
fn appearance_of_a_student_s_pages_is_in_them() {
    journey(async |app| student_s_pages_come_as_chosen(app).await);
}

#[test]
fn webkit_appearance_of_a_student_s_pages_is_in_them() {
    journey_with(Options::WEBKIT, async |app| {
        student_s_pages_come_as_chosen(app).await;
    });
}
