use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use dika_contract::ErrorCode;

use crate::http::problem::ApiError;
use crate::http::state::HttpState;
use crate::settings::Settings;

/// More than any body of the contract.
const MOST_BODY: usize = 16 * 1024;

/// What every call of the API passes.
pub fn layers(api: Router<HttpState>, settings: &Arc<Settings>) -> Router<HttpState> {
    api.layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(from_fn_with_state(settings.clone(), maintenance))
        .layer(from_fn(not_stored))
}

/// While closed for maintenance, only health answers as usual.
async fn maintenance(
    State(settings): State<Arc<Settings>>,
    request: Request,
    next: Next,
) -> Response {
    let health = request
        .uri()
        .path()
        .ends_with(dika_contract::endpoint::HEALTH);
    if settings.maintenance && !health {
        return ApiError::new(ErrorCode::Maintenance).into_response();
    }
    next.run(request).await
}

/// Answers of the API are one student's, or change: no cache keeps them, unless the handler says so.
async fn not_stored(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
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
