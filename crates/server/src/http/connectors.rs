use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Extension, Router};
use dika_connector::callback::{self, CallbackFault};
use dika_connector::replay::ReplayGuard;
use dika_connector::signature::SignedHeaders;
use dika_contract::{ErrorCode, Issuer, endpoint};
use dika_core::clock::Clock as _;
use dika_store::audit::{Actor, Cause, caused_by};

use crate::adapters::system_clock::SystemClock;
use crate::http::problem::ApiError;
use crate::http::request_id::current_request_id;
use crate::http::state::HttpState;
use crate::services::card_news::heard;

/// Messages that were delivered before, by issuer.
type Seen = Arc<BTreeMap<Issuer, ReplayGuard>>;

/// Where connectors tell.
pub fn router() -> Router<HttpState> {
    let seen: BTreeMap<_, _> = Issuer::ALL
        .iter()
        .map(|issuer| (*issuer, ReplayGuard::new()))
        .collect();
    Router::new()
        .route(endpoint::CONNECTOR_CALLBACK, post(receive))
        .layer(Extension(Arc::new(seen)))
}

/// Answers before anything is asked: an adapter that can do one thing at a time must not wait for itself.
async fn receive(
    State(state): State<HttpState>,
    Extension(seen): Extension<Seen>,
    Path(issuer): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let issuer = Issuer::from_word(&issuer);
    let refused = |fault: CallbackFault| {
        tracing::warn!(%issuer, %fault, "a callback was not believed");
        let status = StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::BAD_REQUEST);
        ApiError::new(ErrorCode::InvalidRequest).with_status(status)
    };
    let keys = state.settings.callbacks.get(&issuer);
    let (Some(keys), Some(seen)) = (keys, seen.get(&issuer)) else {
        // As for a wrong signature: who is connected is nobody's business.
        return Err(ApiError::new(ErrorCode::InvalidRequest).with_status(StatusCode::UNAUTHORIZED));
    };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signed = SignedHeaders::from_lookup(header)
        .map_err(|fault| refused(CallbackFault::Signature(fault)))?;
    // Signatures carry the world's time; the server's clock may be another one.
    match callback::receive(&signed, &body, keys, seen, SystemClock.now()) {
        Ok(received) => {
            let services = state.services;
            let cause = Cause {
                actor: Actor::CardSystem(issuer),
                request_id: current_request_id(),
            };
            tokio::spawn(caused_by(cause, async move {
                heard(&services, issuer, received.callback).await;
            }));
            Ok(StatusCode::NO_CONTENT)
        }
        Err(CallbackFault::Repeated) => Ok(StatusCode::NO_CONTENT),
        Err(fault) => Err(refused(fault)),
    }
}
