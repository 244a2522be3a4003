use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use dika_contract::{ErrorCode, endpoint};
use serde::Serialize;

use crate::http::problem::ApiError;
use crate::http::state::HttpState;
use crate::services::error::ServiceError;

/// Seconds after which a failing database is worth another look.
const ASK_AGAIN_S: i64 = 10;

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
        Err(cause) => Err(ServiceError::new(ErrorCode::Maintenance)
            .retry_after(ASK_AGAIN_S)
            .because(cause)
            .into()),
    }
}
