//! Faults over the API, seen from outside: over a real connection, because one of them is its end.

mod support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use dika_sandbox::testing::sandbox_app;
use dika_server::connections;
use serde_json::json;
use support::{Client, people};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn fault(client: &mut Client, fault: serde_json::Value) {
    let added = client.post("/sandbox/faults", fault).await;
    assert_eq!(added.status, StatusCode::NO_CONTENT, "{}", added.text());
}

async fn serve() -> (SocketAddr, Router, TempDir) {
    let (app, _, folder) = sandbox_app().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let service = app
        .clone()
        .into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    (address, app, folder)
}

/// Served as the program serves, which knows how old a connection is.
async fn serve_as_the_program() -> (SocketAddr, Router, TempDir) {
    let (app, _, folder) = sandbox_app().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let forever = std::future::pending();
    tokio::spawn(connections::serve(
        listener,
        app.clone(),
        connections::HEADERS_WITHIN,
        forever,
    ));
    (address, app, folder)
}

async fn ask(stream: &mut TcpStream, path: &str, agent: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nuser-agent: {agent}\r\n\r\n");
    if stream.write_all(request.as_bytes()).await.is_err() {
        return String::new();
    }
    let mut answer = vec![0; 4_096];
    let count = stream.read(&mut answer).await.unwrap_or(0);
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

#[tokio::test]
async fn errors_and_pages_come_as_often_as_asked() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    fault(&mut client, json!({ "path": "/api/v1/directory", "method": "GET", "kind": "error", "times": 1, "after_commit": false })).await;
    fault(
        &mut client,
        json!({ "path": "/directory", "kind": "html", "times": 1 }),
    )
    .await;
    fault(&mut client, json!({ "path": "/directory", "kind": "error", "code": "rate_limited", "retry_after_s": 7, "times": 1 })).await;
    let answer = client.get("/api/v1/directory").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(answer.json()["code"], "maintenance");
    let answer = client.get("/api/v1/directory").await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert!(
        answer
            .header("content-type")
            .expect("a type")
            .starts_with("text/html")
    );
    let answer = client.get("/api/v1/directory").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.json()["retry_after_s"], 7);
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(client.get("/api/v1/directory").await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_times_they_last_until_the_reset_and_spare_the_sandbox() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    fault(
        &mut client,
        json!({ "path": "*", "kind": "error", "times": null }),
    )
    .await;
    for _ in 0..3 {
        assert_eq!(
            client.get("/api/v1/health").await.status,
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
    assert_eq!(client.get("/sandbox/people").await.status, StatusCode::OK);
    assert_eq!(
        client.get("/sandbox/faults").await.json()[0]["kind"],
        "error"
    );
    client.call("DELETE", "/sandbox/faults", None).await;
    assert_eq!(client.get("/api/v1/health").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_spoilt_answer_hides_an_order_that_exists() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    let person = people(&mut client).await[0].clone();
    client
        .sign_in(person["phone"].as_str().expect("a phone"))
        .await;
    let card = client.bind("gdut", &person).await;
    fault(&mut client, json!({ "path": "/top-ups", "method": "POST", "kind": "html", "times": 1, "after_commit": true })).await;
    let lost = client.top_up(&card, "main", 2_000, "same-key").await;
    assert_eq!(lost.status, StatusCode::BAD_GATEWAY);
    let list = client.get("/api/v1/top-ups").await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let again = client.top_up(&card, "main", 2_000, "same-key").await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.json()["id"], list["items"][0]["id"]);

    fault(
        &mut client,
        json!({ "path": "/top-ups/{id}/cancel", "method": "POST", "kind": "error", "times": 1 }),
    )
    .await;
    let path = format!(
        "/api/v1/top-ups/{}/cancel",
        again.json()["id"].as_str().expect("an id")
    );
    assert_eq!(
        client.call("POST", &path, None).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let order = client.get(path.trim_end_matches("/cancel")).await.json();
    assert_ne!(
        order["payment"], "closed",
        "refused before it was carried out"
    );
}

#[tokio::test]
async fn late_is_late_and_right() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    fault(
        &mut client,
        json!({ "path": "/health", "kind": "delay", "ms": 120, "times": 1 }),
    )
    .await;
    let start = Instant::now();
    assert_eq!(client.get("/api/v1/health").await.status, StatusCode::OK);
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn a_dropped_connection_ends_without_a_word() {
    let (address, app, _folder) = serve().await;
    let mut client = Client::new(&app);
    fault(
        &mut client,
        json!({ "path": "/health", "kind": "drop", "times": 1 }),
    )
    .await;
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    assert_eq!(ask(&mut stream, "/api/v1/health", "test").await, "");
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server still listens");
    assert!(
        ask(&mut stream, "/api/v1/health", "test")
            .await
            .starts_with("HTTP/1.1 200")
    );
}

#[tokio::test]
async fn an_answer_is_cut_off_in_the_middle() {
    let (address, app, _folder) = serve().await;
    let mut client = Client::new(&app);
    fault(
        &mut client,
        json!({ "path": "/directory", "kind": "cut", "times": 1 }),
    )
    .await;
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = b"GET /api/v1/directory HTTP/1.1
host: x

";
    stream.write_all(request).await.expect("sent");
    let mut half = Vec::new();
    stream.read_to_end(&mut half).await.expect("it ends");
    let half = String::from_utf8_lossy(&half);
    let (head, body) = half.split_once("\r\n\r\n").expect("headers");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let whole = client.get("/api/v1/directory").await;
    let whole = whole.json().to_string().len();
    assert!(head.contains(&format!("content-length: {whole}")), "{head}");
    assert_eq!(body.len(), whole / 2);
}

#[tokio::test]
async fn every_object_of_an_answer_has_a_field_that_nobody_knows() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    let plain = client.get("/api/v1/directory").await.json();
    fault(
        &mut client,
        json!({ "path": "/directory", "kind": "extra", "times": 1 }),
    )
    .await;
    let more = client.get("/api/v1/directory").await;
    assert_eq!(more.status, StatusCode::OK);
    let text = more.json().to_string();
    let added = r#""of_a_newer_version":{"list":[1,null]}"#;
    let objects = text.matches('{').count() - text.matches(added).count();
    assert_eq!(text.matches(added).count(), objects);
    assert_eq!(plain.to_string().matches('{').count(), objects);
}

#[tokio::test]
async fn a_browser_s_own_repetition_is_dropped_too() {
    let (address, app, _folder) = serve().await;
    let mut client = Client::new(&app);
    for (agent, repeated) in [("Mozilla/5.0", false), ("test", true)] {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        assert!(
            ask(&mut stream, "/api/v1/health", agent)
                .await
                .starts_with("HTTP/1.1 200")
        );
        fault(
            &mut client,
            json!({ "path": "/health", "kind": "drop", "times": 1 }),
        )
        .await;
        assert_eq!(ask(&mut stream, "/api/v1/health", agent).await, "");
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let answer = ask(&mut stream, "/api/v1/health", agent).await;
        assert_eq!(answer.starts_with("HTTP/1.1 200"), repeated, "{agent}");
        // The repetition came on a fresh connection, so no browser repeats it again.
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        assert!(
            ask(&mut stream, "/api/v1/health", agent)
                .await
                .starts_with("HTTP/1.1 200")
        );
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
}

/// Browsers open connections beforehand, and take the first failure of such a one for its age, too.
#[tokio::test]
async fn a_repetition_after_an_idle_connection_is_dropped_whatever_comes_in_between() {
    let (address, app, _folder) = serve_as_the_program().await;
    let mut client = Client::new(&app);
    fault(
        &mut client,
        json!({ "path": "/health", "kind": "drop", "times": 1 }),
    )
    .await;
    let connect = async || TcpStream::connect(address).await.expect("a connection");
    let agent = "Mozilla/5.0";
    let mut idle = connect().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(ask(&mut idle, "/api/v1/health", agent).await, "");
    let other = ask(&mut connect().await, "/api/v1/directory", agent).await;
    assert!(other.starts_with("HTTP/1.1 200"), "{other}");
    assert_eq!(ask(&mut connect().await, "/api/v1/health", agent).await, "");
    let own = ask(&mut connect().await, "/api/v1/health", agent).await;
    assert!(own.starts_with("HTTP/1.1 200"), "{own}");
}
