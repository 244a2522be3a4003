//! One browser, two tabs: what is done in the one is true in the other.

use dika_contract::{Issuer, WalletKind};
use serde_json::json;
use thirtyfour::WindowHandle;

use crate::harness::{App, Person, journey};

/// What a browser may tell a tab that is looked at again: each alone.
const RETURNS: [&str; 3] = [
    "dispatchEvent(new Event('pageshow'))",
    "document.dispatchEvent(new Event('visibilitychange'))",
    // Hidden without an event, and back with the focus alone.
    "Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
    dispatchEvent(new Event('focus'));
    delete document.hidden;
    delete document.visibilityState;
    dispatchEvent(new Event('focus'));",
];

async fn first_tab(app: &App) -> WindowHandle {
    app.driver().window().await.expect("this tab has a handle")
}

async fn open_tab(app: &App) -> WindowHandle {
    let tab = app.driver().new_tab().await.expect("another tab opens");
    go_to(app, &tab).await;
    tab
}

async fn go_to(app: &App, tab: &WindowHandle) {
    let went = app.driver().switch_to_window(tab.clone()).await;
    went.expect("the tab is there");
}

/// Signs out, and this student in, in the tab that is shown.
async fn change_to(app: &App, person: &Person) {
    app.open_page("/settings", "settings").await;
    app.click("sign-out").await;
    app.shows("[data-action=open-sign-in]").await;
    app.sandbox.advance(61).await;
    app.goto("/sign-in").await;
    app.sign_in(person).await;
}

/// What the tab shows and keeps of somebody: markup, the values of fields, the tab's and the browser's storage.
async fn everything(app: &App) -> String {
    let script = "return [document.documentElement.outerHTML,
        ...[...document.querySelectorAll('input')].map(it => it.value),
        JSON.stringify({ ...sessionStorage }), JSON.stringify({ ...localStorage })].join('\\n')";
    let all = app.ask(script, json!([])).await;
    all.as_str().unwrap_or_default().to_owned()
}

#[test]
fn two_tabs_another_student_finds_nothing_of_the_one_before() {
    journey(async |app| {
        let first = app.sandbox.ordinary().await;
        let second = app.sandbox.at(dika_contract::Campus::Longdong).await;
        app.with_card(&first, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "20").await;
        let card = app.card(Issuer::Gdut).await;
        let one = first_tab(app).await;
        let other = open_tab(app).await;
        for (round, (path, page, ends_at)) in [
            ("/".to_owned(), "home", "home"),
            (format!("/cards/{}/top-up/main", card.id), "top-up", "home"),
            (format!("/orders/{order}"), "order", "home"),
            ("/orders".to_owned(), "orders", "orders"),
            (format!("/cards/{}", card.id), "card", "home"),
        ]
        .into_iter()
        .enumerate()
        {
            if round > 0 {
                go_to(app, &other).await;
                change_to(app, &first).await;
                go_to(app, &one).await;
            } else {
                go_to(app, &one).await;
            }
            app.open_page(&path, page).await;
            if page == "top-up" {
                app.review("37.5").await;
            } else {
                app.wait(
                    "the page to be read",
                    "return !document.querySelector('main .skeleton:not([aria-hidden] *)')",
                    json!([]),
                )
                .await;
            }
            go_to(app, &other).await;
            change_to(app, &second).await;
            go_to(app, &one).await;
            app.ask(RETURNS[round % RETURNS.len()], json!([])).await;
            app.page(ends_at).await;
            app.wait(
                "the one before to be gone from the page",
                "return !arguments[0].some(it => document.documentElement.outerHTML.includes(it))",
                // Some of these pages name the card, some the order.
                json!([[card.id.as_str(), &order]]),
            )
            .await;
            app.awake().await;
            let all = everything(app).await;
            for theirs in [card.id.as_str(), &order, &first.gdut().account] {
                assert!(!all.contains(theirs), "{path}: {theirs} is still there");
            }
            assert_eq!(app.value("amount").await, "", "{path}");
            // Nothing of this round runs on in the next.
            let left = app.driver().goto("about:blank").await;
            left.expect("the page closes");
        }
    });
}

#[test]
fn two_tabs_a_payment_is_never_made_for_another_student() {
    journey(async |app| {
        let first = app.sandbox.ordinary().await;
        let second = app.sandbox.at(dika_contract::Campus::Longdong).await;
        app.with_card(&first, Issuer::Gdut).await;
        let one = first_tab(app).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        // Nothing tells the first tab.
        app.ask(
            "for (const [name, state] of [['hidden', false], ['visibilityState', 'visible']])
                Object.defineProperty(document, name, { get: () => state });
            for (const name of ['visibilitychange', 'pageshow', 'focus', 'online', 'touchstart', 'pointerdown', 'keydown'])
                addEventListener(name, event => event.stopImmediatePropagation(), true);",
            json!([]),
        )
        .await;
        let other = open_tab(app).await;
        change_to(app, &second).await;
        go_to(app, &one).await;
        app.click("pay").await;
        app.page("home").await;
        assert_eq!(
            app.orders().await.len(),
            0,
            "an order of the second student"
        );
        go_to(app, &other).await;
        change_to(app, &first).await;
        assert_eq!(app.orders().await.len(), 0, "an order of the first student");
    });
}

#[test]
fn two_tabs_the_same_student_goes_on_where_they_were() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let one = first_tab(app).await;
        let other = open_tab(app).await;
        for (round, yuan) in ["20", "12.34", "50"].into_iter().enumerate() {
            go_to(app, &one).await;
            app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
            app.review(yuan).await;
            go_to(app, &other).await;
            change_to(app, &me).await;
            go_to(app, &one).await;
            app.click("pay").await;
            app.at_cashier().await;
            app.cashier_pay().await;
            app.page("order").await;
            assert_eq!(app.orders().await.len(), round + 1, "one order for {yuan}");
        }
    });
}

#[test]
fn two_tabs_signed_in_beside_the_sign_in_page_it_goes_on() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "20").await;
        let one = first_tab(app).await;
        let other = open_tab(app).await;
        for (round, (path, page)) in [
            ("/orders".to_owned(), "orders"),
            (format!("/orders/{order}"), "order"),
            ("/bind/hemc".to_owned(), "bind"),
        ]
        .into_iter()
        .enumerate()
        {
            go_to(app, &one).await;
            let forgot = app.driver().delete_all_cookies().await;
            forgot.expect("the browser forgets who it was");
            app.sandbox.advance(61).await;
            app.goto(&path).await;
            app.page("sign-in").await;
            app.awake().await;
            go_to(app, &other).await;
            app.goto("/sign-in").await;
            app.sign_in(&me).await;
            go_to(app, &one).await;
            app.ask(RETURNS[round], json!([])).await;
            app.page(page).await;
            assert_eq!(app.path().await, path);
        }
    });
}
