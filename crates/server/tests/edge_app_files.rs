//! The built app as the server gives it out.

#[path = "../../sandbox/tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use dika_sandbox::testing::sandbox;
use dika_server::settings::Deployment;
use support::Client;
use tempfile::TempDir;

const HTML: &str = "text/html; charset=utf-8";

fn write(root: &Path, name: &str, text: &str) {
    let file = root.join(name);
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    fs::write(file, text).expect("a file");
}

/// A built app in small, and a secret beside it.
fn dist(root: &Path) {
    for (name, text) in [
        ("dist/index.html", "zh home"),
        ("dist/index.html.br", "zh home in brotli"),
        ("dist/index.html.gz", "zh home in gzip"),
        ("dist/en/index.html", "en home"),
        ("dist/guide/index.html", "zh guide"),
        ("dist/en/guide/index.html", "en guide"),
        ("dist/guide/password/index.html", "zh password"),
        ("dist/shells/order.html", "zh order"),
        ("dist/en/shells/order.html", "en order"),
        ("dist/shells/card.html", "zh card"),
        ("dist/shells/top-up.html", "zh top-up"),
        ("dist/shells/confirm-identity.html", "zh confirm"),
        (
            "dist/shells/addresses.txt",
            "/bindings/{id} confirm-identity\n/cards/{id} card\n\
             /cards/{id}/top-up/{main|utilities} top-up\n/orders/{id} order\n",
        ),
        ("dist/404.html", "zh unknown"),
        ("dist/en/404.html", "en unknown"),
        ("dist/assets/app-0a1b.js", "js"),
        ("dist/assets/app-0a1b.js.br", "js in brotli"),
        ("dist/assets/app-0a1b_bg.wasm", "wasm"),
        ("dist/version.json", "{}"),
        ("dist/sw.js", "the worker"),
        ("dist/manifest.webmanifest", "{}"),
        ("dist/MP_verify_inside.txt", "not from here"),
        ("verify/MP_verify_Abc123.txt", "Abc123"),
        ("verify/other.txt", "private"),
        ("secret.txt", "secret"),
    ] {
        write(root, name, text);
    }
}

async fn app() -> (Client, TempDir) {
    let folder = TempDir::new().expect("a folder");
    dist(folder.path());
    let mut settings = dika_sandbox::settings();
    settings.app_dir = Some(folder.path().join("dist"));
    settings.verify_dir = Some(folder.path().join("verify"));
    let app: Router = dika_sandbox::app(&sandbox(folder.path(), settings).await);
    (Client::new(&app), folder)
}

#[tokio::test]
async fn pages_come_in_the_language_that_is_asked_for() {
    let (mut client, _folder) = app().await;
    for (path, accept, cookie, text) in [
        ("/", None, None, "zh home"),
        ("/", Some("en"), None, "en home"),
        ("/", Some("en;q=0.3, zh-CN"), None, "zh home"),
        ("/", Some("en"), Some("dika_lang=zh-CN"), "zh home"),
        ("/guide", Some("zh"), Some("dika_lang=en"), "en guide"),
        ("/guide/password", None, None, "zh password"),
        ("/orders/abc", None, None, "zh order"),
        ("/orders/abc", Some("en"), None, "en order"),
        ("/cards/abc", None, None, "zh card"),
        ("/cards/abc/top-up/main", None, None, "zh top-up"),
        ("/bindings/abc", None, None, "zh confirm"),
        // What the app does not read as an address of its own.
        ("/cards/abc/top-up/gold", None, None, "zh unknown"),
        ("/orders/no!id", None, None, "zh unknown"),
        (
            "/orders/an-id-that-is-longer-than-any-id-may-be",
            None,
            None,
            "zh unknown",
        ),
        ("/nowhere/at/all", None, None, "zh unknown"),
        ("/nowhere", Some("en"), None, "en unknown"),
        ("/%E6%8C%87%E5%8D%97", None, None, "zh unknown"),
        // Folders of the built app are no addresses.
        ("/en", None, None, "zh unknown"),
        ("/en/guide", None, None, "zh unknown"),
        ("/shells/order", None, None, "zh unknown"),
    ] {
        let headers: Vec<_> = [("accept-language", accept), ("cookie", cookie)]
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name, value)))
            .collect();
        let answer = client.get_with(path, &headers).await;
        let status = if text.ends_with("unknown") {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::OK
        };
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.text(), text, "{path} {headers:?}");
        assert_eq!(answer.header("content-type"), Some(HTML));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(
            answer.header("vary"),
            Some("Accept-Language, Cookie, Accept-Encoding")
        );
    }
}

#[tokio::test]
async fn an_icon_is_found_without_a_script() {
    let (mut client, _folder) = app().await;
    let answer = client.get("/favicon.ico").await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), Some("/icon.svg"));
}

#[tokio::test]
async fn the_language_is_switched_by_a_link() {
    let (mut client, _folder) = app().await;
    let answer = client.get("/orders/abc?a=1&lang=en&b=2").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), Some("/orders/abc?a=1&b=2"));
    assert_eq!(
        answer.header("set-cookie"),
        Some("dika_lang=en; Path=/; Max-Age=31536000; SameSite=Lax")
    );
    assert_eq!(client.get("/orders/abc").await.text(), "en order");
    // Another language than the two changes nothing, and no address leads elsewhere.
    let answer = client.get("/?lang=tlh").await;
    assert_eq!(answer.header("location"), Some("/"));
    assert_eq!(answer.header("set-cookie"), None);
    let answer = client.get("//evil/x?lang=en").await;
    assert_eq!(answer.header("location"), Some("/evil/x"));
    let answer = client.get("/\\evil/x?lang=en").await;
    assert_eq!(answer.header("location"), Some("/evil/x"));
    let answer = client.get("/guide/?x=1").await;
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(answer.header("location"), Some("/guide?x=1"));
    assert_eq!(client.get("//evil/").await.header("location"), None);
}

#[tokio::test]
async fn pages_say_what_they_may_load() {
    let (mut client, _folder) = app().await;
    for path in ["/", "/sandbox", "/sandbox/cashier/none"] {
        let answer = client.get(path).await;
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';"
        ));
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains(" 'unsafe-eval'"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            answer.header("referrer-policy"),
            Some("strict-origin-when-cross-origin")
        );
        assert!(answer.header("permissions-policy").is_some());
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            Some("same-origin")
        );
    }
}

#[tokio::test]
async fn another_origin_for_the_api_and_https_show_in_the_headers() {
    let folder = TempDir::new().expect("a folder");
    dist(folder.path());
    let mut settings = dika_sandbox::settings();
    settings.app_dir = Some(folder.path().join("dist"));
    settings.api_origin = Some("https://api.example.edu".to_owned());
    settings.public_origin = Some("https://dika.example.edu".to_owned());
    let app = dika_sandbox::app(&sandbox(folder.path(), settings).await);
    let mut client = Client::new(&app);
    let answer = client.get("/").await;
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.contains("connect-src 'self' https://api.example.edu;"));
    assert!(answer.header("strict-transport-security").is_some());
    let switched = client.get("/?lang=en").await;
    assert!(
        switched
            .header("set-cookie")
            .expect("a cookie")
            .ends_with("; Secure")
    );
}

#[tokio::test]
async fn assets_are_kept_for_ever_and_files_are_asked_about() {
    let (mut client, _folder) = app().await;
    let script = client.get("/assets/app-0a1b.js").await;
    assert_eq!(script.text(), "js");
    assert_eq!(
        script.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    assert_eq!(
        script.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    let wasm = client.get("/assets/app-0a1b_bg.wasm").await;
    assert_eq!(wasm.header("content-type"), Some("application/wasm"));
    let manifest = client.get("/manifest.webmanifest").await;
    assert_eq!(
        manifest.header("content-type"),
        Some("application/manifest+json")
    );
    let version = client.get("/version.json").await;
    assert_eq!(version.header("cache-control"), Some("no-cache"));
    let tag = version.header("etag").expect("a tag").to_owned();
    let again = client
        .get_with("/version.json", &[("if-none-match", &tag)])
        .await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.body.is_empty());
    assert_eq!(again.header("etag"), Some(tag.as_str()));
}

#[tokio::test]
async fn the_service_worker_is_asked_about_each_time_and_can_be_switched_off() {
    let (mut client, folder) = app().await;
    let worker = client.get("/sw.js").await;
    assert_eq!(worker.text(), "the worker");
    assert_eq!(worker.header("cache-control"), Some("no-cache"));
    assert_eq!(
        worker.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    let policy = client.get("/").await;
    let policy = policy
        .header("content-security-policy")
        .expect("a policy")
        .to_owned();
    assert!(policy.contains("worker-src 'self'"));

    let mut settings = dika_sandbox::settings();
    settings.app_dir = Some(folder.path().join("dist"));
    settings.service_worker = false;
    let app = dika_sandbox::app(&sandbox(folder.path(), settings).await);
    let mut client = Client::new(&app);
    let tag = worker.header("etag").expect("a tag");
    // Whoever has the worker is told of the change, however the switched-off one is asked for.
    for headers in [
        &[("if-none-match", tag)][..],
        &[("accept-encoding", "br, gzip")],
    ] {
        let off = client.get_with("/sw.js", headers).await;
        assert_eq!(off.status, StatusCode::OK);
        assert_eq!(off.header("cache-control"), Some("no-cache"));
        assert_eq!(
            off.header("content-type"),
            Some("text/javascript; charset=utf-8")
        );
        for step in [
            "skipWaiting()",
            "caches.delete(",
            "registration.unregister()",
        ] {
            assert!(off.text().contains(step), "{step}");
        }
        assert!(!off.text().contains("fetch"), "it answers nothing itself");
    }
}

#[tokio::test]
async fn a_release_s_files_outlive_it_beside_the_next_ones() {
    let (mut client, folder) = app().await;
    let old = client.get("/assets/app-0a1b.js").await;
    // As the deploy in docs/operate.md does: new files beside the old, under a running server.
    write(folder.path(), "dist/assets/app-2c3d.js", "new js");
    write(
        folder.path(),
        "dist/index.html",
        "zh home of the next release",
    );
    assert_eq!(client.get("/").await.text(), "zh home of the next release");
    assert_eq!(client.get("/assets/app-2c3d.js").await.text(), "new js");
    assert_eq!(client.get("/assets/app-0a1b.js").await.text(), old.text());
}

#[tokio::test]
async fn compressed_files_go_to_those_who_take_them() {
    let (mut client, _folder) = app().await;
    for (path, accepted, encoding, text) in [
        ("/", "gzip, deflate, br", Some("br"), "zh home in brotli"),
        ("/", "gzip", Some("gzip"), "zh home in gzip"),
        ("/", "br;q=0.1, gzip;q=0.9", Some("gzip"), "zh home in gzip"),
        ("/", "br;q=0, gzip;q=0", None, "zh home"),
        ("/", "*", Some("br"), "zh home in brotli"),
        ("/", "identity", None, "zh home"),
        // Not smaller, so not there.
        ("/assets/app-0a1b.js", "gzip", None, "js"),
        (
            "/assets/app-0a1b.js",
            "gzip, br",
            Some("br"),
            "js in brotli",
        ),
    ] {
        let answer = client
            .get_with(path, &[("accept-encoding", accepted)])
            .await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.text(), text, "{accepted}");
        assert!(
            answer
                .header("vary")
                .expect("vary")
                .contains("Accept-Encoding")
        );
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));
    }
}

#[tokio::test]
async fn head_is_get_without_the_body_and_nothing_else_is_allowed() {
    let (mut client, _folder) = app().await;
    for path in ["/", "/version.json", "/orders/abc"] {
        let get = client.get(path).await;
        let head = client.call("HEAD", path, None).await;
        assert_eq!(head.status, StatusCode::OK);
        assert!(head.body.is_empty());
        for name in ["content-length", "content-type", "etag"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
    let put = client.call("PUT", "/guide", None).await;
    assert_eq!(put.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(put.header("allow"), Some("GET, HEAD"));
}

#[tokio::test]
async fn a_form_that_the_browser_sends_by_itself_leads_back_to_its_page() {
    let (mut client, _folder) = app().await;
    let post = client.call("POST", "/bind/gdut?a=1", None).await;
    assert_eq!(post.status, StatusCode::SEE_OTHER);
    assert_eq!(post.header("location"), Some("/bind/gdut"));
    assert!(post.body.is_empty());
    for path in ["/assets/app.js", "//elsewhere.example/", "/../x"] {
        let post = client.call("POST", path, None).await;
        assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_answered_by_a_page() {
    let (mut client, _folder) = app().await;
    for path in [
        "/assets/app-old.js",
        "/assets/",
        "/assets",
        "/assets/nothing",
        "/nowhere.txt",
        "/index.html",
        "/404.html",
        "/en/index.html",
        "/shells/order.html",
        "/guide/index.html",
        "/index.html.br",
        "/assets/app-0a1b.js.br",
        "/api",
        "/api/v2/session",
        "/orders/a.css",
        "/old/logo.svg",
        "/shells/addresses.txt.gz",
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_ne!(answer.header("content-type"), Some(HTML), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    let api = client.get("/api/v1/nothing").await;
    assert_eq!(api.status, StatusCode::NOT_FOUND);
    assert_eq!(api.json()["code"], "not_found");
}

#[tokio::test]
async fn a_link_with_signs_after_it_leads_to_its_page() {
    let (mut client, _folder) = app().await;
    for (path, page) in [
        ("/guide.", "/guide"),
        ("/guide%E3%80%82", "/guide"),
        ("/guide\u{3002}", "/guide"),
        ("/guide/.", "/guide"),
        ("/guide...?x=1", "/guide?x=1"),
        ("/guide/password,", "/guide/password"),
        ("/guide/password)%E3%80%82", "/guide/password"),
        ("/guide%E2%80%9D?a=b&lang=zh-CN", ""),
        ("/orders/abc.", "/orders/abc"),
        ("/orders/abc%E7%9C%8B%E7%9C%8B", "/orders/abc"),
        ("/orders/abc%EF%BC%8Clook", "/orders/abc"),
        ("/orders/a-b_;", "/orders/a-b_"),
        ("/orders/abc%20", "/orders/abc"),
        ("/cards/abc/top-up/main!", "/cards/abc/top-up/main"),
        ("/bindings/abc%EF%BC%81", "/bindings/abc"),
        ("/%E3%80%82", "/"),
        ("/*", "/"),
    ] {
        // The switch of languages comes first, and drops its own part of the query.
        let Ok(request) = Request::get(path).body(Body::empty()) else {
            panic!("{path} is no address");
        };
        let answer = client.send(request).await;
        if path.contains("lang=") {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
            continue;
        }
        assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT, "{path}");
        assert_eq!(answer.header("location"), Some(page), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(client.get(page).await.status, StatusCode::OK, "{page}");
    }
}

#[tokio::test]
async fn addresses_that_nobody_knows_get_the_app_s_page_and_404() {
    let (mut client, _folder) = app().await;
    for path in [
        "/nowhere.",
        "/nowhere%E3%80%82",
        "/orders/a.b",
        "/a%2Eb",
        "/guide.d",
        "/guide/%E6%8C%87%E5%8D%97",
        "/orders/.",
        "/orders.",
        "/cards/abc/top-up/gold.",
        "/en.",
        "/en/guide.",
        "/shells/order%E3%80%82",
        "/sandbox%E3%80%82",
        "//guide.",
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.text(), "zh unknown", "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert!(answer.header("content-security-policy").is_some(), "{path}");
    }
    // Opened in a browser, also where the name is one of a file; not what a script or picture asks for.
    let opened = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    for path in ["/guide.html", "/nowhere.txt", "/logo.png"] {
        let answer = client.get_with(path, &opened).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.text(), "zh unknown", "{path}");
        for accept in ["image/avif,image/webp,*/*;q=0.8", "*/*"] {
            let answer = client.get_with(path, &[("accept", accept)]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert_ne!(answer.header("content-type"), Some(HTML), "{path}");
        }
    }
    for path in ["/assets/gone.js", "/api/x"] {
        let answer = client.get_with(path, &opened).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_ne!(answer.header("content-type"), Some(HTML), "{path}");
    }
}

#[tokio::test]
async fn an_app_that_was_built_without_its_pages_finds_them_itself() {
    let folder = TempDir::new().expect("a folder");
    write(folder.path(), "dist/index.html", "the only page");
    let mut settings = dika_sandbox::settings();
    settings.app_dir = Some(folder.path().join("dist"));
    let app = dika_sandbox::app(&sandbox(folder.path(), settings).await);
    let mut client = Client::new(&app);
    for path in ["/", "/guide", "/orders/abc", "/nowhere"] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.text(), "the only page", "{path}");
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder() {
    let (mut client, _folder) = app().await;
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/./../secret.txt",
        "//secret.txt",
        "/..\\secret.txt",
        "/MP_verify_../secret.txt",
        "/MP_verify_..%2fsecret.txt",
        "/assets/%00.js",
    ] {
        let Ok(request) = Request::get(path).body(Body::empty()) else {
            continue;
        };
        let answer = client.send(request).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.text().contains("secret"), "{path}");
    }
}

#[tokio::test]
async fn wechat_s_domain_proof_comes_from_its_own_folder_only() {
    let (mut client, _folder) = app().await;
    let proof = client.get("/MP_verify_Abc123.txt").await;
    assert_eq!(proof.status, StatusCode::OK);
    assert_eq!(proof.text(), "Abc123");
    assert_eq!(
        proof.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    for path in [
        "/MP_verify_none.txt",
        "/MP_verify_inside.txt",
        "/other.txt",
        "/MP_verify_Abc123",
    ] {
        let answer = client.get(path).await;
        assert_ne!(answer.text(), "not from here");
        assert_ne!(answer.text(), "private");
        if path.ends_with(".txt") {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    let folder = TempDir::new().expect("a folder");
    let app = dika_sandbox::app(&sandbox(folder.path(), dika_sandbox::settings()).await);
    let answer = Client::new(&app).get("/MP_verify_Abc123.txt").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_the_sandbox_there_is_no_sandbox() {
    let folder = TempDir::new().expect("a folder");
    dist(folder.path());
    let mut settings = dika_sandbox::settings();
    settings.deployment = Deployment::Production;
    settings.app_dir = Some(folder.path().join("dist"));
    let built = sandbox(folder.path(), settings).await;
    let app = dika_server::app(built.services(), built.settings.clone());
    let mut client = Client::new(&app);
    for path in [
        "/sandbox",
        "/sandbox/people",
        "/sandbox/cashier/x",
        "/sandbox/assets/sandbox.js",
    ] {
        assert_eq!(
            client.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let reset = client.post("/sandbox/reset", serde_json::json!({})).await;
    assert!(reset.status.is_client_error());
    assert_eq!(client.get("/").await.text(), "zh home");
}
