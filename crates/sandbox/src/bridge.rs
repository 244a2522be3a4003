//! For one who opens the sandbox in an ordinary browser under WeChat's name: puts the bridge that
//! WeChat would bring into the app's pages, with the simulator behind it.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use dika_contract::PayChannel;

use dika_server::http::channel::channel_of;

/// Larger than any page of the app.
const LARGEST_PAGE: usize = 1 << 20;

/// Puts the bridge into pages. `wechat` is the simulator's origin.
pub fn layer(root: Router, wechat: String) -> Router {
    root.layer(from_fn_with_state(wechat, add_bridge))
}

async fn add_bridge(State(wechat): State<String>, mut request: Request, next: Next) -> Response {
    if channel_of(request.headers()) != PayChannel::Jsapi {
        return next.run(request).await;
    }
    // What is compressed cannot be added to.
    request.headers_mut().remove(header::ACCEPT_ENCODING);
    let response = next.run(request).await;
    if !is_page(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(page) = to_bytes(body, LARGEST_PAGE).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let script = format!(
        "<head><script src=\"/sandbox/assets/bridge.js\" data-wechat=\"{wechat}\"></script>"
    );
    let page = String::from_utf8_lossy(&page).replacen("<head>", &script, 1);
    parts
        .headers
        .insert(header::CONTENT_LENGTH, page.len().into());
    let policy = parts
        .headers
        .get(header::CONTENT_SECURITY_POLICY)
        .and_then(|policy| policy.to_str().ok())
        .map(|policy| {
            policy.replace(
                "connect-src 'self'",
                &format!("connect-src 'self' {wechat}"),
            )
        })
        .and_then(|policy| HeaderValue::from_str(&policy).ok());
    if let Some(policy) = policy {
        parts
            .headers
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Response::from_parts(parts, Body::from(page))
}

fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}
