use dika_contract::{Issuer, TopUpPage, WalletKind};

use crate::harness::journey;

#[test]
fn orders_are_listed_newest_first_and_page_by_page() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let mut made = Vec::new();
        for _ in 0..3 {
            made.push(app.top_up(Issuer::Gdut, WalletKind::Main, "10").await);
            app.sandbox.advance(60).await;
        }
        made.reverse();
        // The API's pages fit together.
        let mut listed = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = app.api(&format!("/top-ups?limit=2{cursor}")).await;
            let page: TopUpPage = serde_json::from_value(page).expect("a page of orders");
            listed.extend(page.items.into_iter().map(|order| order.id.to_string()));
            match page.next_cursor {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(listed, made);
        app.open_page("/orders", "orders").await;
        app.shows(&format!("[data-order='{}']", made[2])).await;
        let shown = app
            .ask(
                "return [...document.querySelectorAll('[data-order]')].map(it => it.dataset.order)",
                serde_json::json!([]),
            )
            .await;
        assert_eq!(shown, serde_json::json!(made));
        app.tap(&format!("[data-order='{}']", made[1])).await;
        app.page("order").await;
        app.order_is(&made[1], "paid", "waiting").await;
    });
}

#[test]
fn orders_many_are_reached_to_the_last() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let card = app.card(Issuer::Gdut).await.id;
        // Made through the API with the browser's own session: thirty by hand would take minutes.
        let made = app
            .driver()
            .execute_async(
                "const [card, done] = arguments;
                (async () => {
                    const { csrf_token } = await (await fetch('/api/v1/session')).json();
                    const send = (url, body, key) => fetch('/api/v1' + url, {
                        method: 'POST', body: JSON.stringify(body ?? {}),
                        headers: { 'content-type': 'application/json', 'x-csrf-token': csrf_token,
                            ...(key ? { 'idempotency-key': key } : {}) },
                    });
                    let first;
                    for (let i = 0; i < 30; i++) {
                        const reply = await send('/top-ups',
                            { card_id: card, wallet: 'main', amount_fen: 1000 }, 'many-' + i);
                        if (!reply.ok) return 'order ' + i + ': ' + await reply.text();
                        const { id } = await reply.json();
                        first ??= id;
                        const over = await send(`/top-ups/${id}/cancel`);
                        if (!over.ok) return 'cancel ' + i + ': ' + await over.text();
                    }
                    return { first };
                })().then(done, why => done(String(why)));",
                vec![serde_json::json!(card)],
            )
            .await
            .expect("the page can order")
            .json()
            .clone();
        let first = made["first"].as_str().unwrap_or_else(|| panic!("{made}"));
        app.open_page("/orders", "orders").await;
        app.shows("[data-order]").await;
        for _ in 0..10 {
            if app.count(&format!("[data-order='{first}']")).await > 0 {
                break;
            }
            let before = app.count("[data-order]").await;
            app.click("load-more").await;
            app.wait(
                "more orders",
                "return document.querySelectorAll('[data-order]').length > arguments[0]",
                serde_json::json!([before]),
            )
            .await;
        }
        app.shows(&format!("[data-order='{first}']")).await;
        assert_eq!(app.count("[data-order]").await, 30);
    });
}

#[test]
fn orders_evidence_can_be_copied() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "12.34").await;
        app.ask(
            "window.copied = null;
             const keep = async text => { window.copied = text; };
             Object.defineProperty(navigator, 'clipboard', { value: { writeText: keep }, configurable: true });
             document.addEventListener('copy', event => { window.copied ??= event.target?.value || String(getSelection()); }, true);",
            serde_json::json!([]),
        )
        .await;
        app.click("copy-evidence").await;
        let copied = app
            .wait(
                "something copied",
                "return window.copied",
                serde_json::json!([]),
            )
            .await;
        let copied = copied.as_str().unwrap_or_default();
        for wanted in [order.as_str(), "12.34"] {
            assert!(copied.contains(wanted), "{wanted} is not in: {copied}");
        }
        for secret in [&me.gdut().account, &me.phone, &me.name] {
            assert!(!copied.contains(secret.as_str()), "private: {copied}");
        }
    });
}
