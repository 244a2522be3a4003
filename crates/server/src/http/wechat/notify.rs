//! Notifications are hints that can be proven: verified before they are read, compared with what was
//! asked for, and booked so that a second, late or reordered one changes nothing. WeChat Pay repeats
//! what is not answered with 2xx for a day, so whatever could not be booked is answered otherwise.

use crate::adapters::system_clock::SystemClock;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use dika_contract::ErrorCode;
use dika_core::clock::Clock;
use dika_wechat::pay::{Event, Trade};

use super::Wechat;
use crate::AppState;
use crate::adapters::wechat_gateway::{Standing, paid_twice};
use crate::error::ApiError;
use crate::services::reconcile;
use dika_store::orders::OrderRow;
use dika_store::wechat::{Attempt, AttemptState};

/// Takes a notification: 204 once it is booked.
pub(super) async fn take(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let wechat = state.wechat.clone().ok_or(ErrorCode::PaymentUnavailable)?;
    // Signatures carry the world's time; the server's clock may be another one.
    let now = SystemClock.now();
    let notice = wechat
        .gateway
        .read_notice(&headers, &body, now)
        .map_err(|reason| {
            tracing::warn!(%reason, "a notification was not believed");
            let status = StatusCode::from_u16(reason.http_status())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            ApiError::new(ErrorCode::InvalidRequest).with_status(status)
        })?;
    match notice.event {
        Event::Payment(trade) => {
            let (attempt, order) = find(&state, trade.out_trade_no.as_str()).await?;
            book(&state, &wechat, &attempt, order, &trade).await?;
        }
        Event::Refund(refund) => {
            let (attempt, order) = find(&state, refund.out_trade_no.as_str()).await?;
            let attempt = wechat
                .gateway
                .take_refund(attempt, order.state.payment, &refund)
                .await
                .map_err(|fault| unbooked(refund.out_trade_no.as_str(), &fault))?;
            if attempt.state == AttemptState::Surplus {
                give_back(&wechat, &attempt).await;
            } else {
                reconcile::look(&state, order).await?;
            }
        }
        Event::Other(kind) => tracing::info!(kind, "a notification of another kind"),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The payment and order of a number. One that nobody knows here was signed by WeChat Pay all the
/// same: perhaps this database is older than the payment, so a person has to look.
async fn find(state: &AppState, out_trade_no: &str) -> Result<(Attempt, OrderRow), ApiError> {
    let found = match state.store.wechat_attempt(out_trade_no).await? {
        Some(attempt) => {
            let order = state.store.order(&attempt.order_id).await?;
            order.map(|order| (attempt, order))
        }
        None => None,
    };
    found.ok_or_else(|| {
        tracing::error!(
            number = out_trade_no,
            "WeChat Pay tells of an order that is not here; a person has to look"
        );
        ErrorCode::NotFound.into()
    })
}

async fn book(
    state: &AppState,
    wechat: &Wechat,
    attempt: &Attempt,
    order: OrderRow,
    trade: &Trade,
) -> Result<(), ApiError> {
    let standing = wechat
        .gateway
        .take(attempt, trade)
        .await
        .map_err(|fault| unbooked(&attempt.out_trade_no, &fault))?;
    match standing {
        Standing::Paid(_) => {
            reconcile::told_paid(state, order).await?;
        }
        Standing::Surplus => {
            if attempt.state != AttemptState::Surplus {
                paid_twice(attempt);
            }
            give_back(wechat, attempt).await;
        }
        Standing::Strange(what) => {
            tracing::error!(number = %attempt.out_trade_no, what, "a notification does not fit its order; a person has to look");
            // Not booked by its word; asked about as any other order.
            reconcile::look(state, order).await?;
            return Err(ErrorCode::InvalidRequest.into());
        }
        Standing::Returned
        | Standing::Pending
        | Standing::Closed
        | Standing::Failed
        | Standing::Unstarted => {
            reconcile::look(state, order).await?;
        }
    }
    Ok(())
}

/// Sends a surplus payment's money back at once. Where that fails, the sweep goes on: the payment is
/// known to be one too many by now.
async fn give_back(wechat: &Wechat, attempt: &Attempt) {
    if let Err(fault) = wechat.gateway.give_back(attempt).await {
        tracing::error!(number = %attempt.out_trade_no, ?fault, "money paid twice could not be sent back yet");
    }
}

fn unbooked(number: &str, fault: &dika_core::payment_gateway::GatewayFault) -> ApiError {
    ApiError::new(ErrorCode::PaymentUnavailable)
        .because(anyhow::anyhow!("{number} could not be booked: {fault:?}"))
}
