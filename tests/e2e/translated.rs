//! In-page translators put nodes of their own in the place of the app's text nodes. What changes must change on
//! the screen all the same.

use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::{
    harness::{App, Options, journey, journey_with},
    injected::inject,
};

/// A translator, to be started with `translate()`: it marks words with guillemets. It works as those of
/// browsers do: on everything that is there, then on what is added or changed, and never on what says
/// `translate="no"`.
const TRANSLATOR: &str = "{
    const kept = new WeakSet(), made = new WeakSet();
    const said = words => `«${words}»`;
    const node = (name, words) => {
        const outer = document.createElement(name), inner = document.createElement(name);
        inner.textContent = said(words);
        outer.append(inner);
        made.add(outer);
        return outer;
    };
    const styles = {
        // Google's.
        fonts: text => text.parentNode.replaceChild(node('font', text.data), text),
        // The same in two steps.
        steps: text => { text.parentNode.insertBefore(node('font', text.data), text); text.remove(); },
        // Another element.
        spans: text => text.replaceWith(node('span', text.data)),
        // Asks somebody first: the words may be others when the answer comes.
        late: text => {
            const words = text.data;
            setTimeout(() => text.parentNode?.replaceChild(node('font', words), text), 150);
        },
        // Another text node, taken out and put in.
        texts: text => {
            const other = document.createTextNode(said(text.data)), { parentNode, nextSibling } = text;
            made.add(other);
            text.remove();
            parentNode.insertBefore(other, nextSibling);
        },
        // Around the text itself.
        around: text => {
            const font = document.createElement('font');
            made.add(font);
            kept.add(text);
            text.replaceWith(font);
            font.append(text);
        },
        // The whole content of an element that holds no others.
        content: text => {
            const holder = text.parentNode;
            if (holder.children.length) return styles.fonts(text);
            holder.replaceChildren(document.createElement('font'));
            made.add(holder.firstChild);
            holder.firstChild.textContent = said(text.data);
        },
    };
    const work = (root, style) => {
        const found = [], walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        if (root.nodeType === 3) found.push(root);
        while (walker.nextNode()) found.push(walker.currentNode);
        for (const text of found) {
            if (!text.isConnected || !text.data.trim() || kept.has(text) || made.has(text)) continue;
            if (text.parentElement.closest('[translate=no], .notranslate, script, style, noscript')) continue;
            let above = text.parentNode;
            while (above && !made.has(above)) above = above.parentNode;
            if (!above) styles[style](text);
        }
    };
    window.translate = style => {
        work(document.body, style);
        new MutationObserver(records => {
            for (const { type, target, addedNodes } of records) {
                if (type === 'characterData') work(target, style);
                for (const added of addedNodes) work(added, style);
            }
        }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
    };
    new MutationObserver(() => {
        if (document.querySelector('[data-rescue]')) window.wasRescued = true;
    }).observe(document, { childList: true, subtree: true });
}";

/// The styles that are known from browsers and extensions.
const STYLES: [&str; 7] = [
    "fonts", "steps", "spans", "late", "texts", "around", "content",
];

async fn translate(app: &App, style: &str) {
    app.ask("translate(arguments[0])", json!([style])).await;
    if style != "around" {
        app.wait(
            "the page to be translated",
            "return document.querySelector('main').innerText.includes('«')",
            json!([]),
        )
        .await;
    }
}

/// What the page reads, without the translator's marks and what the clock moves.
async fn reads(app: &App) -> String {
    app.wait(
        "the page to stand still",
        "return !document.querySelector('main [aria-busy=true], main .skeleton:not([aria-hidden] *)')",
        json!([]),
    )
    .await;
    // A translator that asks somebody first.
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    // What is only heard is said once, when something changes.
    let script = "const main = document.querySelector('main'), heard = [...main.querySelectorAll('.sr-only, .notice.tone-success')];
        for (const it of heard) it.style.display = 'none';
        const text = main.innerText;
        for (const it of heard) it.style.display = '';
        // The day and the minute in which it was read.
        return text.replace(/(截至|As of)[^]{0,30}?\\d?\\d:\\d\\d/g, '');";
    let text = app.ask(script, json!([])).await;
    let text = text.as_str().unwrap_or_default();
    text.replace(['«', '»'], "").split_whitespace().collect()
}

/// Where a translator leaves nothing to put back, the page is drawn anew: at most every two seconds.
async fn drawn_anew(style: &str) {
    if style.starts_with("texts") {
        tokio::time::sleep(std::time::Duration::from_millis(2_200)).await;
    }
}

/// The translated page reads what a page reads that is drawn from the server's answers now.
async fn is_true(app: &App, page: &str, what: &str) {
    drawn_anew(what).await;
    let translated = reads(app).await;
    let rescued = app.ask("return !!window.wasRescued", json!([])).await;
    assert_eq!(rescued, false, "{what}: the app crashed");
    app.reload().await;
    app.page(page).await;
    let fresh = reads(app).await;
    assert_eq!(
        translated, fresh,
        "{what}: the translated page says something else"
    );
}

/// The order's headline, on the translated page.
async fn headline(app: &App) -> String {
    let script =
        "return document.querySelector('.outcome-title, .outcome h2, .outcome')?.innerText ?? ''";
    let words = app.ask(script, json!([])).await;
    words.as_str().unwrap_or_default().to_owned()
}

async fn orders_stay_true(app: &App, styles: &[&str]) {
    inject(app, TRANSLATOR).await;
    let me = app.sandbox.ordinary().await;
    app.with_card(&me, Issuer::Gdut).await;
    app.bind(&me, Issuer::Hemc).await;
    for style in styles {
        for (outcome, payment) in [
            ("paid", "paid"),
            ("failed", "failed"),
            ("cancelled", "closed"),
        ] {
            let order = app.order(Issuer::Gdut, WalletKind::Main, "31").await;
            app.open_order(&order).await;
            app.shows("[data-payment=paying]").await;
            translate(app, style).await;
            let before = headline(app).await;
            app.sandbox.pay(&order, outcome).await;
            if outcome == "cancelled" {
                // At the cashier's; then here.
                app.click("cancel-order").await;
            }
            app.shows(&format!("[data-payment={payment}]")).await;
            app.wait(
                &format!("{style}: another headline for {payment}"),
                "return (document.querySelector('.outcome-title, .outcome h2, .outcome')?.innerText ?? '') !== arguments[0]",
                json!([before]),
            )
            .await;
            is_true(app, "order", &format!("{style}: {payment}")).await;
        }
        // From waiting to claimed.
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "12").await;
        app.open_order(&order).await;
        app.shows("[data-claim=waiting]").await;
        translate(app, style).await;
        app.sandbox.tap(&me.gdut().card_no, "gdut_load").await;
        app.ask("dispatchEvent(new Event('pageshow'))", json!([]))
            .await;
        app.shows("[data-claim=claimed]").await;
        is_true(app, "order", &format!("{style}: claimed")).await;
    }
}

#[test]
fn translated_orders_stay_true() {
    journey(async |app| orders_stay_true(app, &STYLES).await);
}

#[test]
fn webkit_translated_orders_stay_true() {
    journey_with(Options::WEBKIT, async |app| {
        orders_stay_true(app, &["fonts", "texts"]).await
    });
}

async fn home_stays_true(app: &App, styles: &[&str]) {
    inject(app, TRANSLATOR).await;
    let me = app.sandbox.ordinary().await;
    app.with_card(&me, Issuer::Gdut).await;
    for style in styles {
        app.open_page("/", "home").await;
        app.shows("[data-card]").await;
        translate(app, style).await;
        // An order more, then money, then none to collect: rows and amounts come, change and go.
        let card = app.card(Issuer::Gdut).await.id;
        let made = app
            .driver()
            .execute_async(
                "const [card, done] = arguments;
                const headers = { 'content-type': 'application/json',
                    'idempotency-key': crypto.randomUUID() };
                fetch('/api/v1/session').then(reply => reply.json()).then(({ csrf_token }) => {
                    if (csrf_token) headers['x-csrf-token'] = csrf_token;
                    return fetch('/api/v1/top-ups', { method: 'POST', headers,
                        body: JSON.stringify({ card_id: card, wallet: 'main', amount_fen: 1700, channel: 'h5' }) });
                }).then(async reply => done(await reply.json()));",
                vec![json!(card)],
            )
            .await
            .expect("an order is made");
        let order = made.json()["id"].as_str().map(str::to_owned);
        let order = order.unwrap_or_else(|| panic!("{:?}", made.json()));
        let back = "dispatchEvent(new Event('pageshow'))";
        app.ask(back, json!([])).await;
        app.shows(&format!("[data-order='{order}']")).await;
        app.sandbox.pay(&order, "paid").await;
        app.ask(back, json!([])).await;
        app.shows("[data-claim=waiting]").await;
        drawn_anew(style).await;
        let waiting = reads(app).await;
        app.sandbox.tap(&me.gdut().card_no, "gdut_load").await;
        app.ask(back, json!([])).await;
        app.shows_no("[data-order]").await;
        drawn_anew(style).await;
        assert_ne!(reads(app).await, waiting, "{style}");
        is_true(app, "home", &format!("{style}: home")).await;
    }
}

#[test]
fn translated_home_stays_true() {
    journey(async |app| home_stays_true(app, &STYLES).await);
}

#[test]
fn webkit_translated_home_stays_true() {
    journey_with(Options::WEBKIT, async |app| {
        home_stays_true(app, &["steps"]).await
    });
}

/// Time left, words of errors, lists that shrink and grow, pages that are gone to.
#[test]
fn translated_pages_keep_working() {
    journey(async |app| {
        inject(app, TRANSLATOR).await;
        app.before_every_page(
            "const real = performance.now.bind(performance); window.later = 0; performance.now = () => real() + window.later;",
        )
        .await;
        app.open_page("/guide", "guide").await;
        // Where texts are taken out and others put in, the page is drawn anew; the journeys above show that.
        for style in STYLES.into_iter().filter(|style| *style != "texts") {
            // Errors. The number of the round before is forgotten.
            app.ask("sessionStorage.clear()", json!([])).await;
            app.open_page("/sign-in", "sign-in").await;
            translate(app, style).await;
            let error = "return document.querySelector('.field-error p, .field-error font')?.closest('.field-error').innerText ?? ''";
            app.click("sign-in").await;
            app.shows("input[name=phone][aria-invalid=true]").await;
            app.type_into("phone", "123").await;
            app.click("sign-in").await;
            app.shows("input[name=phone][aria-invalid=true]").await;
            tokio::time::sleep(std::time::Duration::from_millis(400)).await;
            let wrong = app.ask(error, json!([])).await;
            assert!(
                wrong.as_str().is_some_and(|words| words.len() > 6),
                "{style}: {wrong}"
            );
            app.type_into("phone", "19900000001").await;
            app.click("sign-in").await;
            app.shows_no("input[name=phone][aria-invalid=true]").await;
            let right = app.ask(error, json!([])).await;
            assert_ne!(right, wrong, "{style}: an error that is corrected goes");
            // A list.
            app.tap("nav a[href='/service-points']").await;
            app.page("service-points").await;
            app.shows("[data-service-point]").await;
            for _ in 0..2 {
                app.type_into("q", "zzz").await;
                app.shows_no("[data-service-point]").await;
                app.click("clear-filter").await;
                app.shows("[data-service-point]").await;
                assert_eq!(app.count("[data-service-point]").await, 5, "{style}");
            }
            is_true(app, "service-points", &format!("{style}: a list")).await;
            translate(app, style).await;
            // Answers that follow each other.
            app.tap("nav a[href='/guide']").await;
            app.page("guide").await;
            app.tap("main a[href='/guide/password']").await;
            app.page("password-helper").await;
            app.type_into("id_tail", "412345X").await;
            app.shows("[data-password]").await;
            let first = app.ask(
                "return document.querySelector('[data-password]').innerText",
                json!([]),
            );
            assert!(
                !first.await.as_str().unwrap_or_default().contains('«'),
                "{style}: a code is not translated"
            );
            app.type_into("id_tail", "4123").await;
            app.shows_no("[data-password][data-ready]").await;
            app.back().await;
            app.page("guide").await;
            is_true(app, "guide", &format!("{style}: back")).await;
        }
    });
}

#[test]
fn translated_time_left_goes_on() {
    journey(async |app| {
        inject(app, TRANSLATOR).await;
        app.before_every_page(
            "const real = performance.now.bind(performance); window.later = 0; performance.now = () => real() + window.later;",
        )
        .await;
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Hemc).await;
        for style in STYLES {
            let order = app.top_up(Issuer::Hemc, WalletKind::Utilities, "10").await;
            app.open_order(&order).await;
            app.shows(".countdown").await;
            translate(app, style).await;
            let left =
                "return document.querySelector('.countdown').innerText.replace(/[«»\\s]/g, '')";
            let before = app.ask(left, json!([])).await;
            app.ask(
                "window.later = 40 * 60 * 1000; dispatchEvent(new Event('pageshow'))",
                json!([]),
            )
            .await;
            app.wait(
                &format!("{style}: less time"),
                "return document.querySelector('.countdown')?.innerText.replace(/[«»\\s]/g, '') !== arguments[0]",
                json!([before]),
            )
            .await;
            // One time, not two beside each other.
            tokio::time::sleep(std::time::Duration::from_millis(400)).await;
            let after = app.ask(left, json!([])).await;
            let text = |it: &serde_json::Value| it.as_str().unwrap_or_default().to_owned();
            assert!(
                !text(&after).contains(&text(&before)),
                "{style}: {before} and {after}"
            );
            app.sandbox.tap(&me.hemc().card_no, "hemc_top_up").await;
        }
    });
}

/// What a translator takes back is as it was.
#[test]
fn translated_and_shown_as_it_was_again() {
    journey(async |app| {
        inject(app, TRANSLATOR).await;
        app.open_page("/guide", "guide").await;
        let before = app.main_text().await;
        for way in [
            // The app's own text, which somebody emptied, back in its place; or just taken out.
            "document.querySelectorAll('font:not(font font)').forEach(it => it.remove())",
            "document.querySelectorAll('font:not(font font)').forEach(it => it.replaceWith(it.previousSibling))",
        ] {
            app.ask(
                "const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
                const found = [];
                while (walker.nextNode()) if (walker.currentNode.data.trim()) found.push(walker.currentNode);
                for (const text of found) {
                    const font = document.createElement('font');
                    font.textContent = 'other';
                    text.replaceWith(font);
                }",
                json!([]),
            )
            .await;
            assert_ne!(app.main_text().await, before);
            app.ask(way, json!([])).await;
            assert_eq!(app.main_text().await, before, "{way}");
        }
    });
}

/// Amounts, numbers, names and codes stay what they are.
#[test]
fn translated_pages_leave_amounts_numbers_names_and_codes_alone() {
    journey(async |app| {
        inject(app, TRANSLATOR).await;
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "12.50").await;
        for (path, page) in [
            ("/".to_owned(), "home"),
            (format!("/orders/{order}"), "order"),
            ("/orders".to_owned(), "orders"),
            ("/service-points".to_owned(), "service-points"),
            ("/settings".to_owned(), "settings"),
        ] {
            app.open_page(&path, page).await;
            reads(app).await;
            translate(app, "fonts").await;
            let touched = app
                .ask(
                    "const out = [];
                    for (const font of document.querySelectorAll('main font:not(font font)')) {
                        const words = font.textContent.replace(/[«»]/g, '').trim();
                        // Amounts; numbers and masked numbers; masked names; an order's number.
                        if (/^[-+]?¥[\\d,.]+$|^[\\d*•-]{3,}$|^\\S?[*＊]+\\S*$|^(?=.*\\d)[0-9a-z]{12,}$/i.test(words)) out.push(words);
                    }
                    return out;",
                    json!([]),
                )
                .await;
            assert_eq!(touched, json!([]), "{page}");
        }
    });
}

/// What watches over texts leaves the app's own drawings alone: an icon changes with its state.
#[test]
fn untranslated_icons_follow_their_state() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Hemc).await;
        let order = app.top_up(Issuer::Hemc, WalletKind::Utilities, "10").await;
        app.open_order(&order).await;
        app.shows("[data-claim=waiting]").await;
        let icon = "return document.querySelector('.outcome .icon svg')?.outerHTML";
        let waiting = app.ask(icon, json!([])).await;
        app.sandbox.advance(6 * 3600 + 60).await;
        for (state, action) in [
            ("needs_confirmation", "dispatchEvent(new Event('pageshow'))"),
            (
                "waiting",
                "document.querySelector('[data-action=confirm-claim]').click()",
            ),
        ] {
            app.ask(action, json!([])).await;
            app.shows(&format!("[data-claim={state}]")).await;
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let changed = app.ask(icon, json!([])).await;
            assert_eq!(changed == waiting, state == "waiting", "{state}: {changed}");
        }
        app.sandbox.tap(&me.hemc().card_no, "hemc_top_up").await;
        app.ask("dispatchEvent(new Event('pageshow'))", json!([]))
            .await;
        app.shows("[data-claim=claimed]").await;
        let claimed = app.ask(icon, json!([])).await;
        app.open_order(&order).await;
        app.shows("[data-claim=claimed]").await;
        assert_eq!(app.ask(icon, json!([])).await, claimed, "as after a reload");
    });
}
