//! Lets a school host the app on another origin than the API: listed origins may call with cookies.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use dika_contract::endpoint;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::settings::Settings;

/// How long a browser may keep the answer to a preflight.
const PREFLIGHT_AGE: Duration = Duration::from_secs(600);

/// Answers preflights and marks answers for the listed origins; others get no CORS headers, and the
/// browser keeps the answers from them. Nothing is added where no origin is listed.
pub fn layer(root: Router, settings: &Settings) -> Router {
    let origins: Vec<HeaderValue> = settings
        .allowed_origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin).ok())
        .collect();
    if origins.is_empty() {
        return root;
    }
    root.layer(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_credentials(true)
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers([
                header::CONTENT_TYPE,
                HeaderName::from_static(endpoint::CSRF_HEADER),
                HeaderName::from_static(endpoint::IDEMPOTENCY_HEADER),
            ])
            .expose_headers([
                header::ETAG,
                header::RETRY_AFTER,
                HeaderName::from_static("x-request-id"),
                HeaderName::from_static(endpoint::SERVER_TIME_HEADER),
            ])
            .max_age(PREFLIGHT_AGE),
    )
}
