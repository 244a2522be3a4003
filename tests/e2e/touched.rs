//! Browsers, extensions, carriers and translators touch a page before the app wakes.

use serde_json::{Value, json};

use crate::{
    harness::{App, Options, journey, journey_with},
    injected::inject,
};

/// What others do to a page, by name, and whether the app has to draw the page anew after it.
const TOUCHES: [(&str, bool, &str); 24] = [
    ("div-first", true, "body.prepend(make('div'))"),
    ("text-first", true, "body.prepend('advertisement')"),
    ("style-in-main", true, "main.prepend(make('style'))"),
    ("style-after-main", true, "main.after(make('style'))"),
    ("script-in-main", true, "main.append(make('script'))"),
    ("script-after-main", true, "main.after(make('script'))"),
    (
        "first-of-main-gone",
        true,
        "main.firstElementChild.remove()",
    ),
    ("last-of-main-gone", true, "main.lastElementChild.remove()"),
    (
        "tabs-gone",
        true,
        "document.querySelector('.tabs').remove()",
    ),
    (
        "no-comments",
        true,
        "walk(NodeFilter.SHOW_COMMENT).forEach(it => it.remove())",
    ),
    (
        "data-detectors",
        true,
        "texts().slice(3, 6).forEach(it => {
            const link = make('a');
            link.setAttribute('x-apple-data-detectors', 'true');
            it.replaceWith(link);
            link.append(it);
        })",
    ),
    (
        "fonts",
        true,
        "texts().forEach(it => {
            const outer = make('font'), inner = make('font');
            inner.textContent = `«${it.data}»`;
            outer.append(inner);
            it.replaceWith(outer);
        })",
    ),
    (
        "password-managers",
        true,
        "[...document.querySelectorAll('input, h1')].forEach(it => it.after(make('div')))",
    ),
    ("text-split", true, "texts()[2].splitText(1)"),
    ("white-space", true, "main.append('\\n  ')"),
    (
        "between-comments",
        true,
        "walk(NodeFilter.SHOW_COMMENT)[1].after(make('ins'))",
    ),
    (
        "body-wrapped",
        true,
        "const box = make('div'); box.append(...body.childNodes); body.append(box)",
    ),
    (
        "app-doubled",
        true,
        "body.prepend(document.querySelector('.app').cloneNode(true))",
    ),
    ("main-moved-out", true, "body.append(main)"),
    (
        "emptied",
        true,
        "document.querySelector('.app').textContent = ''",
    ),
    // What the app can live with.
    (
        "attributes",
        false,
        "document.querySelectorAll('*').forEach(it => it.setAttribute('bis_skin_checked', '1'))",
    ),
    (
        "root-class",
        false,
        "document.documentElement.className = 'translated-ltr'",
    ),
    (
        "beside-body",
        false,
        "document.documentElement.append(make('some-extension'))",
    ),
    ("after-the-app", false, "body.append(make('div'))"),
];

/// Runs one touch, named by the address, after the page has come and before the app has begun. What is typed and
/// tapped by then is there too.
fn script() -> String {
    let touches: String = TOUCHES
        .iter()
        .map(|(name, _, touch)| format!("'{name}': () => {{ {touch}; }},\n"))
        .collect();
    format!(
        "{{
        const wanted = new URLSearchParams(location.search).get('touch');
        const make = name => document.createElement(name);
        const walk = what => {{
            const found = [], walker = document.createTreeWalker(document.querySelector('.app'), what);
            while (walker.nextNode()) found.push(walker.currentNode);
            return found;
        }};
        const texts = () => walk(NodeFilter.SHOW_TEXT).filter(it => it.data.trim());
        let body, main;
        const touches = {{ {touches} }};
        const parsed = new Promise(go => document.addEventListener('DOMContentLoaded', go));
        let touched = false;
        const late = real => async (...all) => {{
            await parsed;
            if (!touched) {{
                touched = true;
                ({{ body }} = document);
                main = document.querySelector('main');
                window.came = document.querySelector('.app');
                const phone = document.querySelector('input[name=phone]');
                if (phone) {{
                    phone.value = '19900000001';
                    document.querySelector('[data-action=sign-in]').click();
                }}
                touches[wanted]?.();
                // Nobody can keep what somebody takes away.
                window.isTyped = phone?.isConnected;
                // Nobody can keep what somebody takes away.
                window.isTyped = phone?.isConnected;
                await new Promise(go => setTimeout(go));
            }}
            return real.apply(WebAssembly, all);
        }};
        WebAssembly.instantiateStreaming = late(WebAssembly.instantiateStreaming);
        WebAssembly.instantiate = late(WebAssembly.instantiate);
        new MutationObserver(() => {{
            if (document.querySelector('[data-rescue]')) window.wasRescued = true;
        }}).observe(document, {{ childList: true, subtree: true }});
        }}"
    )
}

/// The page is whole and lives.
async fn lives(app: &App, page: &str, case: &str) {
    let seen = app
        .ask(
            "return [document.querySelectorAll('main').length,
                document.querySelectorAll(`main[data-page='${arguments[0]}'] h1`).length,
                document.querySelectorAll('.tabs').length, !!window.wasRescued]",
            json!([page]),
        )
        .await;
    assert_eq!(seen, json!([1, 1, 1, false]), "{case}: {page}");
}

async fn is_survived(app: &App, (name, anew, _): (&str, bool, &str)) {
    for (path, page) in [
        ("/sign-in", "sign-in"),
        ("/", "home"),
        ("/guide/password", "password-helper"),
        ("/service-points", "service-points"),
    ] {
        // A visit of its own: the tab keeps the number that was typed before.
        app.ask("try { sessionStorage.clear() } catch {}", json!([]))
            .await;
        app.goto(&format!("{path}?touch={name}")).await;
        app.page(page).await;
        lives(app, page, name).await;
        let drawn = app.ask("return !window.came.isConnected", json!([])).await;
        assert_eq!(drawn, Value::Bool(anew), "{name}: drawn anew at {path}");
        if page == "sign-in" {
            let typed = app.ask("return isTyped", json!([])).await == true;
            let wanted = if typed { "19900000001" } else { "" };
            assert_eq!(app.value("phone").await, wanted, "{name}: the number");
            assert!(
                typed || name.ends_with("-gone") || name == "emptied",
                "{name}"
            );
            // The tap that came too early is answered: there is no code yet.
            app.shows("input[name=code][aria-invalid=true]").await;
        }
        let length = app.ask("return history.length", json!([])).await;
        app.tap("nav a[href='/guide']").await;
        app.page("guide").await;
        lives(app, "guide", name).await;
        let after = app.ask("return history.length", json!([])).await;
        let steps = after
            .as_i64()
            .zip(length.as_i64())
            .map(|(after, before)| after - before);
        assert!(
            steps <= Some(1),
            "{name}: one tap, one step: {length} then {after}"
        );
    }
}

#[test]
fn touched_pages_wake_all_the_same() {
    journey(async |app| {
        inject(app, &script()).await;
        for touch in TOUCHES {
            is_survived(app, touch).await;
        }
        // The policy refuses what some of them put in, and the browser says so.
        let said = app.driver().browser_log().await.unwrap_or_default();
        let said = said.into_iter().map(|entry| entry.message);
        let ended: Vec<String> = said.filter(|it| it.contains("panicked")).collect();
        assert!(ended.is_empty(), "{ended:?}");
    });
}

#[test]
fn webkit_touched_pages_wake_all_the_same() {
    journey_with(Options::WEBKIT, async |app| {
        inject(app, &script()).await;
        for touch in TOUCHES.into_iter().step_by(3) {
            is_survived(app, touch).await;
        }
    });
}

/// The app is told that the page is as it came, once, and ends at what is missing.
const ENDS_ONCE: &str = "{
    let real, ended = false;
    Object.defineProperty(window, 'dikaTakeOver', {
        get: () => real && (anew => {
            if (ended) return real(anew);
            ended = true;
            const phone = document.querySelector('input[name=phone]');
            if (phone) phone.value = '19900000001';
            document.querySelector('main').firstElementChild.remove();
            document.querySelector('.tabs').remove();
            window.endedAt = performance.now();
            return true;
        }),
        set: it => { real = it; },
    });
    addEventListener('dika:hydrated', () => { window.wokeAt ??= performance.now(); });
    new MutationObserver(() => {
        if (document.querySelector('[data-rescue]')) window.wasRescued = true;
    }).observe(document, { childList: true, subtree: true });
}";

async fn is_begun_again(app: &App) {
    inject(app, ENDS_ONCE).await;
    for (path, page) in [
        ("/sign-in", "sign-in"),
        ("/", "home"),
        ("/service-points", "service-points"),
    ] {
        app.goto(path).await;
        app.page(page).await;
        lives(app, page, "ended").await;
        let took = app.ask("return wokeAt - endedAt", json!([])).await;
        println!("{path}: awake {took} ms after the end");
        if page == "sign-in" {
            assert_eq!(app.value("phone").await, "19900000001");
        }
        let length = app.ask("return history.length", json!([])).await;
        app.tap("nav a[href='/guide']").await;
        app.page("guide").await;
        app.tap("main a[href='/guide/which-card']").await;
        app.page("which-card").await;
        app.back().await;
        app.page("guide").await;
        lives(app, "guide", "ended").await;
        let after = app.ask("return history.length", json!([])).await;
        let steps = after
            .as_i64()
            .zip(length.as_i64())
            .map(|(after, before)| after - before);
        assert!(
            steps <= Some(2),
            "two taps, two steps: {length} then {after}"
        );
    }
    // What the browser says of the end is what the journey is about.
    drop(app.driver().browser_log().await);
}

#[test]
fn touched_an_app_that_ends_at_the_start_begins_again() {
    journey(is_begun_again);
}

#[test]
fn webkit_touched_an_app_that_ends_at_the_start_begins_again() {
    journey_with(Options::WEBKIT, is_begun_again);
}

/// A script that a carrier puts into the page, which the policy does not let in, is not the app's.
#[test]
fn touched_by_a_script_that_is_not_let_in_the_page_says_nothing() {
    journey(async |app| {
        inject(
            app,
            "document.addEventListener('DOMContentLoaded', () => {
                const script = document.createElement('script');
                script.onerror = () => { window.refused = true; };
                // Where the engine knows Trusted Types, the address is refused at once.
                try { script.src = 'https://carrier.example/toolbar.js'; } catch { window.refused = true; }
                document.body.append(script);
            });
            new MutationObserver(() => {
                if (document.querySelector('[data-rescue]')) window.wasRescued = true;
            }).observe(document, { childList: true, subtree: true });",
        )
        .await;
        app.open_page("/guide", "guide").await;
        app.wait("the refusal", "return window.refused", json!([]))
            .await;
        assert_eq!(
            app.ask("return !!window.wasRescued", json!([])).await,
            false
        );
        drop(app.driver().browser_log().await);
    });
}
