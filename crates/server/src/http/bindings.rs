use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use dika_contract::{Binding, BindingId, CreateBinding, RejectBinding, endpoint};

use crate::http::problem::ApiError;
use crate::http::request::{ClientIp, Id, Json};
use crate::http::state::HttpState;
use crate::http::visitor::{SignedIn, Writer};
use crate::services::bind;

/// Where cards are bound.
pub fn router() -> Router<HttpState> {
    Router::new()
        .route(endpoint::BINDINGS, post(create))
        .route(endpoint::BINDING, get(show))
        .route(endpoint::BINDING_CONFIRM, post(confirm))
        .route(endpoint::BINDING_REJECT, post(reject))
}

async fn create(
    State(state): State<HttpState>,
    Writer(visitor): Writer,
    client: ClientIp,
    Json(body): Json<CreateBinding>,
) -> Result<(StatusCode, axum::Json<Binding>), ApiError> {
    let binding = bind::request(&state.services, &visitor, client.net().as_deref(), &body).await?;
    Ok((StatusCode::CREATED, axum::Json(binding)))
}

async fn show(
    State(state): State<HttpState>,
    SignedIn(visitor): SignedIn,
    Id(id): Id<BindingId>,
) -> Result<axum::Json<Binding>, ApiError> {
    let binding = bind::show(&state.services, &visitor, &id).await?;
    Ok(axum::Json(binding))
}

async fn confirm(
    State(state): State<HttpState>,
    Writer(visitor): Writer,
    Id(id): Id<BindingId>,
) -> Result<axum::Json<Binding>, ApiError> {
    let binding = bind::confirm(&state.services, &visitor, &id).await?;
    Ok(axum::Json(binding))
}

async fn reject(
    State(state): State<HttpState>,
    Writer(visitor): Writer,
    Id(id): Id<BindingId>,
    Json(body): Json<RejectBinding>,
) -> Result<axum::Json<Binding>, ApiError> {
    let binding = bind::reject(&state.services, &visitor, &id, body.reason).await?;
    Ok(axum::Json(binding))
}
