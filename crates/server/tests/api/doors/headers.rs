//! What every answer tells the browser.

use std::sync::Arc;

use axum::http::{HeaderMap, Method, StatusCode};
use dika_contract::{ErrorCode, endpoint};
use serde_json::json;
use tempfile::TempDir;

use super::table::{Access, DOORS, Owner};
use crate::client::{Client, Reply, api, person};

/// An app of one page and one file.
fn app_folder() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (file, text) in [
        ("index.html", "<!doctype html><title>Dika</title>"),
        ("sw.js", "self"),
        ("assets/app-0123.js", "export {}"),
    ] {
        let file = folder.path().join(file);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, text).expect("written");
    }
    folder
}

async fn serving_the_app(origin: Option<&str>) -> (Client, TempDir) {
    let folder = app_folder();
    let client = Client::new().await.with(|state| {
        let mut settings = (*state.settings).clone();
        settings.public_origin = origin.map(str::to_owned);
        settings.app_dir = Some(folder.path().to_owned());
        state.settings = settings.into();
    });
    (client, folder)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().expect("text"))
}

/// What holds for every answer, whatever it is.
fn assert_guarded(reply: &Reply, encrypted: bool, what: &str) {
    let headers = &reply.headers;
    assert_eq!(
        text(headers, "x-content-type-options"),
        Some("nosniff"),
        "{what}"
    );
    let policy =
        text(headers, "referrer-policy").unwrap_or_else(|| panic!("{what} lets the address out"));
    assert!(
        matches!(policy, "no-referrer" | "strict-origin-when-cross-origin"),
        "{what}"
    );
    let hsts = encrypted.then_some("max-age=31536000");
    assert_eq!(text(headers, "strict-transport-security"), hsts, "{what}");
    assert!(headers.contains_key("x-request-id"), "{what}");
    for name in ["server", "x-powered-by"] {
        assert!(!headers.contains_key(name), "{what} {name}");
    }
    for cookie in headers.get_all("set-cookie") {
        let cookie = cookie.to_str().expect("text");
        let for_scripts = ["dika_student=", "dika_lang="]
            .iter()
            .any(|name| cookie.starts_with(name));
        for rule in ["Path=/", "SameSite=Lax"] {
            assert!(cookie.contains(rule), "{what} {cookie}");
        }
        assert!(
            for_scripts || cookie.contains("HttpOnly"),
            "{what} {cookie}"
        );
        assert_eq!(cookie.contains("Secure"), encrypted, "{what} {cookie}");
        assert!(!cookie.contains("Domain"), "{what} {cookie}");
        let named = cookie.starts_with("dika_session=") && !cookie.starts_with("dika_session=;");
        assert!(!(encrypted && named), "{what} {cookie}");
    }
    let is_page = text(headers, "content-type").is_some_and(|kind| kind.starts_with("text/html"));
    if is_page {
        let policy = text(headers, "content-security-policy").expect("a policy");
        for rule in [
            "default-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(rule), "{what}: {policy}");
        }
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{policy}"
        );
        for (name, value) in [
            ("cross-origin-opener-policy", "same-origin"),
            (
                "permissions-policy",
                "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            ),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(text(headers, name), Some(value), "{what}");
        }
    }
}

#[tokio::test]
async fn every_answer_of_the_api_is_guarded() {
    for encrypted in [true, false] {
        let owner = Owner::new().await;
        let origin = encrypted.then(|| "https://dika.test".to_owned());
        let client = owner.client.twin().with(|state| {
            let mut settings = (*state.settings).clone();
            settings.public_origin = origin;
            state.settings = settings.into();
        });
        let nobody = client.another();
        for who in [&nobody, &client] {
            for door in DOORS {
                let id = owner.ids(door).pop().expect("one");
                let reply = door.open(who, &id, &owner.cards[0], &[]).await;
                assert_guarded(&reply, encrypted, door.path);
                let kept = [endpoint::DIRECTORY, endpoint::OPENAPI].contains(&door.path);
                if door.access != Access::Passage && !kept {
                    assert_eq!(
                        text(&reply.headers, "cache-control"),
                        Some("no-store"),
                        "{}",
                        door.path
                    );
                }
                let refused = who.call(Method::PATCH, &door.at(&id), None, &[]).await;
                assert_guarded(&refused, encrypted, door.path);
            }
        }
    }
}

#[tokio::test]
async fn every_page_and_file_is_guarded() {
    for (origin, encrypted) in [(Some("https://dika.test"), true), (None, false)] {
        let (client, _folder) = serving_the_app(origin).await;
        for (path, is_page) in [
            ("/", true),
            ("/orders/01abc", true),
            ("/nowhere/at/all", true),
            ("/?lang=en", false),
            ("/sw.js", false),
            ("/assets/app-0123.js", false),
            ("/assets/gone.js", false),
            ("/api/v1/nowhere", false),
            ("/api/v2", false),
            ("/.env", true),
            ("/MP_verify_abc.txt", false),
        ] {
            for method in [Method::GET, Method::HEAD] {
                let reply = client.call(method, path, None, &[]).await;
                assert_guarded(&reply, encrypted, path);
                let kind = text(&reply.headers, "content-type").unwrap_or_default();
                assert_eq!(kind.starts_with("text/html"), is_page, "{path} {kind}");
            }
            let reply = client.call(Method::DELETE, path, None, &[]).await;
            assert_guarded(&reply, encrypted, path);
        }
    }
}

#[tokio::test]
async fn what_fails_before_a_handler_is_guarded_too() {
    let (client, _folder) = serving_the_app(Some("https://dika.test")).await;
    let closed = client.another().with(|state| {
        let mut settings = (*state.settings).clone();
        settings.maintenance = true;
        state.settings = settings.into();
    });
    let reply = closed.get(endpoint::CARDS).await;
    reply.refused(ErrorCode::Maintenance);
    assert_guarded(&reply, true, "maintenance");
    let body = json!({ "phone": "1".repeat(20_000) });
    let reply = client.post(endpoint::SESSION_CODE, body).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_guarded(&reply, true, "too large");
    let typed = [("content-type", "text/plain")];
    let path = api(endpoint::SESSION_CODE);
    let reply = client.call(Method::POST, &path, None, &typed).await;
    assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_guarded(&reply, true, "text");
    let broken = Client::signed_in("").await;
    broken.bind(person(""), dika_contract::Issuer::Gdut).await;
    let broken = broken.with(|state| {
        state.cards = Arc::new(crate::hooked::HookedCards::new(&state.cards, |_| {
            Box::pin(async { panic!("a fault") })
        }));
    });
    let reply = broken.get(endpoint::CARDS).await;
    reply.refused(ErrorCode::Internal);
    assert_guarded(&reply, false, "a panic");
}

#[tokio::test]
async fn no_address_leads_to_another_site() {
    let (client, _folder) = serving_the_app(Some("https://dika.test")).await;
    let mut led = 0;
    for path in [
        "//evil.example",
        "//evil.example/",
        "///evil.example/",
        "//evil.example/?lang=en",
        "//evil.example//?lang=en&x=1",
        "/%2F%2Fevil.example/?lang=en",
        "/orders/?lang=en",
        "/orders//evil.example/",
        "/guide/%E3%80%82//evil.example",
        "/wechat/authorize?return_to=//evil.example",
        "/wechat/authorize?return_to=https://evil.example",
        "/wechat/authorize?return_to=/%5Cevil.example",
        "/wechat/callback?code=a&state=//evil.example",
        "/wechat/reminded?reserved=//evil.example&scene=1&action=confirm",
        "/wechat/remind/evil.example",
    ] {
        for method in [Method::GET, Method::POST] {
            let reply = client.call(method, path, None, &[]).await;
            let Some(to) = text(&reply.headers, "location") else {
                continue;
            };
            led += 1;
            let rest = to
                .strip_prefix('/')
                .unwrap_or_else(|| panic!("{path}: {to}"));
            assert!(!rest.starts_with(['/', '\\']), "{path}: {to}");
        }
    }
    assert!(led >= 8, "{led}");
}
