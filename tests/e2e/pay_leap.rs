//! *Pay* leads out of the app. Where the way out leads nowhere, the page stays alive and offers other ways on.

use std::io::{Read, Write};
use std::net::TcpListener;

use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{App, assert_plain, journey};

/// Where a payment's address leads: to nothing that a browser would show.
#[derive(Clone, Copy, Debug)]
enum DeadEnd {
    /// The in-app browser lets nobody leave.
    Blocked,
    /// An answer without a page.
    NoContent,
    /// A file, which this browser doesn't keep.
    Download,
}

/// Serves one answer to everybody who comes, for as long as the tests run. Returns its address.
fn serve(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut request = [0; 4096];
            drop(stream.read(&mut request));
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    format!("http://{address}/pay")
}

/// From the next page on, payments lead there, while the tab says so (`sessionStorage.deadEnd`).
async fn lead_to(app: &App, end: DeadEnd) {
    let url = match end {
        DeadEnd::Blocked => "/sandbox/blocked".to_owned(),
        DeadEnd::NoContent => serve("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
        DeadEnd::Download => serve(
            "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\
             Content-Disposition: attachment; filename=pay.bin\r\nContent-Length: 3\r\nConnection: close\r\n\r\npay",
        ),
    };
    app.devtools("Browser.setDownloadBehavior", json!({ "behavior": "deny" }))
        .await;
    app.before_every_page(&format!(
        "{{
            const real = fetch, url = {};
            window.fetch = async (...all) => {{
                const reply = await real(...all);
                if (!sessionStorage.deadEnd || !reply.url.includes('/top-ups')) return reply;
                const body = await reply.clone().json().catch(() => null);
                if (!body?.prompt?.url) return reply;
                body.prompt.url = url;
                return new Response(JSON.stringify(body), {{ status: reply.status, headers: reply.headers }});
            }};
            navigation.addEventListener('navigate', event => {{
                if (event.destination.url.endsWith('/sandbox/blocked')) event.preventDefault();
            }});
        }}",
        json!(url)
    ))
    .await;
}

async fn leads_nowhere(app: &App, yes: bool) {
    let script = if yes {
        "sessionStorage.deadEnd = 'yes'"
    } else {
        "delete sessionStorage.deadEnd"
    };
    app.ask(script, json!([])).await;
}

fn ends_with_a_way_on(end: DeadEnd) {
    journey(async |app| {
        lead_to(app, end).await;
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;

        // While the cashier may still open, *cancel* does what it says.
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        leads_nowhere(app, true).await;
        app.click("pay").await;
        app.page("order").await;
        app.click("cancel-order").await;
        app.shows("[data-payment=closed]").await;

        // And if it never opens, the page says so, and offers to try again and another way.
        leads_nowhere(app, false).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("33.3").await;
        leads_nowhere(app, true).await;
        app.click("pay").await;
        app.page("order").await;
        app.shows("[data-action=pay-by-code]").await;
        assert_plain(&app.main_text().await, "a cashier that does not open");
        app.shows("[data-action=cancel-order]:not([aria-disabled=true])")
            .await;
        let order = app.orders().await.remove(0).id.to_string();
        app.shows(&format!("[data-order='{order}'][data-payment=paying]"))
            .await;

        // The same when the order's page was opened later.
        app.open_order(&order).await;
        app.click("continue-payment").await;
        app.shows("[data-action=pay-by-code]").await;

        // The way is open again: the same order is paid, once.
        leads_nowhere(app, false).await;
        app.click("continue-payment").await;
        assert_eq!(app.at_cashier().await, order);
        app.cashier_pay().await;
        app.order_is(&order, "paid", "waiting").await;
        assert_eq!(app.orders().await.len(), 2);
    });
}

#[test]
fn pay_leap_that_is_blocked_ends_with_a_way_on() {
    ends_with_a_way_on(DeadEnd::Blocked);
}

#[test]
fn pay_leap_to_an_answer_without_a_page_ends_with_a_way_on() {
    ends_with_a_way_on(DeadEnd::NoContent);
}

#[test]
fn pay_leap_to_a_file_ends_with_a_way_on() {
    ends_with_a_way_on(DeadEnd::Download);
}
