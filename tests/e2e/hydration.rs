use dika::route::Route;
use serde_json::{Value, json};

use crate::harness::{App, Options, journey_with};

/// Keeps the page as it is the moment the app has taken it over: before any effect has run, so that
/// nothing that comes later (the sandbox's mark, a way to the sign-in page, a student's things) has
/// to be left out of the comparison.
const KEEP: &str = "
    addEventListener('dika:hydrated', () => {
        window.awoke = document.documentElement.cloneNode(true);
        window.awokeTitle = document.title;
    }, { once: true });
";

/// What came over the wire beside what lives now, one line for each element and each text. Left
/// out: comments (markers by which the app finds its place) and how text is cut into nodes around
/// them; runs of blanks, which no reader sees; the order of attributes; in the head, what the
/// page's own first script (`boot.js`) puts there to be fetched ahead.
const BOTH: &str = "
    const [path, done] = arguments;
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
    // Not the address that is shown by now: some pages send strangers to sign in first.
    fetch(path).then(reply => reply.text()).then(text => {
        const made = new DOMParser().parseFromString(text, 'text/html');
        const app = root => lines(root.querySelector('.app'));
        done({ made: app(made), lives: app(awoke), title: [made.title, awokeTitle],
            lang: [made.documentElement.lang, awoke.getAttribute('lang')] });
    }).catch(why => done({ why: String(why) }));
";

/// Every address whose page is ready-made: with its own, and the skeletons of those with an id.
fn addresses() -> Vec<String> {
    let all = Route::prerendered().into_iter().chain(Route::shells());
    all.map(|route| route.to_string()).collect()
}

/// Opens an address and gives what differs between the page as it came and as it woke.
async fn differences(app: &App, path: &str) -> Vec<String> {
    app.goto(path).await;
    app.wait("the app to wake", "return !!window.awoke", json!([]))
        .await;
    let both = app.driver().execute_async(BOTH, vec![json!(path)]).await;
    let both = both.expect("both pages can be read").json().clone();
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

async fn compare(app: &App) {
    app.before_every_page(KEEP).await;
    let mut found = Vec::new();
    for path in addresses() {
        found.extend(differences(app, &path).await);
        found.extend(warnings(app).await);
    }
    // Home for one who was here before: the same page, of which they see the other half.
    app.ask("document.cookie = 'dika_student=1; path=/'", json!([]))
        .await;
    found.extend(differences(app, "/").await);
    found.extend(warnings(app).await);
    let known = "return awoke.hasAttribute('data-known')";
    assert_eq!(app.ask(known, json!([])).await, true, "the cookie counts");
    assert!(
        found.is_empty(),
        "pages that change when they wake:\n{}",
        found.join("\n")
    );
}

#[test]
fn hydration_changes_nothing_in_chinese() {
    journey_with(Options::default(), compare);
}

#[test]
fn hydration_changes_nothing_in_english() {
    journey_with(
        Options {
            language: "en",
            ..Options::default()
        },
        compare,
    );
}

/// A judge who never finds anything may be blind.
#[test]
fn hydration_judges_see_what_changes() {
    for (fault, change) in [
        ("an attribute", "querySelector('main').title = 'new'"),
        ("a word", "querySelector('h1').append('!')"),
        (
            "an element",
            "querySelector('main').append(document.createElement('p'))",
        ),
        ("the title", "title = 'new'"),
    ] {
        journey_with(Options::default(), async |app| {
            // Before the page is kept, as if the app had done it on taking over.
            app.before_every_page(&format!(
                "addEventListener('dika:hydrated', () => {{ document.{change}; }}, {{ once: true }});"
            ))
            .await;
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
