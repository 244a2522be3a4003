//! Notifications are hints that can be proven: verified before they are read. WeChat Pay repeats what is
//! not answered with 2xx for a day, so whatever could not be booked is answered otherwise.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use dika_contract::ErrorCode;
use dika_core::clock::Clock as _;
use dika_store::audit::{self, Actor};

use crate::adapters::system_clock::SystemClock;
use crate::http::problem::ApiError;
use crate::http::state::HttpState;
use crate::services::wechat_notice::book_notice;

/// Receives a notification: 204 once it is booked.
pub(super) async fn receive(
    State(state): State<HttpState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let services = &state.services;
    let refused = |status| {
        ApiError::new(ErrorCode::InvalidRequest)
            .with_status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
    };
    // Where WeChat is not set up nobody's signature holds.
    let wechat = services.wechat.clone().ok_or_else(|| refused(401))?;
    // Signatures carry the world's time; the server's clock may be another one.
    let notice = wechat
        .gateway
        .read_notice(&headers, &body, SystemClock.now())
        .map_err(|reason| {
            tracing::warn!(%reason, "a notification was not believed");
            refused(reason.http_status())
        })?;
    audit::acting(Actor::Provider);
    book_notice(services, &wechat, notice).await?;
    Ok(StatusCode::NO_CONTENT)
}
