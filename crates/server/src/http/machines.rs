use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use dika_connector::signature::SignedHeaders;
use dika_contract::{ErrorCode, Fen, OrderId, Timestamp, endpoint};
use dika_core::clock::Clock as _;
use dika_store::audit::{self, Actor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::adapters::system_clock::SystemClock;
use crate::http::problem::ApiError;
use crate::http::state::HttpState;
use crate::services::card_news::card_laid;

/// Where machines tell.
pub fn router() -> Router<HttpState> {
    Router::new().route(endpoint::MACHINE_TAPS, post(tap))
}

/// A card was laid on the machine.
#[derive(Deserialize, JsonSchema)]
pub struct CardLaid {
    /// The number on the card.
    card_no: String,
}

/// What went onto the card.
#[derive(Serialize, JsonSchema)]
pub struct TapAnswer {
    /// The orders whose money it was, in the order in which they were paid.
    released: Vec<OrderId>,
    /// How much.
    amount_fen: Fen,
    /// Why there is money that this tap did not release: `released`, `nothing_waiting`, `wrong_terminal`,
    /// `needs_confirmation`, `card_not_active` or `unknown_card`.
    reason: String,
}

/// Signed as a connector's messages are (Standard Webhooks), with the machine's own key. What kind the machine is
/// stands in the settings: a machine can't release money that is not its to release.
async fn tap(
    State(state): State<HttpState>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<TapAnswer>, ApiError> {
    let stranger =
        || ApiError::new(ErrorCode::InvalidRequest).with_status(StatusCode::UNAUTHORIZED);
    let machine = state.settings.machines.get(&name).ok_or_else(stranger)?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let now = SystemClock.now();
    let signed = SignedHeaders::from_lookup(header)
        .and_then(|signed| machine.keys.verify(&signed, now, &body).map(|()| signed))
        .map_err(|fault| {
            tracing::warn!(machine = name, %fault, "a machine's call was not believed");
            stranger()
        })?;
    // Kept with everything else: another instance, or this one after a restart, would take it once more.
    let sent_at = signed.timestamp.parse().map_or(now, Timestamp::from_unix);
    let message = format!("tap/{name}/{}", signed.id);
    let services = &state.services;
    if !services.store.is_first_time(&message, sent_at).await? {
        tracing::warn!(machine = name, "a machine's call was repeated");
        return Err(stranger());
    }
    let laid: CardLaid =
        serde_json::from_slice(&body).map_err(|_| ApiError::new(ErrorCode::InvalidRequest))?;
    audit::acting(Actor::Machine(name));
    let tap = card_laid(services, &laid.card_no, machine.kind).await?;
    Ok(Json(TapAnswer {
        released: tap.released,
        amount_fen: tap.amount,
        reason: tap.reason.as_str().to_owned(),
    }))
}
