//! Makes a student's call again where two changes were in each other's way in the database. Every one of these calls may be
//! repeated, by its student too; calls of machines and connectors, which carry a number that is good once, are not here.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dika_contract::ErrorCode;

use crate::http::layers::MOST_BODY;
use crate::http::problem::{ApiError, Conflicted};

/// How often a call is made in all.
const MOST_TRIES: u32 = 6;
/// How long the first repetition waits; each further one twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(10);

/// Runs the handler, again where its change was in another's way.
pub async fn on_conflict(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // No longer than the layers outside let through.
    let Ok(body) = to_bytes(body, MOST_BODY).await else {
        return ApiError::new(ErrorCode::InvalidRequest)
            .with_status(StatusCode::PAYLOAD_TOO_LARGE)
            .into_response();
    };
    let mut wait = FIRST_WAIT;
    for _ in 1..MOST_TRIES {
        let request = Request::from_parts(parts.clone(), Body::from(body.clone()));
        let response = next.clone().run(request).await;
        if response.extensions().get::<Conflicted>().is_none() {
            return response;
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}
