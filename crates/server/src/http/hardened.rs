//! What every answer passes, pages included: panics caught, headers that browsers go by, secrets marked.

use std::any::Any;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use dika_contract::endpoint;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::sensitive_headers::{
    SetSensitiveRequestHeadersLayer, SetSensitiveResponseHeadersLayer,
};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::http::problem::ApiError;
use crate::settings::Settings;

/// For how long browsers then use https alone: a year.
pub const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Answers a panic as any other failure.
pub fn catch_panics(root: Router) -> Router {
    root.layer(CatchPanicLayer::custom(panicked))
}

/// Says `nosniff`, that nobody is told which address led on, and, where people come by https, HSTS; keeps tokens out of
/// whatever prints headers. Pages say more for themselves.
pub fn layer(root: Router, settings: &Settings) -> Router {
    let root = root
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ))
        .layer(SetSensitiveResponseHeadersLayer::new([header::SET_COOKIE]))
        .layer(SetSensitiveRequestHeadersLayer::new([
            header::COOKIE,
            header::AUTHORIZATION,
            HeaderName::from_static(endpoint::CSRF_HEADER),
        ]));
    if !settings.is_encrypted() {
        return root;
    }
    root.layer(SetResponseHeaderLayer::if_not_present(
        header::STRICT_TRANSPORT_SECURITY,
        HTTPS_ONLY,
    ))
}

/// What the panic said is not repeated: it may hold anything.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    ApiError::internal(anyhow::anyhow!("a handler panicked")).into_response()
}
