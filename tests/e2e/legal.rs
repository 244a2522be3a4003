use serde_json::json;

use crate::{
    axe,
    harness::{Options, journey_with},
    reflow::misfits,
};

/// From sign-in, settings and home there is a way to both pages; they say who runs this, for which school, and for how
/// long what is kept, and come without the app.
#[test]
fn legal_pages_say_who_runs_this_and_need_no_app() {
    for (language, school, nobody) in [
        (
            "zh-CN",
            "\u{5e7f}\u{4e1c}\u{5de5}\u{4e1a}\u{5927}\u{5b66}",
            "\u{6f14}\u{793a}",
        ),
        ("en", "Guangdong University of Technology", "sandbox"),
    ] {
        let options = Options {
            language,
            ..Options::default()
        };
        let axe = axe::source();
        journey_with(options, async |app| {
            for path in ["/sign-in", "/settings"] {
                app.goto(path).await;
                app.awake().await;
                for to in ["/privacy", "/terms"] {
                    app.shows(&format!("main a[href='{to}'][rel^=external]"))
                        .await;
                }
            }
            app.tap("main a[href='/privacy']").await;
            app.shows("main[data-page=privacy]").await;
            let found = std::cell::RefCell::new(Vec::new());
            for page in ["privacy", "terms"] {
                app.goto(&format!("/{page}")).await;
                app.shows(&format!("main[data-page={page}]")).await;
                let lang = app.attribute("html", "lang").await;
                assert_eq!(lang.as_deref(), Some(language));
                let text = app.main_text().await;
                crate::harness::assert_plain(&text, page);
                assert!(text.contains(nobody), "{page} names no operator: {text}");
                assert!(
                    page == "terms" || text.contains(school),
                    "{page} names no school: {text}"
                );
                assert_eq!(
                    app.count("script[type=module]").await,
                    0,
                    "{page} loads the app"
                );
                for width in [320, 375] {
                    app.screen(width, 640).await;
                    let misfits = misfits(app, width).await;
                    assert!(misfits.is_empty(), "{page}, {width}: {misfits:?}");
                }
                axe::judge(app, page, &axe, &found).await;
            }
            let found = found.into_inner();
            assert!(found.is_empty(), "axe finds:\n{}", found.join("\n"));
            // The theme and the text size of the settings hold here, too.
            app.ask("localStorage.setItem('dika.theme', 'dark')", json!([]))
                .await;
            app.goto("/terms").await;
            app.shows("html[data-theme=dark]").await;
        });
    }
}
