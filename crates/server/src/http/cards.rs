use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Json, Router};
use dika_contract::{Card, CardId, endpoint};

use crate::http::problem::ApiError;
use crate::http::request::Id;
use crate::http::state::HttpState;
use crate::http::visitor::{SignedIn, Writer};
use crate::services::cards;

/// Where bound cards are.
pub fn router() -> Router<HttpState> {
    Router::new()
        .route(endpoint::CARDS, get(list))
        .route(endpoint::CARD, get(show).delete(unbind))
        .route(endpoint::CARD_DEFAULT, put(set_default))
}

async fn list(
    State(state): State<HttpState>,
    SignedIn(visitor): SignedIn,
) -> Result<Json<Vec<Card>>, ApiError> {
    Ok(Json(cards::list(&state.services, &visitor).await?))
}

async fn show(
    State(state): State<HttpState>,
    SignedIn(visitor): SignedIn,
    Id(id): Id<CardId>,
) -> Result<Json<Card>, ApiError> {
    let card = cards::show(&state.services, &visitor, &id).await?;
    Ok(Json(card))
}

async fn unbind(
    State(state): State<HttpState>,
    Writer(visitor): Writer,
    Id(id): Id<CardId>,
) -> Result<StatusCode, ApiError> {
    cards::unbind(&state.services, &visitor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_default(
    State(state): State<HttpState>,
    Writer(visitor): Writer,
    Id(id): Id<CardId>,
) -> Result<Json<Card>, ApiError> {
    let card = cards::set_default(&state.services, &visitor, &id).await?;
    Ok(Json(card))
}
