use std::collections::BTreeMap;
use std::path::Path;

use dika::route::Route;
use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{App, Options, journey, journey_with};

/// Kilobytes as people count them.
const KB: u64 = 1_000;

/// What the page fetched: address → (how often over the network, bytes on the wire).
async fn fetched(app: &App) -> BTreeMap<String, (u64, u64)> {
    let entries = app
        .ask(
            "return performance.getEntriesByType('resource')
                .concat(performance.getEntriesByType('navigation'))
                .map(it => [it.name, it.transferSize, it.encodedBodySize])",
            json!([]),
        )
        .await;
    let mut all: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for entry in entries.as_array().expect("a list") {
        let name = entry[0].as_str().expect("an address");
        // Nothing on the wire: taken from what was preloaded.
        if entry[1].as_u64() == Some(0) {
            continue;
        }
        let seen = all
            .entry(name.trim_start_matches(app.base()).to_owned())
            .or_default();
        seen.0 += 1;
        seen.1 += entry[2].as_u64().unwrap_or_default();
    }
    all
}

/// The budget's line of that kind, in bytes.
fn allowed(kind: &str) -> u64 {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("size-budget.toml");
    std::fs::read_to_string(file)
        .expect("size-budget.toml")
        .lines()
        .find_map(|line| line.strip_prefix(kind)?.trim().strip_prefix('='))
        .and_then(|bytes| bytes.trim().parse().ok())
        .unwrap_or_else(|| panic!("{kind} in size-budget.toml"))
}

/// Opens a page with nothing in the browser's cache, and gives what it fetched.
///
/// # Panics
/// When something came twice or from elsewhere, or more or less code than the page asks for ahead.
async fn visited(app: &App, path: &str, page: &str) -> BTreeMap<String, (u64, u64)> {
    app.devtools("Network.enable", json!({})).await;
    app.devtools("Network.clearBrowserCache", json!({})).await;
    // On a slow machine it may be there by the second visit.
    app.devtools("Network.setBypassServiceWorker", json!({ "bypass": true }))
        .await;
    app.open_page(path, page).await;
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    let fetched = fetched(app).await;
    assert_each_once(app, &fetched, path).await;
    fetched
}

/// Nothing came twice or from elsewhere, and the code is what the page asked for ahead.
async fn assert_each_once(app: &App, fetched: &BTreeMap<String, (u64, u64)>, path: &str) {
    let twice: Vec<_> = fetched
        .iter()
        .filter(|(_, (times, _))| *times > 1)
        .collect();
    assert!(twice.is_empty(), "{path} fetches twice: {twice:?}");
    let outside: Vec<_> = fetched
        .keys()
        .filter(|name| !name.starts_with('/'))
        .collect();
    assert!(outside.is_empty(), "somebody else's server: {outside:?}");
    let ahead = app
        .ask(
            "return [...document.querySelectorAll('link[rel=preload][href$=\".wasm\"]')]
                .map(it => it.getAttribute('href')).sort()",
            json!([]),
        )
        .await;
    let code: Vec<_> = fetched
        .keys()
        .filter(|name| name.ends_with(".wasm"))
        .collect();
    assert_eq!(
        json!(code),
        ahead,
        "{path}: code, and what is asked for ahead"
    );
}

/// Bytes of the page itself and of the app's code.
fn bytes(fetched: &BTreeMap<String, (u64, u64)>, page: &str) -> u64 {
    fetched
        .iter()
        .filter(|(name, _)| *name == page || name.starts_with("/assets/"))
        .map(|(_, (_, bytes))| bytes)
        .sum()
}

#[test]
fn a_first_visit_fetches_each_thing_once_and_within_the_budget() {
    journey(async |app| {
        for (path, page) in [
            ("/", "home"),
            ("/service-points", "service-points"),
            ("/guide", "guide"),
            ("/guide/which-card", "which-card"),
            ("/sign-in", "sign-in"),
        ] {
            let fetched = visited(app, path, page).await;
            let code = fetched.keys().filter(|name| name.ends_with(".wasm"));
            assert_eq!(code.count() == 1, path == "/", "{path}: {fetched:?}");
            if path == "/" {
                let bytes = bytes(&fetched, path);
                assert!(
                    bytes > 50 * KB && bytes <= allowed("home_visit"),
                    "{bytes} bytes: {fetched:?}"
                );
            }
        }
        // A student's home page as it was built asks for the student's things ahead, too.
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let fetched = visited(app, "/?shell", "home").await;
        app.shows("[data-card]").await;
        for asked in ["/session", "/cards", "/top-ups?open=true"] {
            let asked = format!("/api/v1{asked}");
            assert!(fetched.contains_key(&asked), "{asked}: {fetched:?}");
        }
        let all = bytes(&fetched, "/?shell");
        assert!(
            all > 50 * KB && all <= allowed("student_visit") + allowed("student_touch"),
            "{all} bytes: {fetched:?}"
        );
        // One that comes with them does not. A busy machine may be too late for them.
        let mut asked = vec![String::new()];
        for _ in 0..10 {
            let fetched = visited(app, "/", "home").await;
            let bytes = bytes(&fetched, "/");
            let api = fetched.keys().filter(|name| name.starts_with("/api/"));
            asked = api.cloned().collect();
            if asked == ["/api/v1/session"] {
                // With the data, which the budget does not count.
                assert!(bytes <= allowed("student_visit") + 2 * KB, "{bytes} bytes");
                break;
            }
        }
        assert_eq!(asked, ["/api/v1/session"]);
    });
}

/// Waits for the app without asking for it, as [`App::awake`] would.
async fn wakes_by_itself(app: &App) {
    app.wait(
        "the app to wake by itself",
        "return document.documentElement.dataset.ready === 'true'",
        json!([]),
    )
    .await;
}

/// Where the places of the tab bar lead that are marked.
const MARKED: &str = "return [...document.querySelectorAll('nav a[aria-current]')].map(it => it.getAttribute('href'))";

/// Files of the app and calls of the API for which the page asked in its first seconds, however late one looks.
const AT_ONCE: &str = "
    const [page] = performance.getEntriesByType('navigation');
    return performance.getEntriesByType('resource')
        .filter(it => /\\/(assets|api)\\//.test(it.name) && !/\\/icon-/.test(it.name) && it.startTime < page.loadEventStart + 1990)
        .map(it => it.name)";

/// Whether a file is one of the app's, and not the icon, which browsers ask for or not.
fn is_code(name: &str) -> bool {
    name.contains("/assets/") && !name.contains("/icon-")
}

/// What crossed the network for a page to be read, while it was only read.
#[test]
fn a_page_to_be_read_brings_the_app_when_it_is_touched() {
    journey(async |app| {
        app.devtools("Network.enable", json!({})).await;
        app.devtools("Network.setBypassServiceWorker", json!({ "bypass": true }))
            .await;
        app.before_every_page(
            "addEventListener('dika:begun', () => { window.begunAt = performance.now(); });",
        )
        .await;
        for (path, name, touch) in [
            ("/", "home", None),
            // Nothing but the browser answers there; what wants the app asks for it.
            ("/guide", "guide", Some("")),
            (
                "/service-points",
                "points",
                Some("[name=campus][value=panyu]"),
            ),
            ("/guide/password", "password", Some("input[name=id_tail]")),
            ("/where-is-my-money", "triage", Some("input[name=problem]")),
        ] {
            app.devtools("Network.clearBrowserCache", json!({})).await;
            app.goto(path).await;
            app.wait(
                "the page to have all that it asks for",
                "return document.readyState === 'complete'",
                json!([]),
            )
            .await;
            assert_eq!(app.ask(AT_ONCE, json!([])).await, json!([]), "{path}");
            let page = fetched(app).await.get(path).map(|(_, bytes)| *bytes);
            assert!(
                page > Some(5 * KB) && page <= Some(allowed(&format!("{name}_page"))),
                "{path}: {page:?} bytes"
            );
            let Some(touch) = touch else {
                // All that it needs is what every page shares: nobody touches it, and the app starts all the same.
                wakes_by_itself(app).await;
                let begun = app.ask("return window.begunAt", json!([])).await;
                assert!(begun.as_f64() > Some(2_000.0), "{path}: {begun}");
                continue;
            };
            // What every page shares comes all the same, and waits.
            app.wait(
                "what is fetched ahead",
                "const ended = name => performance.getEntriesByType('resource')
                    .some(it => it.name.includes('/assets/app-') && it.name.endsWith(name) && it.responseEnd > 0);
                return ended('.js') && ended('.wasm')",
                json!([]),
            )
            .await;
            let read = fetched(app).await;
            assert!(
                read.keys().all(|name| !name.starts_with("/api/")),
                "{path}: {read:?}"
            );
            let files = read.keys().filter(|name| is_code(name));
            assert_eq!(files.count(), 2, "{path}: {read:?}");
            let visit = bytes(&read, path);
            assert!(
                visit <= allowed(&format!("{name}_visit")),
                "{path}: {visit} bytes"
            );
            assert_eq!(app.count("html[data-waits]").await, 1, "{path}");
            app.ask(
                "const control = arguments[0] && document.querySelector(arguments[0]);
                if (control) control.click();
                else dispatchEvent(new Event('dika:wanted'));",
                json!([touch]),
            )
            .await;
            assert_eq!(app.count("html[data-waits]").await, 0, "{path}: touched");
            wakes_by_itself(app).await;
            assert_each_once(app, &fetched(app).await, path).await;
        }
        // Touched sooner, the page fetches nothing ahead any more.
        app.devtools("Network.clearBrowserCache", json!({})).await;
        app.open_page("/service-points", "service-points").await;
        app.wait(
            "the moment at which it would have",
            "const [page] = performance.getEntriesByType('navigation');
            return performance.now() > page.loadEventEnd + 2100",
            json!([]),
        )
        .await;
        assert_each_once(app, &fetched(app).await, "/service-points").await;
    });
}

/// Where the reader saves bytes, reading costs none of them.
#[test]
fn a_page_to_be_read_stays_without_the_app_where_bytes_are_saved() {
    journey(async |app| {
        app.before_every_page(
            "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })",
        )
        .await;
        app.goto("/guide").await;
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        assert_eq!(app.count("html[data-waits]").await, 1);
        let fetched = fetched(app).await;
        assert!(fetched.keys().all(|name| !is_code(name)), "{fetched:?}");
        // A page that is of no use without the app brings it.
        app.goto("/sign-in").await;
        wakes_by_itself(app).await;
    });
}

/// A tab is marked while the page behind it is still on its way, and only then.
#[test]
fn a_tab_is_marked_at_once_without_the_app() {
    journey(async |app| {
        app.goto("/guide").await;
        app.ask(
            "const stay = event => event.preventDefault();
                addEventListener('click', stay);
                document.querySelector('nav a[href=\"/orders\"]').click();
                removeEventListener('click', stay)",
            json!([]),
        )
        .await;
        assert_eq!(app.ask(MARKED, json!([])).await, json!(["/orders"]));
        // It was not left after all.
        app.awake().await;
        assert_eq!(app.ask(MARKED, json!([])).await, json!(["/guide"]));
        // Nor is it marked where it was left and came back.
        app.goto("/service-points").await;
        app.tap("nav a[href='/guide']").await;
        app.page("guide").await;
        app.back().await;
        app.page("service-points").await;
        assert_eq!(app.ask(MARKED, json!([])).await, json!(["/service-points"]));
    });
}

/// Notes every shift of what is seen.
const WATCH: &str = "
    window.shifts = [];
    new PerformanceObserver(list => {
        for (const it of list.getEntries())
            shifts.push([it.value, it.startTime, it.sources.map(source => {
                const node = source.node?.nodeType === 1 ? source.node : source.node?.parentElement;
                return (node?.className || node?.tagName || '?') + JSON.stringify([source.previousRect, source.currentRect]);
            })]);
    }).observe({ type: 'layout-shift', buffered: true });
";

/// Opens a page with nothing in the browser's cache, and gives what moved, if anything did.
async fn moved(app: &App, path: &str, page: &str) -> Option<String> {
    app.devtools("Network.clearBrowserCache", json!({})).await;
    app.open_page(path, page).await;
    app.wait(
        "the page to stand still",
        "return !document.querySelector('main .skeleton:not([aria-hidden] *)')",
        json!([]),
    )
    .await;
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    // Not while the page itself is still arriving: a browser that paints the first half of a label may find
    // no room in its row for the second. Where that falls is the network's chance, and no script's doing.
    // What came last is painted a frame or two after it was read; no script that is fetched can act so soon.
    let shifts = app
        .ask(
            "const [page] = performance.getEntriesByType('navigation');
             return window.shifts.filter(it => it[1] >= page.domInteractive + 50)",
            json!([]),
        )
        .await;
    let sum: f64 = shifts
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|shift| shift[0].as_f64())
        .sum();
    (sum > 0.001).then(|| format!("{path}: {sum:.4} {shifts}"))
}

/// A browser slow enough that each stage is painted: ready-made page, skeleton, answer.
async fn slowly(app: &App) {
    app.before_every_page(WATCH).await;
    app.devtools("Network.enable", json!({})).await;
    app.devtools(
        "Network.emulateNetworkConditions",
        json!({ "offline": false, "latency": 150, "downloadThroughput": 400_000, "uploadThroughput": 400_000 }),
    )
    .await;
}

/// Every route: as a stranger what strangers may see, then all of it as a student.
async fn nothing_moves(app: &App) {
    let me = app.sandbox.ordinary().await;
    let mut found = Vec::new();
    let open: Vec<Route> = Route::prerendered()
        .into_iter()
        .filter(|route| !route.needs_sign_in())
        .collect();
    // What has to be done first is done fast.
    app.with_card(&me, Issuer::Gdut).await;
    let order = app.top_up(Issuer::Gdut, WalletKind::Main, "10").await;
    let card = app.card(Issuer::Gdut).await.id;
    app.ask_to_bind(&me, Issuer::Hemc).await;
    app.page("confirm-identity").await;
    let question = app.path().await;
    slowly(app).await;
    let student: Vec<(String, &str)> = Route::prerendered()
        .into_iter()
        // A student who comes to sign in is sent on.
        .filter(|route| *route != Route::SignIn)
        .map(|route| (route.to_string(), route.page()))
        .chain([
            (question, "confirm-identity"),
            (format!("/cards/{card}"), "card"),
            (format!("/cards/{card}/top-up/main"), "top-up"),
            (format!("/orders/{order}"), "order"),
            ("/nowhere".to_owned(), "not-found"),
        ])
        .collect();
    for (path, page) in student {
        found.extend(moved(app, &path, page).await);
    }
    let forgot = app.driver().delete_all_cookies().await;
    forgot.expect("the browser forgets who it was");
    app.ask("localStorage.clear(); sessionStorage.clear();", json!([]))
        .await;
    for route in open {
        let stranger = moved(app, &route.to_string(), route.page()).await;
        found.extend(stranger.map(|line| format!("as a stranger, {line}")));
    }
    assert!(found.is_empty(), "pages that move:\n{}", found.join("\n"));
}

#[test]
fn nothing_moves_once_it_is_seen_in_chinese() {
    journey(nothing_moves);
}

#[test]
fn nothing_moves_once_it_is_seen_in_english() {
    let options = Options {
        language: "en",
        ..Options::default()
    };
    journey_with(options, nothing_moves);
}

/// A judge who never finds anything may be blind.
#[test]
fn what_moves_is_seen() {
    journey(async |app| {
        slowly(app).await;
        app.before_every_page(
            "addEventListener('dika:hydrated', () => setTimeout(() => {
                const late = document.createElement('p');
                late.textContent = 'late'; late.style.height = '80px';
                document.querySelector('main').prepend(late);
            }, 300));",
        )
        .await;
        let found = moved(app, "/guide", "guide").await;
        assert!(found.is_some(), "80 pixels are not seen");
    });
}
