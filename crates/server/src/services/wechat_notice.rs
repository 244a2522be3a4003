//! What WeChat Pay tells by itself: compared with what was asked for, and booked so that a second,
//! late or reordered notification changes nothing.

use dika_contract::ErrorCode;
use dika_core::payment_gateway::GatewayFault;
use dika_store::orders::OrderRow;
use dika_store::wechat::{Attempt, AttemptState};
use dika_wechat::pay::{Event, Notice, Trade};

use crate::adapters::wechat::Wechat;
use crate::adapters::wechat_gateway::{
    Standing, SurplusOutcome, log_not_sent_back, log_paid_twice,
};
use crate::services::context::Services;
use crate::services::error::ServiceError;
use crate::services::reconcile;

/// Books a notification that was verified.
///
/// # Errors
/// Where it could not be booked: WeChat Pay then sends it again.
pub async fn book_notice(
    services: &Services,
    wechat: &Wechat,
    notice: Notice,
) -> Result<(), ServiceError> {
    match notice.event {
        Event::Payment(trade) => {
            let (attempt, order) = find(services, trade.out_trade_no.as_str()).await?;
            book(services, wechat, &attempt, order, &trade).await?;
        }
        Event::Refund(refund) => {
            let (attempt, order) = find(services, refund.out_trade_no.as_str()).await?;
            let attempt = wechat
                .gateway
                .record_refund(attempt, order.state.payment, &refund)
                .await
                .map_err(|fault| unbooked(refund.out_trade_no.as_str(), &fault))?;
            if attempt.state == AttemptState::Surplus {
                settle_surplus(services, wechat, &attempt, order).await?;
            } else {
                reconcile::record_refund(services, order).await?;
            }
        }
        Event::Other(kind) => tracing::info!(kind, "a notification of another kind"),
    }
    Ok(())
}

/// The payment and order of a number. One that nobody knows here was signed by WeChat Pay all the
/// same: perhaps this database is older than the payment, so a person has to look.
async fn find(
    services: &Services,
    out_trade_no: &str,
) -> Result<(Attempt, OrderRow), ServiceError> {
    let found = match services.store.wechat_attempt(out_trade_no).await? {
        Some(attempt) => {
            let order = services.store.order(&attempt.order_id).await?;
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
    services: &Services,
    wechat: &Wechat,
    attempt: &Attempt,
    order: OrderRow,
    trade: &Trade,
) -> Result<(), ServiceError> {
    let standing = wechat
        .gateway
        .record(attempt, trade)
        .await
        .map_err(|fault| unbooked(&attempt.out_trade_no, &fault))?;
    match standing {
        // Its money may have gone back since it was paid: what is told late is asked about.
        Standing::Paid(_) if is_late(services, trade) => {
            reconcile::refresh(services, order).await?;
        }
        Standing::Paid(_) => {
            reconcile::record_paid(services, order).await?;
        }
        Standing::Surplus => {
            if attempt.state != AttemptState::Surplus {
                log_paid_twice(attempt);
            }
            settle_surplus(services, wechat, attempt, order).await?;
        }
        Standing::Strange(what) => {
            tracing::error!(number = %attempt.out_trade_no, what, "a notification does not fit its order; a person has to look");
            // Not booked by its word; asked about as any other order.
            reconcile::refresh(services, order).await?;
            return Err(ErrorCode::InvalidRequest.into());
        }
        Standing::Returned
        | Standing::Pending
        | Standing::Closed
        | Standing::Failed
        | Standing::Unstarted => {
            reconcile::refresh(services, order).await?;
        }
    }
    Ok(())
}

/// Whether a payment was made so long ago, or nobody knows when, that its notification alone does not prove that its money
/// is still there.
fn is_late(services: &Services, trade: &Trade) -> bool {
    let now = services.clock.now().unix();
    trade
        .paid_at_unix_s
        .is_none_or(|at| now - at >= reconcile::LATE_S)
}

/// Sends a surplus payment's money back, or lets it pay the order whose own payment went back. Where neither can be
/// done now, the order's money being on its way say, the sweep goes on: the payment is known to be surplus by now.
async fn settle_surplus(
    services: &Services,
    wechat: &Wechat,
    attempt: &Attempt,
    order: OrderRow,
) -> Result<(), ServiceError> {
    match wechat.gateway.settle_surplus(attempt).await {
        Ok(SurplusOutcome::GoesBack(_) | SurplusOutcome::Waits) => {}
        Ok(SurplusOutcome::PaysTheOrder) => {
            reconcile::record_paid(services, order).await?;
        }
        Err(fault) => log_not_sent_back(attempt, &fault),
    }
    Ok(())
}

fn unbooked(number: &str, fault: &GatewayFault) -> ServiceError {
    ServiceError::new(ErrorCode::PaymentUnavailable)
        .because(anyhow::anyhow!("{number} could not be booked: {fault:?}"))
}
