//! Apps on other origins.

#[path = "../../sandbox/tests/support/mod.rs"]
mod support;

use axum::http::StatusCode;
use dika_contract::endpoint;
use dika_core::clock::Clock;
use dika_sandbox::testing::sandbox;
use support::{Answer, Client};
use tempfile::TempDir;

const LISTED: &str = "https://dika.example.edu";

async fn client() -> (Client, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let mut settings = dika_sandbox::settings();
    settings.allowed_origins = vec![LISTED.to_owned()];
    let app = dika_sandbox::app(&sandbox(folder.path(), settings).await);
    (Client::new(&app), folder)
}

async fn preflight(client: &mut Client, origin: &str) -> Answer {
    client
        .call_with(
            "OPTIONS",
            "/api/v1/top-ups",
            None,
            &[
                ("origin", origin),
                ("access-control-request-method", "POST"),
                (
                    "access-control-request-headers",
                    "content-type,x-csrf-token,idempotency-key",
                ),
            ],
        )
        .await
}

#[tokio::test]
async fn listed_origins_may_call_with_cookies() {
    let (mut client, _folder) = client().await;
    let answer = preflight(&mut client, LISTED).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), Some(LISTED));
    assert_eq!(
        answer.header("access-control-allow-credentials"),
        Some("true")
    );
    let headers = answer
        .header("access-control-allow-headers")
        .expect("headers");
    for name in ["content-type", "x-csrf-token", "idempotency-key"] {
        assert!(headers.contains(name), "{headers}");
    }
    let methods = answer
        .header("access-control-allow-methods")
        .expect("methods");
    for name in ["GET", "POST", "PUT", "DELETE"] {
        assert!(methods.contains(name), "{methods}");
    }
    let answer = client
        .get_with("/api/v1/session", &[("origin", LISTED)])
        .await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(LISTED));
    assert!(
        answer
            .header("vary")
            .is_some_and(|vary| vary.to_lowercase().contains("origin"))
    );
}

#[tokio::test]
async fn others_get_nothing() {
    let (mut client, _folder) = client().await;
    for origin in [
        "https://evil.example",
        "null",
        "https://dika.example.edu.evil.example",
    ] {
        let answer = preflight(&mut client, origin).await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            None,
            "{origin}"
        );
        let answer = client
            .get_with("/api/v1/session", &[("origin", origin)])
            .await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            None,
            "{origin}"
        );
    }
}

/// What the header says, if it is there.
fn server_time(answer: &Answer) -> Option<u64> {
    let text = answer.header(endpoint::SERVER_TIME_HEADER)?;
    Some(text.parse().expect("milliseconds"))
}

#[tokio::test]
async fn the_server_s_time_follows_its_clock_and_is_readable_from_other_origins() {
    let folder = TempDir::new().expect("a folder");
    let mut settings = dika_sandbox::settings();
    settings.allowed_origins = vec![LISTED.to_owned()];
    let sandbox = sandbox(folder.path(), settings).await;
    let mut client = Client::new(&dika_sandbox::app(&sandbox));
    let paths = [
        "/api/v1/session",
        "/api/v1/cards",
        "/api/v1/health",
        "/api/v1/top-ups/nothing",
        "/api/v1/nothing/at/all",
    ];
    for offset in [0, 7_200, -90_061, 31_536_000] {
        sandbox.clock.set_offset(offset);
        for path in paths {
            let before = sandbox.clock.now_micros() / 1_000;
            let answer = client.get_with(path, &[("origin", LISTED)]).await;
            let after = sandbox.clock.now_micros() / 1_000;
            let time = server_time(&answer).expect(path);
            assert!((before..=after).contains(&time), "{path} {offset}: {time}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            let exposed = answer.header("access-control-expose-headers");
            assert!(
                exposed.is_some_and(|names| names.contains(endpoint::SERVER_TIME_HEADER)),
                "{path} {exposed:?}"
            );
        }
    }
    // Refusals by HTTP itself: wrong method, a body that is no JSON.
    for (method, path) in [
        ("PUT", "/api/v1/session"),
        ("POST", "/api/v1/session"),
        ("POST", "/api/v1/session/code"),
    ] {
        let answer = client.call(method, path, None).await;
        assert!(answer.status.is_client_error(), "{path}");
        assert!(server_time(&answer).is_some(), "{method} {path}");
    }
}

#[tokio::test]
async fn what_a_cache_may_keep_and_pages_do_not_tell_the_time() {
    let (mut client, _folder) = client().await;
    for path in ["/api/v1/directory", "/api/v1/openapi.json", "/nowhere"] {
        let answer = client.get(path).await;
        assert_eq!(server_time(&answer), None, "{path}");
    }
}

#[tokio::test]
async fn closed_for_maintenance_the_server_tells_its_time_and_when_to_come_back() {
    let folder = TempDir::new().expect("a folder");
    let mut settings = dika_sandbox::settings();
    settings.maintenance = true;
    let app = dika_sandbox::app(&sandbox(folder.path(), settings).await);
    let answer = Client::new(&app).get("/api/v1/session").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(server_time(&answer).is_some());
    let wait = answer.header("retry-after").expect("a header").to_owned();
    assert_eq!(answer.json()["retry_after_s"].to_string(), wait);
}
