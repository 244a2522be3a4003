//! What a page is for lies on its first screen, on small phones, in both languages.

use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{App, Options, artefacts, journey_with};

const SCREENS: [(u32, u32); 3] = [(320, 568), (375, 667), (360, 740)];
const SIX_HOURS: u32 = 6 * 3600;

/// Empty, or what of the element lies outside of the first screen. The pinned tab bar covers the screen's end.
const HIDDEN: &str = "
    scrollTo(0, 0);
    const all = document.querySelectorAll(arguments[0]);
    const it = all[all.length - 1];
    if (!it) return 'is missing';
    const bar = document.querySelector('.tabs');
    const pinned = bar && getComputedStyle(bar).position === 'sticky';
    const end = pinned ? innerHeight - bar.getBoundingClientRect().height : innerHeight;
    const box = it.getBoundingClientRect();
    return box.bottom > end ? `ends at ${Math.round(box.bottom)} of ${Math.round(end)}` : '';
";

/// Notes where the last element of that kind is not on the first screen of the page as it is.
async fn look(
    app: &App,
    page: &str,
    language: &str,
    css: &str,
    all: bool,
    hidden: &mut Vec<String>,
) {
    for (width, height) in SCREENS {
        if !all && width == 320 {
            continue;
        }
        app.screen(width, height).await;
        let said = app.ask(HIDDEN, json!([css])).await;
        let said = said.as_str().unwrap_or("?");
        let file = format!("{page}-{language}-{width}.png");
        let folder = artefacts("first-screen");
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        app.picture(&folder.join(file)).await;
        if !said.is_empty() {
            hidden.push(format!(
                "{page}, {language}, {width}×{height}: {css} {said}"
            ));
        }
    }
}

/// The first phone number of the points that are shown.
const FIRST_NUMBER: &str = "[data-service-point]:first-of-type li:first-child a[href^='tel:']";

/// What everyone may read.
async fn walk_open_pages(app: &App, language: &str, hidden: &mut Vec<String>) {
    app.open_page("/service-points", "service-points").await;
    let east = "[data-service-point=daxuecheng-east] li:first-child a[href^='tel:']";
    look(app, "points", language, east, true, hidden).await;
    app.open_page("/service-points?campus=panyu&card=gdut", "service-points")
        .await;
    app.shows_no("[data-service-point=longdong]").await;
    let panyu = "a[href='tel:+862022629122']";
    look(app, "points-panyu", language, panyu, true, hidden).await;
    app.open_page("/guide/which-card", "which-card").await;
    let last = "[name=purpose][value=console]";
    look(app, "which-card", language, last, true, hidden).await;
    app.choose("input[name=campus]", "daxuecheng").await;
    app.choose("input[name=purpose]", "hot-water").await;
    app.shows("[aria-live] .facts").await;
    // At 320 × 568 the answer begins below.
    let answer = "[aria-live] .section-title";
    look(app, "which-card-answer", language, answer, false, hidden).await;
    app.open_page("/guide/new-student", "new-student").await;
    let last = "[name=campus][value=panyu]";
    look(app, "new-student", language, last, true, hidden).await;
    app.open_page("/guide/password", "password-helper").await;
    let result = "[data-password=hemc]";
    look(app, "password", language, result, true, hidden).await;
    app.open_page("/guide", "guide").await;
    let way = "main a[href='/guide/which-card']";
    look(app, "guide", language, way, true, hidden).await;
    app.open_page("/where-is-my-money", "money-triage").await;
    // The first of six questions; the last is below at 320 × 568.
    let first = "[name=problem][value=not-on-card]";
    look(app, "triage", language, first, true, hidden).await;
    app.open_page("/settings", "settings").await;
    let theme = "[name=theme][value=dark]";
    look(app, "settings", language, theme, true, hidden).await;
    for path in ["/privacy", "/terms"] {
        app.goto(path).await;
        let who = "[data-fill=operator]";
        look(
            app,
            &path[1..],
            language,
            &format!("section:first-of-type {who}"),
            true,
            hidden,
        )
        .await;
    }
}

async fn walk(app: &App, language: &str) -> Vec<String> {
    let mut hidden = Vec::new();
    walk_open_pages(app, language, &mut hidden).await;
    app.open_page("/", "home").await;
    look(
        app,
        "home-first",
        language,
        "main [data-action=bind-card]",
        true,
        &mut hidden,
    )
    .await;
    app.open_page("/sign-in", "sign-in").await;
    look(app, "sign-in", language, "[name=phone]", true, &mut hidden).await;

    look(
        app,
        "sign-in-button",
        language,
        "[data-action=sign-in]",
        true,
        &mut hidden,
    )
    .await;

    let me = app.sandbox.ordinary().await;
    app.with_card(&me, Issuer::Gdut).await;
    app.shows("[data-page=card] [data-action=bind-card]").await;
    look(
        app,
        "card-added",
        language,
        ".tone-success",
        true,
        &mut hidden,
    )
    .await;
    app.open_page("/bind", "bind-choose").await;
    app.wait(
        "the card that is added already to be marked",
        "const [one, other] = ['gdut', 'hemc'].map(it =>
            document.querySelector(`[data-action=choose-${it}] svg`)?.outerHTML);
        return one && other && one !== other",
        json!([]),
    )
    .await;
    look(
        app,
        "bind-choose",
        language,
        "[data-action=choose-hemc]",
        true,
        &mut hidden,
    )
    .await;
    app.bind(&me, Issuer::Hemc).await;
    app.open_page("/", "home").await;
    app.shows("[data-issuer=hemc]").await;
    // At 320 × 568 the second card's last wallet is below.
    look(
        app,
        "home-two",
        language,
        "[data-action=top-up]",
        false,
        &mut hidden,
    )
    .await;
    look(
        app,
        "home-two",
        language,
        "[data-issuer=gdut] [data-action=top-up]",
        true,
        &mut hidden,
    )
    .await;
    // The campus of the bound card is chosen beforehand.
    app.open_page("/service-points", "service-points").await;
    app.shows("[name=campus][value=daxuecheng]:checked").await;
    app.shows_no("[data-service-point=longdong]").await;
    look(
        app,
        "points-own-campus",
        language,
        FIRST_NUMBER,
        true,
        &mut hidden,
    )
    .await;
    // Where the card is bound, the answer leads to its top-up, and to no other card's.
    app.open_page("/guide/which-card", "which-card").await;
    app.choose("input[name=campus]", "daxuecheng").await;
    app.choose("input[name=purpose]", "hot-water").await;
    app.shows("main a[href$='/top-up/utilities']").await;
    assert_eq!(
        app.count("main a[href^='/bind'], main a[href*='/top-up/']")
            .await,
        1,
        "only what fits the answer is offered"
    );
    app.open_top_up(Issuer::Hemc, WalletKind::Utilities).await;
    app.shows("[data-action=review]").await;
    look(
        app,
        "top-up",
        language,
        "[data-action=review]",
        true,
        &mut hidden,
    )
    .await;
    app.review("50").await;
    look(
        app,
        "review",
        language,
        "[data-action=edit]",
        true,
        &mut hidden,
    )
    .await;
    let order = app.pay().await;
    app.cashier_pay().await;
    app.order_is(&order, "paid", "waiting").await;
    app.shows(".countdown").await;
    look(
        app,
        "order-waiting",
        language,
        ".countdown",
        true,
        &mut hidden,
    )
    .await;
    app.open_page("/", "home").await;
    app.shows("[data-claim=waiting]").await;
    look(
        app,
        "home-waiting",
        language,
        "[data-claim=waiting]",
        true,
        &mut hidden,
    )
    .await;
    app.sandbox.advance(SIX_HOURS + 60).await;
    app.open_order(&order).await;
    app.order_is(&order, "paid", "needs_confirmation").await;
    look(
        app,
        "order-late",
        language,
        "[data-action=confirm-claim]",
        true,
        &mut hidden,
    )
    .await;
    app.ask("scrollTo(0, 300)", json!([])).await;
    app.click("confirm-claim").await;
    app.order_is(&order, "paid", "waiting").await;
    look(
        app,
        "order-reopened",
        language,
        ".countdown",
        true,
        &mut hidden,
    )
    .await;
    app.open_page("/", "home").await;
    app.shows("[data-claim=waiting]").await;
    app.sandbox.tap(&me.hemc().card_no, "hemc_top_up").await;
    app.shows(".tone-success").await;
    look(
        app,
        "home-arrived",
        language,
        ".tone-success",
        true,
        &mut hidden,
    )
    .await;
    hidden
}

#[test]
fn first_screen_holds_what_the_page_is_for() {
    for language in ["zh-CN", "en"] {
        let options = Options {
            language,
            ..Options::default()
        };
        journey_with(options, async |app| {
            let hidden = walk(app, language).await;
            assert!(hidden.is_empty(), "{}", hidden.join("\n"));
        });
    }
}

/// Counts what a person does: taps on links, buttons and choices, and fields that are filled in.
const COUNT_STEPS: &str = "
    const note = kind => {
        const steps = JSON.parse(sessionStorage.steps ?? '{\"taps\":0,\"fields\":0}');
        steps[kind] += 1;
        sessionStorage.steps = JSON.stringify(steps);
    };
    addEventListener('click', event => { if (event.target.closest?.('a, button')) note('taps'); }, true);
    addEventListener('change', event => note(event.target.type === 'radio' ? 'taps' : 'fields'), true);
";

#[test]
fn first_screen_to_paid_takes_few_steps() {
    journey_with(Options::default(), async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Hemc).await;
        app.before_every_page(COUNT_STEPS).await;
        let steps = async || {
            let steps = app.ask("return sessionStorage.steps", json!([])).await;
            app.ask("delete sessionStorage.steps", json!([])).await;
            steps.as_str().unwrap_or_default().to_owned()
        };
        let to_paid = async || {
            app.tap("[data-wallet=main] [data-action=top-up]").await;
            app.page("top-up").await;
            app.choose("input[name=preset]", "50").await;
            app.click("review").await;
            app.shows("[data-action=pay]").await;
            app.pay().await;
            app.cashier_pay().await;
            app.shows("[data-payment=paid]").await;
        };
        // Signed in: top up, 50, review, pay, and the cashier's own button.
        let begin = std::time::Instant::now();
        app.open_page("/", "home").await;
        to_paid().await;
        eprintln!("signed in: {} ms", begin.elapsed().as_millis());
        assert_eq!(steps().await, r#"{"taps":5,"fields":0}"#);
        // Signed out: the number, a code, and the two buttons for them.
        let forgot = app.driver().delete_all_cookies().await;
        forgot.expect("the browser forgets who it was");
        app.ask("localStorage.clear()", json!([])).await;
        let begin = std::time::Instant::now();
        app.goto("/sign-in").await;
        app.sign_in(&me).await;
        app.page("home").await;
        to_paid().await;
        eprintln!("signed out: {} ms", begin.elapsed().as_millis());
        assert_eq!(steps().await, r#"{"taps":7,"fields":2}"#);
    });
}
