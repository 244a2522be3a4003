use serde_json::json;

use crate::harness::{App, Options, journey_with};

const STATIC: [(&str, &str); 8] = [
    ("/", "home"),
    ("/sign-in", "sign-in"),
    ("/guide", "guide"),
    ("/guide/which-card", "which-card"),
    ("/guide/new-student", "new-student"),
    ("/guide/password", "password-helper"),
    ("/service-points", "service-points"),
    ("/where-is-my-money", "money-triage"),
];

async fn compare(app: &App) {
    for (path, page) in STATIC {
        app.open_page(path, page).await;
        // What came over the wire beside what lives now: the same words in the same order.
        let both = app
            .driver()
            .execute_async(
                "const done = arguments[0];
                const words = root => (root.querySelector('main')?.textContent ?? '').replace(/\\s+/g, ' ').trim();
                fetch(location.href).then(reply => reply.text()).then(text => {
                    const made = new DOMParser().parseFromString(text, 'text/html');
                    done({ made: words(made), lives: words(document),
                        title: [made.title, document.title], lang: [made.documentElement.lang, document.documentElement.lang] });
                }).catch(why => done({ why: String(why) }));",
                Vec::new(),
            )
            .await
            .expect("both pages can be read")
            .json()
            .clone();
        assert_eq!(both["made"], both["lives"], "{path} changed when it woke");
        assert_eq!(both["title"][0], both["title"][1], "{path}: title");
        assert_eq!(both["lang"][0], both["lang"][1], "{path}: language");
        app.assert_clean_console().await;
    }
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

#[test]
fn hydration_fetches_every_file_once() {
    journey_with(Options::default(), async |app| {
        for (path, page) in STATIC {
            app.open_page(path, page).await;
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
