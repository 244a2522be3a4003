//! axe-core finds nothing: every page, in every state, in both languages, light, dark, in care mode
//! and in high contrast.

use std::{cell::RefCell, path::Path};

use dika_contract::{Issuer, WalletKind};
use serde_json::{Value, json};

use crate::{
    harness::{
        App, Options, journey_with,
        wechat::{ANDROID, DESKTOP, stranger_journey, wechat_journey},
    },
    states::{every_state, every_state_inside_wechat, every_state_on_a_desktop},
};

/// Runs axe with all rules of WCAG A and AA and its best practices; gives what it finds in a line each.
/// Where only the look differs from what was judged before, with the rules that look at it.
const LOOK: &str = "
    const [all, done] = arguments;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const seen = ['color-contrast', 'link-in-text-block', 'target-size', 'scrollable-region-focusable'];
    axe.run(document, {
        runOnly: all ? { type: 'tag', values: tags } : { type: 'rule', values: seen },
        rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'], preload: false,
    })
        .then(found => done(found.violations.flatMap(rule => rule.nodes.map(node =>
            `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\\s+/g, ' ')}`))))
        .catch(why => done([`axe failed: ${why}`]));
";

/// How the same page is looked at: attributes of `<html>`, and what the browser's owner prefers.
const LOOKS: [(&str, &str, &str, &str); 6] = [
    ("light", "light", "normal", "no-preference"),
    ("dark", "dark", "normal", "no-preference"),
    ("care", "light", "care", "no-preference"),
    ("care, dark", "dark", "care", "no-preference"),
    ("contrast", "light", "normal", "more"),
    ("contrast, dark", "dark", "normal", "more"),
];

/// Looks at what is shown in every way, and adds what axe finds.
pub async fn judge(app: &App, name: &str, axe: &str, found: &RefCell<Vec<String>>) {
    if app.ask("return !window.axe", json!([])).await == true {
        let loaded = app.driver().execute(axe, Vec::new()).await;
        loaded.expect("axe can be loaded");
    }
    // High enough for the whole page: what is pinned to the screen's edge covers nothing then.
    app.screen(375, 8000).await;
    let before = "const html = document.documentElement; return [html.dataset.theme ?? null, html.dataset.text ?? null]";
    let before = app.ask(before, json!([])).await;
    for (look, theme, text, contrast) in LOOKS {
        app.prefers(&[
            ("prefers-reduced-motion", "reduce"),
            ("prefers-contrast", contrast),
        ])
        .await;
        app.ask(SET, json!([theme, text])).await;
        let all = look == LOOKS[0].0;
        let answer = app.driver().execute_async(LOOK, vec![json!(all)]).await;
        let answer = answer.expect("axe looks").json().clone();
        let list: Vec<String> = serde_json::from_value(answer).expect("a list of findings");
        found.borrow_mut().extend(
            list.into_iter()
                .map(|line| format!("{name}, {look}: {line}")),
        );
    }
    app.ask(SET, before).await;
    app.screen(375, 667).await;
}

const SET: &str = "
    const set = (name, value) => value === null
        ? delete document.documentElement.dataset[name] : document.documentElement.dataset[name] = value;
    set('theme', arguments[0]); set('text', arguments[1]);
";

/// axe-core as npm installed it.
pub fn source() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&file)
        .unwrap_or_else(|why| panic!("{}: {why}; run `npm ci`", file.display()))
}

fn nothing_is_found(language: &'static str) {
    let axe = source();
    let options = Options {
        language,
        ..Options::default()
    };
    journey_with(options, async |app| {
        let found = RefCell::new(Vec::new());
        every_state(app, async |app, name| judge(app, name, &axe, &found).await).await;
        let found = found.into_inner();
        assert!(found.is_empty(), "axe finds:\n{}", found.join("\n"));
    });
}

#[test]
fn axe_finds_nothing_in_chinese() {
    nothing_is_found("zh-CN");
}

#[test]
fn axe_finds_nothing_in_english() {
    nothing_is_found("en");
}

#[test]
fn axe_finds_nothing_inside_wechat_and_beside_it() {
    let axe = source();
    let found = RefCell::new(Vec::new());
    let judged = async |app: &App, name: &str| judge(app, name, &axe, &found).await;
    stranger_journey(ANDROID, async |app, wechat| {
        every_state_inside_wechat(app, wechat, &judged).await;
    });
    wechat_journey(DESKTOP, async |app, _| {
        every_state_on_a_desktop(app, &judged).await;
    });
    let found = found.into_inner();
    assert!(found.is_empty(), "axe finds:\n{}", found.join("\n"));
}

#[test]
fn axe_finds_nothing_at_the_sandbox_s_desk() {
    let axe = source();
    journey_with(Options::default(), async |app| {
        let found = RefCell::new(Vec::new());
        app.goto("/sandbox").await;
        judge(app, "sandbox", &axe, &found).await;
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.order(Issuer::Gdut, WalletKind::Main, "20").await;
        judge(app, "cashier", &axe, &found).await;
        let found = found.into_inner();
        assert!(found.is_empty(), "axe finds:\n{}", found.join("\n"));
    });
}

/// A judge who never finds anything may be blind.
#[test]
fn axe_finds_what_is_wrong() {
    let axe = source();
    journey_with(Options::default(), async |app| {
        app.open_page("/guide", "guide").await;
        app.ask(
            "const bad = document.createElement('p');
            bad.textContent = 'grey on grey'; bad.style.color = '#bbb';
            const input = document.createElement('input');
            document.querySelector('main').append(bad, input);",
            json!([]),
        )
        .await;
        let found = RefCell::new(Vec::new());
        judge(app, "guide", &axe, &found).await;
        let found: Value = json!(found.into_inner()).to_string().into();
        let found = found.as_str().unwrap_or_default();
        for rule in ["color-contrast", "label"] {
            assert!(found.contains(rule), "axe does not see {rule}: {found}");
        }
    });
}
