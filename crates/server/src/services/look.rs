//! A student looks at an order: provider and card system are asked where that may bring news, and not by each of many who
//! look at once, nor again and again.

use dika_contract::{ErrorCode, PaymentState};
use dika_core::order::{Event, OrderState, claim};
use dika_store::audit::{cause, caused_by};
use dika_store::orders::OrderRow;
use tokio::time::timeout;
use tracing::Instrument;

use crate::services::context::Services;
use crate::services::error::ServiceError;
use crate::services::reconcile::{LOOK_LEASE_S, apply, refresh};
use crate::services::time_limits::CARD_PATIENCE;

/// Whether nothing can come of asking about an order: it is closed, on its card or back.
pub const fn is_decided(state: &OrderState) -> bool {
    match state.payment {
        PaymentState::Closed | PaymentState::Failed | PaymentState::Refunded => true,
        PaymentState::Paid => state.settled && !state.claim.is_open(),
        PaymentState::Created
        | PaymentState::Paying
        | PaymentState::Unknown
        | PaymentState::Refunding => false,
    }
}

/// An order after it was asked about. Where somebody else asks about it, here or at another server, or did so less than
/// [`LOOK_EVERY_S`](crate::services::looks::LOOK_EVERY_S) ago, the order as it is kept after that.
///
/// The look goes on where whoever asked for it went away: others wait for it.
///
/// # Errors
/// Any database failure.
pub async fn look(services: &Services, order: OrderRow) -> Result<OrderRow, ServiceError> {
    // A sweep's look may take longer than a student waits.
    let Ok(turn) = timeout(CARD_PATIENCE, services.looks.turn(&order.id)).await else {
        return kept(services, &order).await;
    };
    if turn.waited
        || !services
            .looks
            .is_due(&order.id, services.clock.now_micros())
    {
        return kept(services, &order).await;
    }
    let services = services.clone();
    let work = async move {
        let _turn = turn;
        look_now(&services, order).await
    };
    tokio::spawn(caused_by(cause(), work).in_current_span())
        .await
        .map_err(ServiceError::internal)?
}

async fn look_now(services: &Services, order: OrderRow) -> Result<OrderRow, ServiceError> {
    let (id, looks, store) = (order.id.clone(), &services.looks, &services.store);
    let now = services.clock.now();
    let lease = now.plus(LOOK_LEASE_S);
    if looks.are_shared() && !store.begin_look(&id, now, lease).await? {
        return kept(services, &order).await;
    }
    let looked = refresh(services, order).await;
    looks.note_end(&id, services.clock.now_micros());
    if looks.are_shared() {
        let again_at = services.clock.now().plus(looks.every_s());
        if let Err(fault) = store.end_look(&id, lease, again_at).await {
            tracing::warn!(?fault, order = %id, "a look's end was not noted; others look when its time is over");
        }
    }
    looked
}

async fn kept(services: &Services, order: &OrderRow) -> Result<OrderRow, ServiceError> {
    let order = services.store.order(&order.id).await?;
    let order = order.ok_or(ErrorCode::NotFound)?;
    // Nobody was asked, and time went by all the same: what has lapsed can be confirmed.
    if order.state.claim.is_open() {
        return apply(services, order, Event::Claim(claim::Event::Tick)).await;
    }
    Ok(order)
}
