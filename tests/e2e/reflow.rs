//! Nothing is lost and nothing scrolls sideways: narrow screens, large text, care mode, WeChat's
//! largest step; what is tapped is large enough; forced colours and reduced motion; care mode's fewer
//! words; paper.

use std::cell::RefCell;

use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::{
    harness::{App, Options, journey, journey_with},
    states::every_state,
};

/// Enlarges the text as the browser's own setting does (`rem`), or as WeChat does: text alone.
const ENLARGE: &str = "
    const [theme, text, root, step] = arguments;
    const html = document.documentElement;
    html.dataset.theme = theme; html.dataset.text = text;
    html.style.fontSize = root;
    const marked = [...document.querySelectorAll('[data-enlarged]')];
    for (const it of marked) { it.style.fontSize = ''; it.removeAttribute('data-enlarged'); }
    if (step === 1) return;
    const all = [...document.body.querySelectorAll('*')].filter(it => !it.closest('svg'));
    const sizes = all.map(it => parseFloat(getComputedStyle(it).fontSize));
    all.forEach((it, at) => {
        it.style.fontSize = `${sizes[at] * step}px`;
        it.setAttribute('data-enlarged', '');
    });
";

/// What does not fit, one line each.
const MISFITS: &str = "
    const out = [];
    const name = it => it.tagName.toLowerCase()
        + (it.className && it.className.baseVal === undefined ? '.' + it.className.trim().replace(/\\s+/g, '.') : '')
        + (it.dataset?.action ? `[${it.dataset.action}]` : '')
        + (it.name ? `[name=${it.name}]` : '') + ` \"${(it.innerText ?? '').trim().slice(0, 24)}\"`;
    const page = document.scrollingElement;
    const shown = it => it.checkVisibility({ visibilityProperty: true })
        && !it.closest('.sr-only, [aria-hidden=true], svg') && it.getBoundingClientRect().width > 1;
    const all = [...document.querySelectorAll('body *, body ~ *')].filter(shown);
    const wide = arguments[0]; // not innerWidth: a phone's screen zooms out to what does not fit
    if (page.scrollWidth > wide) out.push(`the page is ${page.scrollWidth} wide`);
    for (const it of all) {
        const box = it.getBoundingClientRect();
        const style = getComputedStyle(it);
        const words = [...it.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        // What scrolls by itself, as the filters' one line, is reached by scrolling it.
        if (words && (box.right > wide + 1 || box.left < -1) && !it.matches('.skip, .skip *, .filters *'))
            out.push(`sticks out: ${name(it)}: ${Math.round(box.left)} to ${Math.round(box.right)}`);
        const clips = /hidden|clip/.test(style.overflowX + style.overflowY);
        if (clips && !it.matches('input, .face') && it.innerText?.trim()
            && (it.scrollWidth > it.clientWidth + 1 || it.scrollHeight > it.clientHeight + 1))
            out.push(`is cut: ${name(it)}`);
        if (it.matches('.face') && [...it.querySelectorAll('dd, dt, h2, span')].some(part => {
            const inner = part.getBoundingClientRect();
            return inner.right > box.right + 1 || inner.bottom > box.bottom + 1;
        })) out.push(`is cut: ${name(it)}`);
        const em = parseFloat(style.fontSize);
        if (words && style.display !== 'inline' && !it.closest('.tab') && it.innerText.trim().length > 8 && box.width < em * 3.2)
            out.push(`is squeezed: ${name(it)}: ${Math.round(box.width)} wide`);
        if (it.matches('dd[data-ready]') && box.height > em * 2) out.push(`is broken in two: ${name(it)}`);
        if (words && style.textOverflow === 'ellipsis') out.push(`is shortened: ${name(it)}`);
    }
    return out;
";

/// What is too small for a finger, one line each. Links inside a sentence may be as high as it.
const SMALL: &str = "
    const out = [];
    const inSentence = it => it.tagName === 'A' && getComputedStyle(it).display === 'inline';
    for (const it of document.querySelectorAll('a, button, input, summary, [role=button]')) {
        if (!it.checkVisibility() || it.closest('[aria-hidden=true]') || it.matches('.skip')) continue;
        const whole = it.matches('.face-link') ? it.closest('.face') : it;
        if (inSentence(it) && whole === it) continue;
        const box = whole.getBoundingClientRect();
        if (box.height < arguments[0] - .5 || box.width < arguments[0] - .5)
            out.push(`${it.tagName} ${it.className} \"${(it.innerText || it.name || '').trim().slice(0, 24)}\" is ${
                Math.round(box.width)} x ${Math.round(box.height)}`);
    }
    return out;
";

/// What still moves though less motion is wanted, and what can't be seen in the system's colours.
const QUIET: &str = "
    const out = [];
    for (const it of document.querySelectorAll('body *')) {
        const style = getComputedStyle(it);
        const longest = list => Math.max(...list.split(',').map(time => parseFloat(time)));
        if (style.animationName !== 'none' && longest(style.animationDuration) > .01)
            out.push(`moves: ${it.className}`);
        if (longest(style.transitionDuration) > .01) out.push(`changes slowly: ${it.className}`);
    }
    for (const it of document.querySelectorAll('.btn, .face, .notice, .tag, .cells, .sheet, .opt-input, .field-box')) {
        if (!it.getClientRects().length) continue;
        const style = getComputedStyle(it);
        if (parseFloat(style.borderTopWidth) < 1 || style.borderTopStyle === 'none')
            out.push(`has no edge in forced colours: ${it.className}`);
    }
    for (const it of document.querySelectorAll('.icon svg')) {
        const style = getComputedStyle(it);
        if (it.getClientRects().length && style.stroke === 'none') out.push(`has no line: ${it.parentNode.className}`);
    }
    return out;
";

async fn list(app: &App, script: &str, arguments: serde_json::Value) -> Vec<String> {
    let answer = app.ask(script, arguments).await;
    serde_json::from_value(answer).expect("a list of words")
}

/// What does not fit on a screen of this width, one line each.
pub async fn misfits(app: &App, width: u32) -> Vec<String> {
    list(app, MISFITS, json!([width])).await
}

async fn judge(app: &App, name: &str, found: &RefCell<Vec<String>>) {
    let before = app
        .ask(
            "const html = document.documentElement;
            return [html.dataset.theme ?? 'light', html.dataset.text ?? 'normal', '', 1]",
            json!([]),
        )
        .await;
    for (look, width, height, text, root, step) in [
        ("375", 375, 667, "normal", "", 1.0),
        ("320", 320, 640, "normal", "", 1.0),
        ("320 in care mode", 320, 640, "care", "", 1.0),
        ("320 at 200 %", 320, 640, "normal", "200%", 1.0),
        ("375 at WeChat's largest step", 375, 667, "normal", "", 1.6),
        (
            "375 in care mode at WeChat's largest step",
            375,
            667,
            "care",
            "",
            1.6,
        ),
    ] {
        app.screen(width, height).await;
        app.ask(ENLARGE, json!(["light", text, root, step])).await;
        let mut lines = misfits(app, width).await;
        let least = if text == "care" { 56 } else { 44 };
        lines.extend(list(app, SMALL, json!([least])).await);
        found.borrow_mut().extend(
            lines
                .into_iter()
                .map(|line| format!("{name}, {look}: {line}")),
        );
    }
    app.screen(375, 667).await;
    app.ask(ENLARGE, before).await;
    app.prefers(&[
        ("prefers-reduced-motion", "reduce"),
        ("forced-colors", "active"),
    ])
    .await;
    let lines = list(app, QUIET, json!([])).await;
    app.prefers(&[]).await;
    found
        .borrow_mut()
        .extend(lines.into_iter().map(|line| format!("{name}: {line}")));
}

fn everything_fits(language: &'static str) {
    let options = Options {
        language,
        ..Options::default()
    };
    journey_with(options, async |app| {
        let found = RefCell::new(Vec::new());
        every_state(app, async |app, name| judge(app, name, &found).await).await;
        let found = found.into_inner();
        assert!(found.is_empty(), "{}", found.join("\n"));
    });
}

#[test]
fn reflow_loses_nothing_in_chinese() {
    everything_fits("zh-CN");
}

#[test]
fn reflow_loses_nothing_in_english() {
    everything_fits("en");
}

/// A judge who never finds anything may be blind.
#[test]
fn reflow_judges_see_what_does_not_fit() {
    journey_with(Options::default(), async |app| {
        app.open_page("/guide", "guide").await;
        app.ask(
            "const add = (style, text, tag = 'p') => {
                const it = document.createElement(tag);
                it.style.cssText = style; it.textContent = text;
                document.querySelector('main').append(it);
            };
            add('width: 330px', 'too wide for a small phone');
            add('width: 40px; height: 20px; overflow: hidden', 'cut off for good');
            add('width: 30px; height: 30px; padding: 0', 'x', 'button');
            document.querySelector('main').lastChild.className = 'btn';
            document.querySelector('main').lastChild.style.border = '0';",
            json!([]),
        )
        .await;
        let found = RefCell::new(Vec::new());
        judge(app, "guide", &found).await;
        let found = found.into_inner().join("\n");
        for fault in ["wide", "sticks out", "is cut", "BUTTON btn", "no edge"] {
            assert!(found.contains(fault), "{fault} is not seen in: {found}");
        }
        // The enlarging enlarges.
        let size = "return parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)";
        let before = app.ask(size, json!([])).await.as_f64();
        app.ask(ENLARGE, json!(["light", "normal", "", 1.6])).await;
        let after = app.ask(size, json!([])).await.as_f64();
        assert!(
            after > before.map(|it| it * 1.5),
            "{before:?} becomes {after:?}"
        );
    });
}

/// What is printed though paper can't be pressed, and what is not though it is the receipt.
const ON_PAPER: &str = "
    const out = [];
    const shown = it => it.checkVisibility({ visibilityProperty: true }) && it.getClientRects().length > 0;
    const pressed = 'button, [data-action], .tabs, .back, .skip, .cell-link, .picture';
    for (const it of document.querySelectorAll(pressed))
        if (shown(it)) out.push(`is printed: ${it.tagName} ${it.className} ${it.dataset.action ?? ''}`);
    for (const css of ['.slip .outcome-title', '.slip .amount', '.slip dd'])
        if (![...document.querySelectorAll(css)].some(shown)) out.push(`is not printed: ${css}`);
    const slip = document.querySelector('.slip');
    if (slip && getComputedStyle(slip).color !== 'rgb(0, 0, 0)') out.push('is not black');
    return out;
";

async fn on_paper(app: &App) -> Vec<String> {
    let print = |media: &'static str| json!({ "media": media, "features": [] });
    app.devtools("Emulation.setEmulatedMedia", print("print"))
        .await;
    let found = list(app, ON_PAPER, json!([])).await;
    app.devtools("Emulation.setEmulatedMedia", print("")).await;
    found
}

#[test]
fn paper_shows_the_receipt_and_nothing_to_press() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.bind(&me, Issuer::Hemc).await;
        let mut found = Vec::new();
        // Dark on the screen; paper is white.
        app.ask("document.documentElement.dataset.theme = 'dark'", json!([]))
            .await;
        app.ask("localStorage.setItem('dika.theme', 'dark')", json!([]))
            .await;
        let on_card = app.top_up(Issuer::Hemc, WalletKind::Main, "10").await;
        app.order_is(&on_card, "paid", "not_needed").await;
        app.shows("[data-action=see-card]").await;
        found.extend(on_paper(app).await);
        let waiting = app.top_up(Issuer::Hemc, WalletKind::Utilities, "10").await;
        app.order_is(&waiting, "paid", "waiting").await;
        found.extend(on_paper(app).await);
        app.sandbox.advance(6 * 3600 + 60).await;
        app.open_order(&waiting).await;
        app.shows("[data-action=confirm-claim]").await;
        found.extend(on_paper(app).await);
        assert!(found.is_empty(), "{}", found.join("\n"));
        // A judge who never finds anything may be blind.
        app.ask(
            "document.querySelector('[data-action=confirm-claim]').style.setProperty('display', 'flex', 'important');
            document.querySelectorAll('.slip dd').forEach(it => { it.style.display = 'none'; });",
            json!([]),
        )
        .await;
        let found = on_paper(app).await.join("\n");
        for fault in ["confirm-claim", "is not printed: .slip dd"] {
            assert!(found.contains(fault), "{fault} is not seen in: {found}");
        }
    });
}

/// The words on a page that care mode hides.
async fn hidden_in_care_mode(app: &App) -> Vec<String> {
    list(
        app,
        "document.documentElement.dataset.text = 'care';
        const hidden = [...document.querySelectorAll('main *')].filter(it => it.children.length === 0
            && it.textContent.trim() && !it.closest('details:not([open]) > :not(summary), svg')
            && !it.checkVisibility() && !it.matches('a[href^=\"/\"] .cell-note'));
        document.documentElement.dataset.text = 'normal';
        return hidden.filter(it => it.checkVisibility()).map(it => it.textContent.trim().slice(0, 40))",
        json!([]),
    )
    .await
}

#[test]
fn care_mode_leaves_out_hints_and_no_word_of_caution() {
    journey(async |app| {
        for (path, page) in [
            ("/service-points", "service-points"),
            ("/guide", "guide"),
            ("/guide/which-card", "which-card"),
            ("/guide/new-student", "new-student"),
            ("/guide/password", "password-helper"),
            ("/where-is-my-money", "money-triage"),
        ] {
            app.open_page(path, page).await;
            let hidden = hidden_in_care_mode(app).await;
            assert!(hidden.is_empty(), "{path} hides {hidden:?}");
        }
        // A judge who never finds anything may be blind.
        app.ask(
            "document.querySelector('main h1').classList.add('extra')",
            json!([]),
        )
        .await;
        assert_eq!(hidden_in_care_mode(app).await.len(), 1);
    });
}
