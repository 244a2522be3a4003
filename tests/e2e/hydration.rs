use std::cell::RefCell;

use dika::route::Route;
use dika_contract::{Issuer, WalletKind};
use serde_json::{Value, json};

use crate::harness::{App, Engine, Options, journey_with};

/// Keeps the page as it is the moment the app has drawn it: before any effect has run, so that
/// nothing that comes later (the sandbox's mark, a way to the sign-in page, a student's things) has
/// to be left out of the comparison.
const KEEP: &str = "
    addEventListener('dika:hydrated', () => {
        window.awoke = document.documentElement.cloneNode(true);
        window.awokeTitle = document.title;
        window.isAnew = !window.came.isConnected;
    }, { once: true });
";

/// Runs `TOUCH` once, after the page has come and before the app has begun: its code is held back until then.
const BEFORE_THE_APP: &str = "
    addEventListener('readystatechange', () => { window.came ??= document.body.firstChild; }, true);
    {
        const parsed = new Promise(go => addEventListener('DOMContentLoaded', go));
        let touched = false;
        const late = real => async (...all) => {
            await parsed;
            if (!touched) {
                touched = true;
                window.cameAs = document.documentElement.cloneNode(true);
                TOUCH;
            }
            return real.apply(WebAssembly, all);
        };
        WebAssembly.instantiateStreaming = late(WebAssembly.instantiateStreaming);
        WebAssembly.instantiate = late(WebAssembly.instantiate);
    }
";

/// Has something happen to every page before the app wakes.
async fn touch(app: &App, script: &str) {
    app.before_every_page(&BEFORE_THE_APP.replace("TOUCH", script))
        .await;
}

/// After this the app draws a page from nothing: hydration leaves words and attributes as they came, so what it
/// would have drawn can't be seen in a page that it took over.
const FROM_NOTHING: &str = "document.querySelector('.app').append(document.createElement('hr'))";

/// What came over the wire beside what the app drew, one line for each element and each text. Left
/// out: comments (markers by which the app finds its place) and how text is cut into nodes around
/// them; runs of blanks, which no reader sees; the order of attributes; in the head, what the
/// page's own first script (`boot.js`) puts there to be fetched ahead.
const BOTH: &str = "
    const lines = root => {
        const out = [];
        const walk = (node, depth) => {
            if (node.nodeType === 3) {
                const words = node.data.replace(/\\s+/g, ' ');
                const last = out.at(-1);
                if (last?.depth === depth && last.words !== undefined) last.words += words;
                else out.push({ depth, words });
            } else if (node.nodeType === 1) {
                const attributes = [...node.attributes].map(it => `${it.name}=\"${it.value}\"`).sort();
                out.push({ depth, tag: [node.localName, ...attributes].join(' ') });
                for (const child of node.childNodes) walk(child, depth + 1);
            }
        };
        if (root) walk(root, 0);
        return out.filter(it => it.tag ?? it.words.trim())
            .map(it => ' '.repeat(it.depth) + (it.tag ?? it.words.replace(/\\s+/g, ' ').trim()));
    };
    const app = root => lines(root.querySelector('.app'));
    return { made: app(cameAs), lives: app(awoke),
        title: [cameAs.querySelector('title').text, awokeTitle],
        lang: [cameAs.getAttribute('lang'), awoke.getAttribute('lang')] };
";

/// Every address whose page is ready-made: with its own, and the skeletons of those with an id; as it was built,
/// whoever asks.
fn addresses() -> Vec<String> {
    let all = Route::prerendered().into_iter().chain(Route::shells());
    all.map(|route| format!("{route}?shell")).collect()
}

/// Opens an address and gives what differs between the page as it came and as the app draws it from nothing.
async fn differences(app: &App, path: &str) -> Vec<String> {
    app.goto(path).await;
    app.awake().await;
    assert_eq!(
        app.ask("return isAnew", json!([])).await,
        true,
        "{path} was not drawn from nothing"
    );
    differing(app, path).await
}

/// What differs between the page as it came and as the app began it.
async fn differing(app: &App, path: &str) -> Vec<String> {
    let both = app.ask(BOTH, json!([])).await;
    let list = |name: &str| -> Vec<String> {
        let lines = both[name].as_array().cloned().unwrap_or_default();
        let lines = lines.iter().filter_map(Value::as_str);
        lines.map(str::to_owned).collect()
    };
    let (made, lives) = (list("made"), list("lives"));
    assert!(made.len() > 20, "{path} came empty: {both}");
    let mut out = Vec::new();
    for at in 0..made.len().max(lives.len()) {
        let (made, lives) = (made.get(at), lives.get(at));
        if made != lives {
            // What follows the first difference is shifted by it.
            out.push(format!("{path}, line {at}: {made:?} became {lives:?}"));
            break;
        }
    }
    for name in ["title", "lang"] {
        if both[name][0] != both[name][1] {
            out.push(format!("{path}: {name}: {}", both[name]));
        }
    }
    out
}

/// What the browser says of the page, but for answers of the API that are no: nobody is signed in.
async fn warnings(app: &App) -> Vec<String> {
    let entries = app.driver().browser_log().await.unwrap_or_default();
    let entries = entries.into_iter().filter(|entry| {
        let api = entry.source.as_deref() == Some("network") && entry.message.contains("/api/v1/");
        matches!(entry.level.as_str(), "WARNING" | "SEVERE") && !api
    });
    entries.map(|entry| entry.message).collect()
}

const LANGUAGES: [Options; 2] = [
    Options {
        engine: Engine::Chromium,
        language: "zh-CN",
        user_agent: None,
        scripts: true,
        cookies: true,
    },
    Options {
        engine: Engine::Chromium,
        language: "en",
        user_agent: None,
        scripts: true,
        cookies: true,
    },
];

/// Goes through every page in each state that a browser can bring along: a stranger's; one whose settings differ
/// from the system's; one who was here before; a student who is signed in and whose home page is kept.
async fn in_every_state(app: &App, look: impl AsyncFn(&App, &str, &str)) {
    let walk = async |state: &str| {
        for path in addresses() {
            look(app, &path, state).await;
        }
    };
    walk("stranger").await;
    let set =
        "localStorage.setItem('dika.text', 'care'); localStorage.setItem('dika.theme', 'dark')";
    app.ask(set, json!([])).await;
    walk("settings").await;
    // The server takes the cookie back as soon as it is asked who is here.
    app.before_every_page(
        "if (localStorage.getItem('journey.known')) document.cookie = 'dika_student=1; path=/'",
    )
    .await;
    let set = "localStorage.clear(); localStorage.setItem('journey.known', '1')";
    app.ask(set, json!([])).await;
    walk("known").await;
    app.goto("/").await;
    app.awake().await;
    let known = "localStorage.clear(); return awoke.hasAttribute('data-known')";
    assert_eq!(app.ask(known, json!([])).await, true, "the cookie counts");
    let me = app.sandbox.ordinary().await;
    app.with_card(&me, Issuer::Gdut).await;
    app.open_page("/", "home").await;
    app.wait(
        "the home page to be kept",
        "return localStorage.getItem('dika.home')",
        json!([]),
    )
    .await;
    walk("student").await;
}

#[test]
fn hydration_what_the_app_draws_from_nothing_is_what_came() {
    for options in LANGUAGES {
        journey_with(options, async |app| {
            touch(app, FROM_NOTHING).await;
            app.before_every_page(KEEP).await;
            let found = RefCell::new(Vec::new());
            in_every_state(app, async |app, path, state| {
                let differences = differences(app, path).await;
                let mut found = found.borrow_mut();
                found.extend(differences.iter().map(|it| format!("{state}: {it}")));
            })
            .await;
            let found = found.into_inner();
            assert!(
                found.is_empty(),
                "pages that the app draws otherwise:\n{}",
                found.join("\n")
            );
        });
    }
}

/// The other half: what came is what the app then lives in.
#[test]
fn hydration_takes_every_page_over() {
    for options in LANGUAGES {
        journey_with(options, async |app| {
            touch(app, "").await;
            app.before_every_page(KEEP).await;
            let found = RefCell::new(Vec::new());
            in_every_state(app, async |app, path, state| {
                app.goto(path).await;
                app.awake().await;
                let anew = app.ask("return isAnew", json!([])).await;
                let warnings = warnings(app).await;
                let mut found = found.borrow_mut();
                if anew != false {
                    found.push(format!("{state}: {path} is drawn anew"));
                }
                found.extend(warnings);
            })
            .await;
            let found = found.into_inner();
            assert!(found.is_empty(), "{}", found.join("\n"));
        });
    }
}

/// Opens an address until its page comes with all its data: a busy machine may be too late for it.
async fn open_with_data(app: &App, path: &str) {
    for _ in 0..20 {
        app.goto(path).await;
        app.awake().await;
        let whole =
            "return !!cameAs.querySelector('#seeds') && !cameAs.querySelector('.app .skeleton')";
        if app.ask(whole, json!([])).await == true {
            return;
        }
    }
    panic!("{path} came without data again and again");
}

/// A student's own pages, by what is on them.
async fn own_pages(app: &App) -> Vec<(&'static str, String)> {
    let me = app.sandbox.ordinary().await;
    app.with_card(&me, Issuer::Gdut).await;
    let empty = app.card(Issuer::Gdut).await.id;
    let gdut = (Issuer::Gdut, WalletKind::Main);
    let mut pages = vec![
        ("home without orders", "/".to_owned()),
        ("a card without orders", format!("/cards/{empty}")),
        ("no orders", "/orders".to_owned()),
        ("settings", "/settings".to_owned()),
        ("service points", "/service-points".to_owned()),
        (
            "service points of a campus and a card",
            "/service-points?campus=panyu&card=gdut".to_owned(),
        ),
        ("a top-up", format!("/cards/{empty}/top-up/main")),
    ];
    for (_, path) in &pages {
        open_with_data(app, path).await;
    }
    app.bind(&me, Issuer::Hemc).await;
    app.ask_to_bind(&me, Issuer::Gdut).await;
    app.shows("[data-action=identity-yes]").await;
    pages.push(("a question", app.path().await));
    let closed = app.order(gdut.0, gdut.1, "50").await;
    app.open_order(&closed).await;
    app.click("cancel-order").await;
    app.shows("[data-payment=closed]").await;
    pages.push(("a closed order", format!("/orders/{closed}")));
    for outcome in ["failed", "paid", "silent"] {
        let order = app.order(gdut.0, gdut.1, "30").await;
        app.sandbox.pay(&order, outcome).await;
        app.open_order(&order).await;
        app.shows("[data-order]").await;
        pages.push((outcome, format!("/orders/{order}")));
    }
    let claimed = app.top_up(Issuer::Hemc, WalletKind::Main, "10").await;
    app.order_is(&claimed, "paid", "not_needed").await;
    pages.push(("an order on the card", format!("/orders/{claimed}")));
    let waiting = app.top_up(Issuer::Hemc, WalletKind::Utilities, "10").await;
    pages.push(("an order to collect", format!("/orders/{waiting}")));
    let unpaid = app.order(Issuer::Hemc, WalletKind::Main, "20").await;
    pages.push(("an unpaid order", format!("/orders/{unpaid}")));
    pages.extend([
        ("home with orders", "/?again".to_owned()),
        ("orders", "/orders?again".to_owned()),
        ("a card with orders", format!("/cards/{empty}?again")),
        (
            "a top-up beside an unpaid order",
            format!("/cards/{empty}/top-up/main?again"),
        ),
    ]);
    pages
}

/// What time and a machine make of some of those pages.
async fn later_pages(app: &App, pages: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let me = app.sandbox.ordinary().await;
    app.sandbox.tap(&me.gdut().card_no, "gdut_load").await;
    app.sandbox.advance(6 * 3600 + 60).await;
    let of = |name: &str| {
        let page = pages.iter().find(|page| page.0 == name);
        page.map(|page| page.1.clone()).expect("such a page")
    };
    vec![
        ("a collected order", of("paid")),
        ("an order to be confirmed", of("an order to collect")),
        ("an order that was not paid in time", of("an unpaid order")),
        ("a question that was answered too late", of("a question")),
        ("home later", of("home with orders")),
    ]
}

/// Every page of a student's own, drawn by the server with data: what the app draws from nothing with the same
/// replies is the same, and the app takes it over.
#[test]
fn hydration_pages_with_data_are_what_the_app_draws_and_are_taken_over() {
    for options in LANGUAGES {
        journey_with(options, async |app| {
            app.before_every_page(KEEP).await;
            let touch = format!("if (localStorage.getItem('journey.anew')) {FROM_NOTHING}");
            app.before_every_page(&BEFORE_THE_APP.replace("TOUCH", &touch))
                .await;
            let pages = own_pages(app).await;
            let mut found = Vec::new();
            look_at(app, &pages, &mut found).await;
            look_at(app, &later_pages(app, &pages).await, &mut found).await;
            assert!(found.is_empty(), "{}", found.join("\n"));
        });
    }
}

/// Opens each page twice, drawn from nothing and taken over, and notes what differs from how it came.
async fn look_at(app: &App, pages: &[(&'static str, String)], found: &mut Vec<String>) {
    for (name, path) in pages {
        for anew in [true, false] {
            let set = if anew {
                "setItem('journey.anew', '1')"
            } else {
                "removeItem('journey.anew')"
            };
            app.ask(&format!("localStorage.{set}"), json!([])).await;
            open_with_data(app, path).await;
            let is_anew = app.ask("return isAnew", json!([])).await;
            if is_anew != anew {
                found.push(format!("{name}: drawn anew: {is_anew}, not {anew}"));
            }
            found.extend(differing(app, name).await);
            found.extend(warnings(app).await);
        }
    }
}

/// Serves the app with one text of a page replaced.
fn serve_changed(app: &App, page: &str, from: &str, to: &str) {
    let changed = app.server().copy_of_dist();
    let file = changed.join(page);
    let text = std::fs::read_to_string(&file).expect("the page");
    // Not in the scripts and styles that come first.
    let (head, body) = text.split_once("<body>").expect("a body");
    assert!(body.contains(from), "{page} has no {from}");
    let text = [head, "<body>", &body.replacen(from, to, 1)].concat();
    std::fs::write(&file, text).expect("written");
    for packed in ["br", "gz"] {
        drop(std::fs::remove_file(format!("{}.{packed}", file.display())));
    }
    app.server().kill();
    app.server().serve_next(changed);
    app.server().revive();
}

/// A judge who never finds anything may be blind.
#[test]
fn hydration_judges_see_a_page_that_differs() {
    for (fault, from, to) in [
        ("a word", "使用指南</h1>", "使用说明</h1>"),
        ("a letter of a link", "用哪张卡", "用那张卡"),
        ("an attribute", "tabindex=\"-1\"", "tabindex=\"0\""),
        ("a lost attribute", " aria-hidden=\"true\"", ""),
        (
            "another address",
            "href=\"/guide/new-student\"",
            "href=\"/guide/password\"",
        ),
        ("a node too many", "</main>", "<p>more</p></main>"),
        (
            "a missing node",
            "<p class=\"lead\">两张卡有什么不同，怎样充值，钱怎样到卡里。</p>",
            "",
        ),
    ] {
        journey_with(Options::default(), async |app| {
            serve_changed(app, "guide/index.html", from, to);
            touch(app, FROM_NOTHING).await;
            app.before_every_page(KEEP).await;
            let found = differences(app, "/guide").await;
            assert_eq!(found.len(), 1, "{fault} is not seen: {found:?}");
        });
    }
}

#[test]
fn hydration_fetches_every_file_once() {
    journey_with(Options::default(), async |app| {
        for path in addresses() {
            app.goto(&path).await;
            app.awake().await;
            let seen = app
                .ask(
                    "const seen = {};
                    for (const it of performance.getEntriesByType('resource'))
                        if (it.name.includes('/assets/')) seen[it.name] = (seen[it.name] ?? 0) + (it.transferSize > 0 ? 1 : 0);
                    return Object.entries(seen).filter(([, times]) => times > 1)",
                    json!([]),
                )
                .await;
            assert_eq!(seen, json!([]), "{path} fetches twice");
        }
    });
}
