use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dika_contract::endpoint;

use crate::http::problem::ApiError;
use crate::http::state::HttpState;
use crate::services::directory::directory as current;
use dika_core::digest::digest;

/// Where the directory is read.
pub fn router() -> Router<HttpState> {
    Router::new().route(endpoint::DIRECTORY, get(directory))
}

async fn directory(
    State(state): State<HttpState>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let body =
        serde_json::to_string(&*current(&state.services).await?).map_err(ApiError::internal)?;
    let tag = format!("\"{}\"", &digest(&[&body])[..32]);
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| matches!(known.trim().trim_start_matches("W/"), known if known == tag || known == "*"));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    };
    let answer = response.headers_mut();
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer.insert(
        header::ETAG,
        HeaderValue::from_str(&tag).map_err(ApiError::internal)?,
    );
    Ok(response)
}
