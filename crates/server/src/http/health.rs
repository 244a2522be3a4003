use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use dika_contract::{ErrorCode, endpoint};
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::problem::ApiError;
use crate::http::state::HttpState;
use crate::services::backlog;
use crate::services::error::ServiceError;

/// Seconds after which what failed is worth another look.
const ASK_AGAIN_S: i64 = 10;

/// Where health and readiness are asked.
pub fn router() -> Router<HttpState> {
    Router::new()
        .route(endpoint::HEALTH, get(health))
        .route(endpoint::READY, get(ready))
}

/// All is well.
#[derive(Serialize, JsonSchema)]
pub struct Health {
    /// `ok` or `ready`.
    status: &'static str,
}

async fn health(State(state): State<HttpState>) -> Result<Json<Health>, ApiError> {
    match state.services.store.ping().await {
        Ok(()) => Ok(Json(Health { status: "ok" })),
        Err(cause) => Err(not_now(cause)),
    }
}

async fn ready(State(state): State<HttpState>) -> Result<Json<Health>, ApiError> {
    let lag = backlog::sweep_lag_s(&state.services)
        .await
        .map_err(not_now)?;
    if lag > backlog::MOST_LAG_S {
        return Err(not_now(anyhow::anyhow!(
            "orders wait to be looked at for {lag} s"
        )));
    }
    Ok(Json(Health { status: "ready" }))
}

fn not_now(cause: impl Into<anyhow::Error>) -> ApiError {
    ServiceError::new(ErrorCode::Maintenance)
        .retry_after(ASK_AGAIN_S)
        .because(cause)
        .into()
}
