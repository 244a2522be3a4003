use std::{collections::BTreeMap, time::Duration};

use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{App, journey};

/// Keeps hold of the app's own memory, which no tool of the browser shows by itself.
const WATCH_MEMORY: &str = "
    for (const way of ['instantiate', 'instantiateStreaming']) {
        const real = WebAssembly[way];
        WebAssembly[way] = async (...given) => {
            const made = await real.apply(WebAssembly, given);
            const instance = made.instance ?? made;
            window.appMemory ??= instance.exports.memory;
            return made;
        };
    }
";

/// WebAssembly's memory is made of pages of this many bytes (WebAssembly core specification, 4.2.8).
const MEMORY_STEP: u64 = 65_536;

/// Counts what asks to be woken later.
const WATCH_TIMERS: &str = "
    window.timers = 0;
    for (const way of ['setTimeout', 'setInterval', 'requestAnimationFrame']) {
        const real = window[way];
        window[way] = (...given) => { window.timers += 1; return real.apply(window, given); };
    }
";

/// What the page holds, after everything that can go has gone.
async fn held(app: &App) -> BTreeMap<String, u64> {
    // The app's timer for the last page's code has ended by then (`CODE_PATIENCE_MS` in src/app.rs).
    tokio::time::sleep(Duration::from_secs(1)).await;
    for _ in 0..2 {
        app.devtools("HeapProfiler.collectGarbage", json!({})).await;
    }
    let metrics = app.devtools("Performance.getMetrics", json!({})).await;
    let mut held: BTreeMap<String, u64> = metrics["metrics"]
        .as_array()
        .expect("metrics")
        .iter()
        .filter_map(|metric| {
            let name = metric["name"].as_str()?;
            ["Nodes", "JSEventListeners", "JSHeapUsedSize"]
                .contains(&name)
                .then(|| {
                    (
                        name.to_owned(),
                        metric["value"].as_f64().unwrap_or_default() as u64,
                    )
                })
        })
        .collect();
    let memory = app
        .ask("return window.appMemory.buffer.byteLength", json!([]))
        .await;
    held.insert("app memory".to_owned(), memory.as_u64().expect("bytes"));
    held
}

/// Goes through the tabs so many times, by the links, without loading anything anew.
async fn rounds(app: &App, count: usize) {
    for _ in 0..count {
        for (path, page) in [
            ("/orders", "orders"),
            ("/service-points", "service-points"),
            ("/guide", "guide"),
            ("/", "home"),
        ] {
            app.ask(
                "document.querySelector(`nav a[href='${arguments[0]}']`).click()",
                json!([path]),
            )
            .await;
            app.page(page).await;
        }
        app.shows("[data-card]").await;
    }
}

#[test]
fn a_hundred_pages_later_nothing_has_piled_up() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.before_every_page(WATCH_MEMORY).await;
        app.devtools("Performance.enable", json!({})).await;
        app.open_page("/", "home").await;
        // What is made once and kept is made now: pages' code, caches.
        rounds(app, 5).await;
        let before = held(app).await;
        rounds(app, 25).await;
        let after = held(app).await;
        for (what, allowed) in [
            // In hundredths of what it was. A node or a listener that each page left behind would be
            // a hundred of them.
            ("Nodes", 105),
            ("JSEventListeners", 105),
            ("JSHeapUsedSize", 115),
        ] {
            assert!(
                after[what] * 100 <= before[what] * allowed,
                "{what} grows: {before:?}, then {after:?}"
            );
        }
        // It grows by whole steps, and the router keeps each address that was gone through, a quarter of a
        // kilobyte: one step may fall into these hundred. A page's signals left behind would be many.
        let after = after["app memory"];
        assert!(
            after <= before["app memory"] + MEMORY_STEP,
            "the app's memory grows: {before:?}, then {after}"
        );
    });
}

#[test]
fn a_page_that_nobody_sees_sets_no_timers() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "10").await;
        app.before_every_page(WATCH_TIMERS).await;
        // The time left to collect; the order's state.
        for (path, page) in [
            ("/".to_owned(), "home"),
            (format!("/orders/{order}"), "order"),
        ] {
            app.open_page(&path, page).await;
            // The service worker is asked for three seconds after the page is awake.
            tokio::time::sleep(Duration::from_secs(4)).await;
            let so_far = async || {
                let timers = app.ask("return window.timers", json!([])).await;
                timers.as_u64().expect("a number")
            };
            let turn = async |state: &str| {
                app.ask(
                    "Object.defineProperty(document, 'visibilityState', { value: arguments[0], configurable: true });
                     Object.defineProperty(document, 'hidden', { value: arguments[0] === 'hidden', configurable: true });
                     document.dispatchEvent(new Event('visibilitychange'))",
                    json!([state]),
                )
                .await;
            };
            turn("hidden").await;
            // What was set before may still come due, and must not set another.
            tokio::time::sleep(Duration::from_secs(2)).await;
            let before = so_far().await;
            tokio::time::sleep(Duration::from_secs(6)).await;
            assert_eq!(so_far().await, before, "{path} wakes up though hidden");
            turn("visible").await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert!(so_far().await > before, "{path} sleeps on after the return");
        }
    });
}
