//! A plain reverse proxy: each request goes to the next server, whoever sends it. On its way back an answer can be made to
//! fail, as networks make them.
#![allow(
    dead_code,
    reason = "shared by test targets of which none uses all of it"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::net::TcpListener;

/// What becomes of a request that carries this header, and of its answer.
pub const FAULT: &str = "x-test-fault";
/// No more than this passes.
const MOST: usize = 1 << 20;

/// What the proxy knows.
struct Servers {
    addresses: Vec<SocketAddr>,
    next: AtomicUsize,
    http: reqwest::Client,
}

/// Starts it at an address that is free; it ends with the runtime.
pub async fn start(address: SocketAddr, addresses: Vec<SocketAddr>) {
    let listener = TcpListener::bind(address).await.expect("a free address");
    let servers = Arc::new(Servers {
        addresses,
        next: AtomicUsize::new(0),
        http: reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client"),
    });
    let app = Router::new().fallback(pass).with_state(servers);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });
}

async fn pass(
    State(servers): State<Arc<Servers>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let fault = parts.headers.get(FAULT).cloned();
    let fault = fault.as_ref().and_then(|it| it.to_str().ok()).unwrap_or("");
    if fault == "never_sent" {
        return broken_off(Vec::new());
    }
    let Ok(body) = axum::body::to_bytes(body, MOST).await else {
        // Whoever sent it hung up midway.
        return StatusCode::BAD_REQUEST.into_response();
    };
    let turn = servers.next.fetch_add(1, Ordering::Relaxed);
    let server = servers.addresses[turn % servers.addresses.len()];
    let path = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    let mut headers = parts.headers;
    for name in [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
    ] {
        headers.remove(name);
    }
    headers.remove(FAULT);
    let forwarded = HeaderName::from_static("x-forwarded-for");
    let before = headers.get(&forwarded).and_then(|it| it.to_str().ok());
    let before = before.map_or_else(String::new, |before| format!("{before}, "));
    let chain = format!("{before}{}", peer.ip());
    headers.insert(forwarded, HeaderValue::from_str(&chain).expect("addresses"));
    let sending = servers
        .http
        .request(parts.method, format!("http://{server}{path}"))
        .headers(headers)
        .body(body)
        .send();
    if fault == "late" {
        // Done whatever becomes of whoever asked, who never hears of it.
        tokio::spawn(sending);
        return std::future::pending().await;
    }
    let sent = sending.await;
    let Ok(answer) = sent else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let Ok(body) = answer.bytes().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    for name in [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
    ] {
        headers.remove(name);
    }
    match fault {
        "answer_lost" => broken_off(Vec::new()),
        "truncated" => broken_off(body[..body.len() / 2].to_vec()),
        "html" => {
            let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
            (
                StatusCode::BAD_GATEWAY,
                [(header::CONTENT_TYPE, "text/html")],
                page,
            )
                .into_response()
        }
        _ => (status, headers, body).into_response(),
    }
}

/// An answer whose connection breaks off after `sent`.
fn broken_off(sent: Vec<u8>) -> Response {
    let pieces: [Result<Vec<u8>, std::io::Error>; 2] =
        [Ok(sent), Err(std::io::Error::other("cut on purpose"))];
    let mut response = Response::new(Body::from_stream(stream::iter(pieces)));
    let length = HeaderValue::from(MOST);
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length);
    response
}
