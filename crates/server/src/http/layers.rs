use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use dika_contract::{ErrorCode, endpoint};
use dika_core::clock::Clock;

use crate::http::page_read;
use crate::http::problem::ApiError;
use crate::http::state::HttpState;
use crate::settings::Settings;

/// More than any body of the contract.
const MOST_BODY: usize = 16 * 1024;

/// What every call of the API passes.
pub fn layers(api: Router<HttpState>, state: &HttpState) -> Router<HttpState> {
    api.layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(from_fn(page_read::in_time))
        .layer(from_fn_with_state(state.settings.clone(), maintenance))
        .layer(from_fn_with_state(state.services.clock.clone(), not_stored))
}

/// While closed for maintenance, only health answers as usual.
async fn maintenance(
    State(settings): State<Arc<Settings>>,
    request: Request,
    next: Next,
) -> Response {
    let health = request.uri().path().ends_with(endpoint::HEALTH);
    if settings.maintenance && !health {
        return ApiError::new(ErrorCode::Maintenance).into_response();
    }
    next.run(request).await
}

/// Answers of the API are one student's, or change: no cache keeps them, unless the handler says so. Those that no
/// cache keeps carry the server's time; in a kept one it would be the time of another answer.
async fn not_stored(State(clock): State<Arc<dyn Clock>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let no_store = HeaderValue::from_static("no-store");
    let kept = headers
        .entry(header::CACHE_CONTROL)
        .or_insert_with(|| no_store.clone());
    if *kept == no_store {
        headers.insert(
            HeaderName::from_static(endpoint::SERVER_TIME_HEADER),
            (clock.now_micros() / 1_000).into(),
        );
    }
    response
}

/// The API has no such address.
pub async fn no_such_address() -> ApiError {
    ErrorCode::NotFound.into()
}

/// The address exists, but not with this method.
pub async fn no_such_method() -> ApiError {
    ApiError::new(ErrorCode::InvalidRequest).with_status(StatusCode::METHOD_NOT_ALLOWED)
}
