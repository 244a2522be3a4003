//! *Remind me*: a student allows one message about an order whose money waits, or takes the end of the time to collect
//! into a calendar.

use dika_contract::{ErrorCode, Fen, OrderId, Timestamp};
use dika_core::messenger::Permission;
use dika_store::orders::OrderRow;
use dika_store::users::Visitor;

use crate::services::context::Services;
use crate::services::error::ServiceError;
use crate::services::look::look;
use crate::services::show_orders::own;

/// Where to send the student's browser to allow one message about their order; it comes back to `return_path`. `None`
/// where messages aren't set up, where the order isn't theirs, is hidden or has no waiting money, and where they were asked too
/// often.
///
/// # Errors
/// Any database failure.
pub async fn permission_url(
    services: &Services,
    visitor: &Visitor,
    id: &OrderId,
    return_path: &str,
) -> Result<Option<String>, ServiceError> {
    let Some(messenger) = &services.messenger else {
        return Ok(None);
    };
    let order = services.store.user_order(&visitor.user_id, id).await?;
    let has_waiting_money =
        |order: OrderRow| order.state.claim.is_open() && !visitor.hides(&order.card_id);
    if !order.is_some_and(has_waiting_money) {
        return Ok(None);
    }
    let token = services.ids.token();
    let scene = services
        .store
        .ask_message_permission(&visitor.user_id, id, &token, services.clock.now())
        .await?;
    let Some(scene) = scene else {
        return Ok(None);
    };
    messenger
        .permission_url(&Permission { scene, token }, return_path)
        .map(Some)
        .map_err(ServiceError::internal)
}

/// The student's answer: `granted_by` is who allowed it, as the messaging service knows them; `None` is a no. Gives the
/// order, or `None` if nothing was asked with this token and scene.
///
/// # Errors
/// Any database failure.
pub async fn answer(
    services: &Services,
    token: &str,
    scene: u16,
    granted_by: Option<&str>,
) -> Result<Option<OrderId>, ServiceError> {
    Ok(services
        .store
        .answer_message_permission(token, scene, granted_by, services.clock.now())
        .await?)
}

/// Money that waits until a moment.
#[derive(Clone, Debug)]
pub struct CollectBy {
    /// How much.
    pub amount: Fen,
    /// The end of the time to collect.
    pub end: Timestamp,
}

/// The end of the time to collect an order's money.
///
/// # Errors
/// `not_found`, also where there is no such end; `identity_not_confirmed` where its card is hidden from this session; a
/// database failure.
pub async fn collect_by(
    services: &Services,
    visitor: &Visitor,
    id: &OrderId,
) -> Result<CollectBy, ServiceError> {
    let order = look(services, own(services, visitor, id).await?).await?;
    let end = order
        .state
        .claim_by
        .filter(|_| order.state.claim.is_open())
        .ok_or(ErrorCode::NotFound)?;
    Ok(CollectBy {
        amount: order.amount,
        end,
    })
}
