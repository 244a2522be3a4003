//! Pages arrive in two parts (`crates/site/src/arrange.rs`): what is seen first comes with styles of its own and must not
//! change when the rest is there.

use std::{io::Write, thread, time::Duration};

use dika_contract::Issuer;
use serde_json::{Value, json};

use crate::harness::{App, body_of, journey, line};

/// Keeps the app's code away: what is looked at is the page as it came.
const HELD: &str = "
    const never = () => new Promise(() => {});
    WebAssembly.instantiateStreaming = never;
    WebAssembly.instantiate = never;
";

/// Place, colours and letters of all that is seen and holds nothing else; then the same of the beginning alone, in a
/// document of its own.
const BOTH: &str = r#"
    const seen = () => [...document.querySelectorAll('.app *')]
        .filter(it => !it.firstElementChild && it.getClientRects().length && !it.closest('svg'))
        .map(it => {
            const { x, y, width, height } = it.getBoundingClientRect();
            const { color, backgroundColor, fontSize, fontWeight } = getComputedStyle(it);
            const place = [x, y, width, height].map(it => Math.round(it));
            return [it.localName, it.className, it.textContent, ...place, color, backgroundColor, fontSize, fontWeight].join(' ');
        });
    scrollTo(0, 0);
    const whole = seen();
    return fetch(location.href).then(it => it.text()).then(async html => {
        const policy = trustedTypes.createPolicy('dika', { createHTML: it => it });
        document.open();
        document.write(policy.createHTML(html.slice(0, html.indexOf('<div hidden id="fold">'))));
        document.close();
        await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
        return [seen(), whole];
    });
"#;

/// Compares the beginning of a page with the same part of the whole, and gives how much is seen of either.
async fn compared(app: &App, path: &str) -> (usize, usize) {
    app.goto(path).await;
    let both = app.ask(BOTH, json!([])).await;
    let list = |at: usize| both[at].as_array().cloned().expect("a list");
    let (beginning, whole) = (list(0), list(1));
    let differing: Vec<(&Value, &Value)> = (beginning.iter().zip(&whole))
        .filter(|(first, last)| first != last)
        .collect();
    assert!(differing.is_empty(), "{path}: {differing:#?}");
    (beginning.len(), whole.len())
}

#[test]
fn the_beginning_of_a_page_stays_as_it_came() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let card = app.card(Issuer::Gdut).await.id;
        app.before_every_page(HELD).await;
        let mut cut = 0;
        for dark in [false, true] {
            let scheme = if dark { "dark" } else { "light" };
            app.devtools(
                "Emulation.setEmulatedMedia",
                json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
            )
            .await;
            for path in [
                "/",
                "/orders",
                "/settings",
                "/service-points",
                "/guide",
                "/guide/password",
                "/where-is-my-money",
                "/bind",
                &format!("/cards/{card}"),
                &format!("/cards/{card}/top-up/main"),
            ] {
                let (seen, all) = compared(app, path).await;
                assert!(seen >= 3, "{path}: {seen}");
                cut += usize::from(seen < all);
            }
        }
        // All but short ones, such as the empty list of orders.
        assert!(cut >= 14, "{cut} of 20 pages come in two parts");
    });
}

/// How late the second part of a page is.
const LATE: Duration = Duration::from_secs(2);

/// The length of the first chunk of a body (RFC 9112, 7.1), with what stands around it.
fn first_chunk(body: &[u8]) -> Option<usize> {
    let end = body.windows(2).take(9).position(|it| it == b"\r\n")?;
    let digits = std::str::from_utf8(&body[..end]).ok()?;
    Some(usize::from_str_radix(digits, 16).ok()? + digits.len() + 4)
}

#[test]
fn the_beginning_of_a_page_is_painted_while_the_rest_is_on_its_way() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.before_every_page(HELD).await;
        let base = line(app.base(), |path, answer, browser| {
            let body = body_of(answer);
            let end = first_chunk(&answer[body..]).filter(|_| path == "/");
            let (first, second) = answer.split_at(end.map_or(0, |end| body + end));
            if !first.is_empty() {
                browser.write_all(first)?;
                browser.flush()?;
                thread::sleep(LATE);
            }
            browser.write_all(second)
        });
        let went = app.driver().goto(&format!("{base}/")).await;
        went.expect("the page opens");
        app.shows("[data-card]").await;
        let times = "const [page] = performance.getEntriesByType('navigation');
            const [paint] = performance.getEntriesByName('first-contentful-paint');
            return [paint.startTime, page.responseEnd];";
        let times = app.ask(times, json!([])).await;
        let (painted, came) = (times[0].as_f64(), times[1].as_f64());
        assert!(came > Some(LATE.as_secs_f64() * 1e3), "{came:?} ms");
        assert!(
            painted < Some(LATE.as_secs_f64() * 5e2),
            "painted after {painted:?} ms, all of it after {came:?}"
        );
    });
}
