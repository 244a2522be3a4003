use dika_contract::{ErrorCode, OrderId, PaymentState, TopUp};
use dika_core::order::{Event, claim, payment};
use dika_store::orders::OrderRow;
use dika_store::users::Visitor;

use crate::services::cards::{bound, takes_money};
use crate::services::context::Services;
use crate::services::error::ServiceError;
use crate::services::look::look;
use crate::services::reconcile::{apply, close, refused};
use crate::services::show_orders::{own, shown};
use crate::services::start_payment::{Payer, start};
use crate::services::time_limits::in_time;

/// Gives an order up: the provider closes it first. One of which nobody knows whether it was paid is asked about once more:
/// where it was not, it is given up as any other.
///
/// # Errors
/// Why it cannot be given up, or a database failure.
pub async fn cancel(
    services: &Services,
    visitor: &Visitor,
    id: &OrderId,
) -> Result<TopUp, ServiceError> {
    let mut order = own(services, visitor, id).await?;
    if order.state.payment == PaymentState::Unknown {
        order = look(services, order).await?;
    }
    let refuse = |order: &OrderRow| {
        payment::may_cancel(order.state.payment)
            .map_err(|refusal| refused(services, refusal, order))
    };
    refuse(&order)?;
    let order = if order.state.payment.is_open() {
        close(services, order).await?
    } else {
        order
    };
    refuse(&order)?;
    shown(services, order, None).await
}

/// Continues the payment of an unpaid order.
///
/// # Errors
/// Why it cannot be paid any more, or a database failure.
pub async fn continue_payment(
    services: &Services,
    visitor: &Visitor,
    id: &OrderId,
    payer: Payer,
) -> Result<TopUp, ServiceError> {
    let order = look(services, own(services, visitor, id).await?).await?;
    // The card may have been lost since the order was made.
    if order.state.payment.is_open() {
        let card = bound(services, visitor, &order.card_id).await?;
        takes_money(services, &card.ok_or(ErrorCode::IdentityNotConfirmed)?).await?;
    }
    let (order, prompt) = start(services, order, payer).await?;
    shown(services, order, Some(prompt)).await
}

/// Confirms a lapsed claim: the money waits again. Where that was done before, gives the order as it is now: the first
/// answer may have been lost.
///
/// # Errors
/// `claim_not_confirmable`, `card_system_unavailable`, or a database failure.
pub async fn confirm_claim(
    services: &Services,
    visitor: &Visitor,
    id: &OrderId,
) -> Result<TopUp, ServiceError> {
    let order = look(services, own(services, visitor, id).await?).await?;
    let now = services.clock.now();
    let step = match claim::step(
        &order.state,
        claim::Event::Confirmed,
        &order.claim_rule,
        now,
    ) {
        Ok(step) => step,
        Err(refusal) => {
            let again = order.state.payment == PaymentState::Paid
                && services.store.was_claim_confirmed(&order.id).await?;
            return if again {
                shown(services, order, None).await
            } else {
                Err(refused(services, refusal, &order))
            };
        }
    };
    // The card system first: where only that is done, the student confirms once more, which is harmless.
    in_time(
        services
            .cards
            .reopen(order.issuer, &order.id, step.claim_by),
    )
    .await
    .map_err(ServiceError::card_system(order.issuer))?;
    let order = apply(services, order, Event::Claim(claim::Event::Confirmed)).await?;
    shown(services, order, None).await
}
