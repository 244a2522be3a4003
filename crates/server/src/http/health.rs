use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use dika_contract::{ErrorCode, endpoint};
use serde::Serialize;

use crate::http::problem::ApiError;
use crate::http::state::HttpState;

/// Where health is asked.
pub fn router() -> Router<HttpState> {
    Router::new().route(endpoint::HEALTH, get(health))
}

/// All is well.
#[derive(Serialize)]
struct Health {
    status: &'static str,
}

async fn health(State(state): State<HttpState>) -> Result<Json<Health>, ApiError> {
    match state.services.store.ping().await {
        Ok(()) => Ok(Json(Health { status: "ok" })),
        Err(cause) => Err(ApiError::new(ErrorCode::Maintenance).because(cause)),
    }
}
