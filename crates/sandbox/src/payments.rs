use dika_contract::{ErrorCode, OrderId};
use dika_server::services::error::ServiceError;
use dika_server::services::reconcile;
use dika_store::audit::{self, Actor};

use crate::gateway::Decision;
use crate::sandbox::Sandbox;

/// Decides a payment; unless the provider falls silent, it then tells the server, as a real one would.
///
/// # Errors
/// `not_found` where there is no such payment, `order_already_paid` where it cannot be undone.
pub async fn decide(
    sandbox: &Sandbox,
    order: &OrderId,
    decision: Decision,
) -> Result<(), ServiceError> {
    if !sandbox
        .tables()
        .decide_payment(order, decision.as_str())
        .await?
    {
        return Err(match sandbox.tables().payment(order).await? {
            Some(_) => ServiceError::new(ErrorCode::OrderAlreadyPaid).order(order.clone()),
            None => ErrorCode::NotFound.into(),
        });
    }
    if decision != Decision::Silent {
        audit::acting(Actor::Provider);
        reconcile::refresh_by_id(&sandbox.services(), order).await?;
    }
    Ok(())
}
