//! Apps on other origins.

#[path = "../../sandbox/tests/support/mod.rs"]
mod support;

use axum::http::StatusCode;
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
