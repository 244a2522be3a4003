use dika_contract::{Campus, Issuer};
use serde_json::{Value, json};

use crate::harness::{App, Options, journey, journey_with};

async fn points(app: &App) -> Vec<String> {
    let ids = app
        .ask(
            "return [...document.querySelectorAll('[data-service-point]')]
                .filter(it => it.getClientRects().length).map(it => it.dataset.servicePoint)",
            json!([]),
        )
        .await;
    serde_json::from_value(ids).expect("a list of points")
}

async fn phones(app: &App, point: &str) -> Vec<String> {
    let links = app
        .ask(
            "return [...document.querySelectorAll(`[data-service-point='${arguments[0]}'] a[href^='tel:']`)]
                .map(it => it.getAttribute('href').replace(/[^0-9]/g, ''))",
            json!([point]),
        )
        .await;
    serde_json::from_value(links).expect("a list of phones")
}

/// Waits until exactly these points are left.
async fn only(app: &App, wanted: &[&str]) {
    app.wait(
        &format!("only {wanted:?}"),
        "const shown = [...document.querySelectorAll('[data-service-point]')]
            .filter(it => it.getClientRects().length).map(it => it.dataset.servicePoint).sort();
        return JSON.stringify(shown) === JSON.stringify([...arguments[0]].sort())",
        json!([wanted]),
    )
    .await;
}

#[test]
fn service_points_are_five_with_their_phones() {
    journey(async |app| {
        app.open_page("/service-points", "service-points").await;
        assert_eq!(points(app).await.len(), 5);
        for (point, numbers) in [
            ("daxuecheng-east", &["39322361", "39340236"][..]),
            ("daxuecheng-west", &["39322360", "39347848"]),
            ("dongfenglu", &["37627477"]),
            ("longdong", &["87083696"]),
            ("panyu", &["22629122"]),
        ] {
            let phones = phones(app, point).await;
            assert_eq!(phones.len(), numbers.len(), "{point}: {phones:?}");
            for number in numbers {
                assert!(
                    phones.iter().any(|phone| phone.ends_with(number)),
                    "{point}: {phones:?}"
                );
            }
        }
    });
}

#[test]
fn service_points_are_filtered_by_campus_card_and_word() {
    journey(async |app| {
        app.open_page("/service-points", "service-points").await;
        app.choose("input[type=radio], option", Campus::Longdong.as_str())
            .await;
        only(app, &["longdong"]).await;
        app.choose("input[type=radio], option", Campus::Daxuecheng.as_str())
            .await;
        only(app, &["daxuecheng-east", "daxuecheng-west"]).await;
        app.choose("input[type=radio], option", "hemc").await;
        only(app, &["daxuecheng-east", "daxuecheng-west"]).await;
        assert_eq!(
            phones(app, "daxuecheng-east").await.len(),
            1,
            "only the chosen card's phone is left"
        );
        assert!(phones(app, "daxuecheng-east").await[0].ends_with("39340236"));
        app.choose("input[type=radio], option", "gdut").await;
        assert!(phones(app, "daxuecheng-east").await[0].ends_with("39322361"));
        // The address says it all, so that it can be shared and comes back.
        app.reload().await;
        app.page("service-points").await;
        only(app, &["daxuecheng-east", "daxuecheng-west"]).await;
    });
}

/// The app's code comes, and never starts.
const NEVER_AWAKE: &str =
    "WebAssembly.instantiateStreaming = WebAssembly.instantiate = () => new Promise(() => {});";

/// Campus and card are answered by the page's own script; the app goes on from there.
#[test]
fn service_points_are_filtered_before_the_app_is_there() {
    journey(async |app| {
        // It never comes.
        app.before_every_page(
            "addEventListener('dika:wanted', event => event.stopImmediatePropagation(), true)",
        )
        .await;
        app.before_every_page(NEVER_AWAKE).await;
        app.goto("/service-points?campus=panyu&card=gdut").await;
        only(app, &["panyu"]).await;
        app.choose("[name=campus]", "daxuecheng").await;
        only(app, &["daxuecheng-east", "daxuecheng-west"]).await;
        app.choose("[name=campus]", "all").await;
        assert_eq!(points(app).await.len(), 5);
        app.choose("[name=card]", "hemc").await;
        only(app, &["daxuecheng-east", "daxuecheng-west"]).await;
        // There is none: the app alone has words for that.
        app.choose("[name=campus]", "longdong").await;
        assert_eq!(points(app).await.len(), 5);
        // Words that nobody knows ask for nothing.
        app.goto("/service-points?campus=mars&card=visa").await;
        assert_eq!(points(app).await.len(), 5);
    });
    journey(async |app| {
        app.goto("/service-points?campus=panyu").await;
        only(app, &["panyu"]).await;
        app.choose("[name=campus]", "longdong").await;
        only(app, &["longdong"]).await;
        app.awake().await;
        only(app, &["longdong"]).await;
        app.wait(
            "the choice to stand in the address",
            "return location.search === '?campus=longdong'",
            json!([]),
        )
        .await;
        app.choose("[name=campus]", "all").await;
        only(
            app,
            &[
                "daxuecheng-east",
                "daxuecheng-west",
                "dongfenglu",
                "longdong",
                "panyu",
            ],
        )
        .await;
    });
}

/// Opens an address until its page comes with the student's cards: a busy machine may be too late for them.
async fn open_with_data(app: &App, path: &str) {
    for _ in 0..20 {
        app.goto(path).await;
        let seeds = "return !!document.getElementById('seeds')?.textContent.includes('\"/cards\"')";
        if app.ask(seeds, json!([])).await == true {
            return;
        }
    }
    panic!("{path} came without data again and again");
}

/// A student's page has their own campus from the first paint on, and what the address asks for comes before it.
#[test]
fn service_points_come_with_the_students_own_campus() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.before_every_page(NEVER_AWAKE).await;
        open_with_data(app, "/service-points").await;
        app.shows("[name=campus][value=daxuecheng]:checked").await;
        only(app, &["daxuecheng-east", "daxuecheng-west"]).await;
        // A tap is answered without the app, too.
        app.choose("[name=campus]", "panyu").await;
        only(app, &["panyu"]).await;
        app.choose("[name=campus]", "all").await;
        assert_eq!(points(app).await.len(), 5);
        open_with_data(app, "/service-points?campus=panyu").await;
        app.shows("[name=campus][value=panyu]:checked").await;
        only(app, &["panyu"]).await;
        app.choose("[name=card]", "hemc").await;
        app.choose("[name=campus]", "daxuecheng").await;
        only(app, &["daxuecheng-east", "daxuecheng-west"]).await;
        // The numbers for the other card are not in this page: it stays as it came.
        open_with_data(app, "/service-points?campus=panyu&card=gdut").await;
        only(app, &["panyu"]).await;
        app.choose("[name=campus]", "longdong").await;
        only(app, &["longdong"]).await;
        app.choose("[name=card]", "both").await;
        only(app, &["longdong"]).await;
    });
}

/// Holds the app's code back until `release()`.
const HELD: &str = "
    const let_go = new Promise(go => window.release = go);
    for (const name of ['instantiateStreaming', 'instantiate']) {
        const real = WebAssembly[name];
        WebAssembly[name] = async (...all) => {
            await let_go;
            return real.apply(WebAssembly, all);
        };
    }";

/// What the page's own script answered stays when the app takes the page over: the same nodes, and the same points.
#[test]
fn service_points_of_a_student_are_taken_over_as_they_are_filtered() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.before_every_page(HELD).await;
        for (path, choice, left) in [
            (
                "/service-points",
                None,
                &["daxuecheng-east", "daxuecheng-west"][..],
            ),
            ("/service-points", Some("panyu"), &["panyu"]),
            (
                "/service-points?campus=panyu",
                Some("longdong"),
                &["longdong"],
            ),
            ("/service-points?campus=panyu&card=gdut", None, &["panyu"]),
        ] {
            open_with_data(app, path).await;
            if let Some(campus) = choice {
                app.choose("[name=campus]", campus).await;
            }
            only(app, left).await;
            // One sketch, of the campus that is shown.
            let sketches = "return [...document.querySelectorAll('[data-service-point] + details')]
                .filter(it => it.getClientRects().length).length";
            assert_eq!(app.ask(sketches, json!([])).await, 1, "{path}");
            app.ask(
                "const shown = () => [...document.querySelectorAll('[data-service-point]')]
                     .filter(it => it.getClientRects().length);
                 window.kept = shown();
                 addEventListener('dika:hydrated', () => requestAnimationFrame(() => {
                     window.firstFrame = shown().map(it => it.dataset.servicePoint);
                 }));
                 release()",
                json!([]),
            )
            .await;
            app.awake().await;
            let first = app
                .wait("the first frame", "return window.firstFrame", json!([]))
                .await;
            assert_eq!(first, json!(left), "{path}, then {choice:?}");
            only(app, left).await;
            // Then the others leave the page.
            app.wait(
                "the hidden points to go",
                "return document.querySelectorAll('[data-service-point]').length === arguments[0]",
                json!([left.len()]),
            )
            .await;
            let kept = app
                .ask("return kept.every(it => it.isConnected)", json!([]))
                .await;
            assert_eq!(kept, true, "{path}, then {choice:?}: drawn anew");
        }
    });
}

/// On a narrow screen the filters' line scrolls: the campus that is chosen is seen, before the app is there.
#[test]
fn service_points_show_which_campus_is_chosen_on_a_narrow_screen() {
    journey(async |app| {
        app.screen(375, 667).await;
        app.before_every_page(NEVER_AWAKE).await;
        let in_sight = "
            const line = document.querySelector('.filters').getBoundingClientRect();
            const chosen = document.querySelector('[name=campus]:checked').getBoundingClientRect();
            return [chosen.left >= line.left && chosen.right <= line.right, scrollY]";
        for path in ["/service-points?campus=panyu", "/service-points"] {
            app.goto(path).await;
            assert_eq!(
                app.ask(in_sight, json!([])).await,
                json!([true, 0]),
                "{path}"
            );
        }
        // A choice of the card does not bring the line back to the campus.
        app.choose("[name=card]", "hemc").await;
        let moved = "
            const line = document.querySelector('.filters');
            line.scrollLeft = 1000;
            const before = line.scrollLeft;
            document.querySelector('[name=card][value=gdut]').click();
            return before > 0 && line.scrollLeft === before";
        assert_eq!(app.ask(moved, json!([])).await, true);
    });
}

#[test]
fn service_points_are_found_by_a_word() {
    journey(async |app| {
        app.open_page("/service-points", "service-points").await;
        let search: Value = app
            .ask(
                "return document.querySelector('main input[type=search], main input[name=q]')?.name",
                json!([]),
            )
            .await;
        let search = search.as_str().expect("there is a search field");
        app.type_into(search, "22629122").await;
        only(app, &["panyu"]).await;
        app.type_into(search, "\u{4e1c}\u{5341}\u{680b}").await;
        only(app, &["daxuecheng-east"]).await;
        app.type_into(search, "zzzz").await;
        only(app, &[]).await;
        crate::harness::assert_plain(&app.main_text().await, "nothing found");
    });
}

/// Without scripts, in one language: all that everyone may read is there, and leads on.
fn whole_without_scripts(language: &'static str) {
    let bare = Options {
        scripts: false,
        language,
        ..Options::default()
    };
    journey_with(bare, async |app| {
        app.goto("/service-points").await;
        assert_eq!(app.count("[data-service-point]").await, 5);
        assert!(app.count("a[href^='tel:']").await >= 7);
        for (path, page, least) in [
            ("/guide", "guide", 300),
            ("/guide/which-card", "which-card", 200),
            ("/guide/new-student", "new-student", 100),
            ("/guide/password", "password-helper", 100),
            ("/where-is-my-money", "money-triage", 60),
        ] {
            app.goto(path).await;
            assert_eq!(
                app.count(&format!("main[data-page={page}]")).await,
                1,
                "{path}"
            );
            let text = app.main_text().await;
            let letters = text.chars().count();
            assert!(letters > least, "{path} has {letters} letters: {text}");
            crate::harness::assert_plain(&text, path);
            let lang = app.attribute("html", "lang").await;
            assert_eq!(lang.as_deref(), Some(language), "{path}");
            // From everywhere there is a way to the phones.
            assert!(
                app.count("a[href='/service-points'], a[href^='tel:']")
                    .await
                    > 0,
                "{path}"
            );
        }
    });
}

#[test]
fn service_points_and_guide_are_whole_without_scripts_in_chinese() {
    whole_without_scripts("zh-CN");
}

#[test]
fn service_points_and_guide_are_whole_without_scripts_in_english() {
    whole_without_scripts("en");
}

/// A filter stands in the address of its page, and in no other's.
#[test]
fn service_points_with_a_filter_are_left_at_the_first_tap() {
    journey(async |app| {
        for (choose, path, page) in [
            ("panyu", "/guide", "guide"),
            ("longdong", "/", "home"),
            ("daxuecheng", "/guide", "guide"),
        ] {
            app.open_page("/service-points", "service-points").await;
            app.awake().await;
            app.choose("[name=campus]", choose).await;
            app.wait(
                "the filter to stand in the address",
                "return location.search.includes(arguments[0])",
                serde_json::json!([choose]),
            )
            .await;
            app.tap(&format!("nav a[href='{path}']")).await;
            app.page(page).await;
            app.wait(
                "the address to follow",
                "return location.pathname + location.search === arguments[0]",
                serde_json::json!([path]),
            )
            .await;
        }
    });
}
