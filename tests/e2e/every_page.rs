use std::collections::BTreeSet;

use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{App, assert_plain, journey};

async fn title(app: &App) -> String {
    app.driver().title().await.expect("a title")
}

/// Opens every page by its address: its code comes, it wakes, it says that nothing here is real, it
/// has one heading and a title of its own. Also told in WebKit.
pub async fn wakes_everywhere(app: &App) {
    let me = app.sandbox.ordinary().await;
    app.with_card(&me, Issuer::Gdut).await;
    app.ask_to_bind(&me, Issuer::Hemc).await;
    app.page("confirm-identity").await;
    let binding = app.path().await;
    let order = app.top_up(Issuer::Gdut, WalletKind::Main, "10").await;
    let card = app.card(Issuer::Gdut).await.id;
    let mut titles = BTreeSet::new();
    for (path, page) in [
        ("/".to_owned(), "home"),
        ("/bind".to_owned(), "bind-choose"),
        ("/bind/gdut".to_owned(), "bind"),
        (binding, "confirm-identity"),
        (format!("/cards/{card}"), "card"),
        (format!("/cards/{card}/top-up/main"), "top-up"),
        ("/orders".to_owned(), "orders"),
        (format!("/orders/{order}"), "order"),
        ("/service-points".to_owned(), "service-points"),
        ("/guide".to_owned(), "guide"),
        ("/guide/which-card".to_owned(), "which-card"),
        ("/guide/new-student".to_owned(), "new-student"),
        ("/guide/password".to_owned(), "password-helper"),
        ("/where-is-my-money".to_owned(), "money-triage"),
        ("/settings".to_owned(), "settings"),
        ("/nowhere".to_owned(), "not-found"),
    ] {
        app.open_page(&path, page).await;
        app.wait(
            "the sandbox's mark",
            "return /Sandbox|\u{6f14}\u{793a}/.test(document.body.innerText)",
            json!([]),
        )
        .await;
        assert!(titles.insert(title(app).await), "{path} shares its title");
        assert_eq!(app.count("main").await, 1, "{path}");
        assert_eq!(app.count("h1").await, 1, "{path} has one heading");
        assert_plain(&app.main_text().await, &path);
    }
}

/// Goes from page to page by links only, so that code comes after the app is awake. Also told in
/// WebKit.
pub async fn follows_links(app: &App) {
    app.open_page("/", "home").await;
    for (link, page) in [
        ("/guide", "guide"),
        ("/guide/which-card", "which-card"),
        ("/guide", "guide"),
        ("/guide/password", "password-helper"),
        ("/service-points", "service-points"),
        ("/guide", "guide"),
        ("/where-is-my-money", "money-triage"),
        ("/guide", "guide"),
        ("/settings", "settings"),
        ("/", "home"),
    ] {
        app.tap(&format!("a[href='{link}']")).await;
        app.page(page).await;
        assert_plain(&app.main_text().await, link);
    }
    for page in ["settings", "guide"] {
        app.back().await;
        app.page(page).await;
    }
}

#[test]
fn every_page_wakes_when_opened_by_its_address() {
    journey(wakes_everywhere);
}

#[test]
fn every_page_wakes_when_reached_by_links() {
    journey(follows_links);
}

#[test]
fn every_page_change_moves_focus_and_title() {
    journey(async |app| {
        app.open_page("/guide", "guide").await;
        let before = title(app).await;
        app.tap("main a[href='/guide/password']").await;
        app.page("password-helper").await;
        app.wait(
            "the focus in the new page",
            "return document.activeElement?.closest('main')?.dataset.page === 'password-helper'",
            json!([]),
        )
        .await;
        assert_ne!(title(app).await, before);
        app.back().await;
        app.page("guide").await;
        app.wait(
            "the old title",
            "return document.title === arguments[0]",
            json!([before]),
        )
        .await;
    });
}

#[test]
fn every_code_is_asked_for_once_a_minute() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.open_page("/sign-in", "sign-in").await;
        app.type_into("phone", &me.phone).await;
        app.ask(
            "const send = document.querySelector('[data-action=send-code]'); send.click(); send.click();",
            json!([]),
        )
        .await;
        let code = app.sandbox.sms(&me.phone, None).await;
        app.shows("[data-action=send-code][aria-disabled=true]")
            .await;
        let label = "return document.querySelector('[data-action=send-code]').innerText";
        let label = app.ask(label, json!([])).await.to_string();
        assert!(
            label.chars().any(|letter| letter.is_ascii_digit()),
            "the button counts down: {label}"
        );
        assert_eq!(
            app.count("[role=alert]").await,
            0,
            "the second tap is no fault"
        );
        assert_eq!(app.sandbox.last_sms(&me.phone).await, Some(code));
    });
}

#[test]
fn every_person_is_on_the_sandbox_s_desk() {
    journey(async |app| {
        app.goto("/sandbox").await;
        for person in app.sandbox.people().await {
            app.wait(
                &format!("{} on the desk", person.name),
                "return document.body.textContent.includes(arguments[0])",
                json!([person.phone]),
            )
            .await;
        }
    });
}
