use serde_json::json;

use crate::harness::{App, Options, journey, journey_with};

async fn language(app: &App) -> String {
    app.attribute("html", "lang").await.unwrap_or_default()
}

#[test]
fn settings_language_is_changed_and_remembered() {
    journey(async |app| {
        app.open_page("/settings", "settings").await;
        assert_eq!(language(app).await, "zh-CN");
        app.choose("input[name=language]", "en").await;
        // Choosing alone changes nothing: arrow keys choose, too.
        assert_eq!(language(app).await, "zh-CN");
        app.click("apply-language").await;
        app.wait(
            "English",
            "return document.documentElement.lang === 'en'",
            json!([]),
        )
        .await;
        app.page("settings").await;
        app.open_page("/service-points", "service-points").await;
        assert_eq!(language(app).await, "en");
        app.reads("University Town").await;
        app.open_page("/settings", "settings").await;
        app.choose("input[name=language]", "zh-CN").await;
        app.click("apply-language").await;
        app.wait(
            "Chinese",
            "return document.documentElement.lang === 'zh-CN'",
            json!([]),
        )
        .await;
    });
}

#[test]
fn settings_language_follows_the_browser_at_first() {
    let english = Options {
        language: "en",
        ..Options::default()
    };
    journey_with(english, async |app| {
        for (path, page) in [
            ("/", "home"),
            ("/guide", "guide"),
            ("/sign-in", "sign-in"),
            ("/settings", "settings"),
            ("/nowhere", "not-found"),
        ] {
            app.open_page(path, page).await;
            assert_eq!(language(app).await, "en", "{path}");
            // Names of the source stay Chinese, with a gloss; sentences don't.
            let text = app.main_text().await;
            let chinese = text
                .chars()
                .filter(|it| ('\u{4e00}'..'\u{a000}').contains(it));
            let share = chinese.count() * 100 / text.chars().count().max(1);
            assert!(share < 25, "{path} is {share} % Chinese: {text}");
        }
    });
}

#[test]
fn settings_theme_and_text_size_are_set_before_the_first_paint() {
    journey(async |app| {
        app.open_page("/settings", "settings").await;
        app.choose("input[type=radio], option", "dark").await;
        app.wait(
            "the dark theme",
            "return document.documentElement.dataset.theme === 'dark'",
            json!([]),
        )
        .await;
        // That it is kept is said, once it is; and not again after a reload.
        let said = "main [role=status]:not(.extra)";
        app.shows(said).await;
        app.reload().await;
        app.page("settings").await;
        app.shows("input[name=theme][value=dark]:checked").await;
        app.shows_no(said).await;
        app.choose("input[type=radio], option", "care").await;
        app.shows(said).await;
        app.wait(
            "the large text",
            "return document.documentElement.dataset.text === 'care'",
            json!([]),
        )
        .await;
        // Fewer words: what no task needs is not shown, what one needs is.
        let shown = "return [...document.querySelectorAll(arguments[0])]
            .some(it => it.getClientRects().length > 0)";
        for (css, is_shown) in [(".extra", false), ("[data-action=open-sign-in]", true)] {
            let seen = app.ask(shown, json!([css])).await;
            assert_eq!(seen, is_shown, "{css}");
        }
        // Asked at the earliest moment there is: when the body begins.
        app.before_every_page(
            "new MutationObserver((_, watch) => {
                if (!document.body) return;
                watch.disconnect();
                window.atFirst = { ...document.documentElement.dataset };
            }).observe(document, { childList: true, subtree: true });",
        )
        .await;
        app.open_page("/guide", "guide").await;
        let first = app.ask("return window.atFirst", json!([])).await;
        assert_eq!(first["theme"], "dark");
        assert_eq!(first["text"], "care");
    });
}
