use std::path::Path;

use dika_contract::{Issuer, WalletKind};
use serde_json::{Value, json};

use crate::harness::{App, assert_plain, journey};

/// Waits until the service worker keeps everything that it wants to keep.
async fn kept(app: &App) {
    app.wait(
        "the service worker to be there",
        "navigator.serviceWorker.ready.then(it => { window.worker = it.active.state });
         return window.worker === 'activated'",
        json!([]),
    )
    .await;
}

/// All that lies in the browser's caches: address and text.
async fn caches(app: &App) -> Vec<(String, String)> {
    app.ask(
        "window.keptOnes = undefined;
         (async () => {
             const found = [];
             for (const name of await caches.keys()) {
                 const cache = await caches.open(name);
                 for (const request of await cache.keys()) {
                     const answer = await cache.match(request, { ignoreVary: true });
                     found.push([new URL(request.url).pathname, await answer.text()]);
                 }
             }
             window.keptOnes = found;
         })()",
        json!([]),
    )
    .await;
    let found = app
        .wait("the caches' content", "return window.keptOnes", json!([]))
        .await;
    let entries = found.as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    entries.map(|it| (text(&it[0]), text(&it[1]))).collect()
}

/// Changes a text in a file of an app, and in no compressed one beside it.
fn change(dist: &Path, name: &str, from: &str, to: &str) {
    let file = dist.join(name);
    let text = std::fs::read_to_string(&file).expect("a file of the app");
    assert!(text.contains(from), "{name} has no {from}");
    std::fs::write(&file, text.replacen(from, to, 1)).expect("written");
    for packed in ["br", "gz"] {
        let packed = dist.join(format!("{name}.{packed}"));
        if packed.exists() {
            std::fs::remove_file(packed).expect("removed");
        }
    }
}

#[test]
fn after_one_visit_guide_and_service_points_are_there_without_a_network() {
    journey(async |app| {
        app.open_page("/", "home").await;
        kept(app).await;
        app.server().kill();
        for (path, page) in [
            ("/service-points", "service-points"),
            ("/guide", "guide"),
            ("/guide/which-card", "which-card"),
            ("/guide/new-student", "new-student"),
            ("/guide/password", "password-helper"),
            ("/where-is-my-money", "money-triage"),
            ("/", "home"),
        ] {
            app.open_page(path, page).await;
            assert_plain(&app.main_text().await, path);
            assert_eq!(
                app.count("main [role=alert]").await,
                0,
                "{path} complains of the network"
            );
        }
        app.open_page("/service-points", "service-points").await;
        assert_eq!(app.count("[data-service-point]").await, 5);
        assert!(app.count("main a[href^='tel:']").await >= 5);
        // Going about in the app, too: each page's code is kept.
        app.tap("nav a[href='/guide']").await;
        app.page("guide").await;
        app.tap("main a[href='/guide/password']").await;
        app.page("password-helper").await;
        app.type_into("id_tail", "412345X").await;
        app.reads("123450").await;
        // What needs the server says so, and offers the next step.
        app.open_page("/sign-in", "sign-in").await;
        app.type_into("phone", "13800138000").await;
        app.click("send-code").await;
        app.shows("main [role=alert]").await;
        assert_plain(&app.main_text().await, "sign-in without a network");
        assert_eq!(app.value("phone").await, "13800138000");
        // And it goes on as soon as the server is back.
        app.server().revive();
        app.click("send-code").await;
        app.shows("input[name=code]").await;
    });
}

#[test]
fn every_id_of_the_contract_has_its_page_without_a_network() {
    journey(async |app| {
        app.open_page("/", "home").await;
        kept(app).await;
        app.server().kill();
        for id in ["a", "0123456789-0123456789_0123456789abc", &"Z".repeat(36)] {
            for (path, page) in [
                (format!("/bindings/{id}"), "confirm-identity"),
                (format!("/cards/{id}"), "card"),
                (format!("/cards/{id}/top-up/utilities"), "top-up"),
                (format!("/orders/{id}"), "order"),
            ] {
                app.open_page(&path, page).await;
            }
        }
    });
}

#[test]
fn the_kept_pages_are_in_the_reader_s_language() {
    journey(async |app| {
        app.open_page("/settings", "settings").await;
        app.choose("input[name=language]", "en").await;
        app.click("apply-language").await;
        app.wait(
            "English",
            "return document.documentElement.lang === 'en'",
            json!([]),
        )
        .await;
        app.open_page("/guide", "guide").await;
        kept(app).await;
        app.server().kill();
        app.open_page("/service-points", "service-points").await;
        assert_eq!(app.attribute("html", "lang").await.as_deref(), Some("en"));
    });
}

#[test]
fn nothing_of_a_student_is_in_the_caches() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "10").await;
        let card = app.card(Issuer::Gdut).await;
        app.open_page("/", "home").await;
        kept(app).await;
        // Every page of a student's, under the worker.
        for (path, page) in [
            ("/".to_owned(), "home"),
            (format!("/cards/{}", card.id), "card"),
            (format!("/orders/{order}"), "order"),
            ("/orders".to_owned(), "orders"),
            (format!("/cards/{}/top-up/main", card.id), "top-up"),
            ("/settings".to_owned(), "settings"),
        ] {
            app.open_page(&path, page).await;
        }
        let mut found = caches(app).await;
        assert!(found.len() > 20, "{} files are kept", found.len());
        let session = app.api("/session").await;
        let name = session["user"]["id"].as_str().expect("a student");
        // And once they have left.
        app.click("sign-out").await;
        app.shows("[data-action=open-sign-in]").await;
        app.open_page("/", "home").await;
        let later = caches(app).await;
        assert_eq!(later.len(), found.len());
        found.extend(later);
        for (path, text) in found {
            assert!(!text.contains("id=\"seeds\""), "{path} came with data");
            assert!(
                [
                    "/assets/",
                    "/art/",
                    "/kept/",
                    "/icon.svg",
                    "/manifest.webmanifest"
                ]
                .iter()
                .any(|start| path.starts_with(start)),
                "{path} is none of the release's"
            );
            for private in [name, card.id.as_str(), &*order, &me.name, &me.phone] {
                assert!(!path.contains(private), "{path}");
                assert!(!text.contains(private), "{path} holds {private}");
            }
        }
    });
}

#[test]
fn a_new_release_replaces_the_kept_one_without_being_stuck() {
    journey(async |app| {
        app.open_page("/guide", "guide").await;
        kept(app).await;
        let before = caches(app).await.len();
        let next = app.server().copy_of_dist();
        change(&next, "guide/index.html", "</h1>", " 新版</h1>");
        change(&next, "sw.js", "RELEASE=\"", "RELEASE=\"next");
        app.server().kill();
        app.server().serve_next(next);
        app.server().revive();
        // The server's page is shown at once: the old one waits for times without it.
        app.open_page("/guide", "guide").await;
        app.wait(
            "the next release to be kept",
            "navigator.serviceWorker.getRegistration().then(it => { window.next = it.waiting?.state });
             return window.next === 'installed'",
            json!([]),
        )
        .await;
        // The next page that is opened is the first with nothing left of the old release.
        app.open_page("/service-points", "service-points").await;
        app.wait(
            "the old release to be gone",
            "caches.keys().then(it => { window.releases = it });
             return window.releases?.length === 1 && window.releases[0].startsWith('dika-next')",
            json!([]),
        )
        .await;
        assert_eq!(caches(app).await.len(), before);
        app.server().kill();
        app.goto("/guide").await;
        app.reads("新版").await;
    });
}

#[test]
fn a_worker_is_switched_off_from_the_server() {
    journey(async |app| {
        app.open_page("/", "home").await;
        kept(app).await;
        app.server().kill();
        app.server().set_next("DIKA_SERVICE_WORKER", "false");
        app.server().revive();
        app.open_page("/guide", "guide").await;
        app.wait(
            "no worker and nothing kept",
            "navigator.serviceWorker.getRegistrations().then(it => { window.workers = it.length });
             caches.keys().then(it => { window.caches_ = it.length });
             return window.workers === 0 && window.caches_ === 0",
            json!([]),
        )
        .await;
        // Pages go on as if there had never been one.
        app.open_page("/service-points", "service-points").await;
        assert_eq!(app.count("[data-service-point]").await, 5);
    });
}
