use dika_connector::callback::Callback;
use dika_contract::{Issuer, OrderId, TerminalKind};
use dika_core::card_system::Tap;

use crate::services::context::Services;
use crate::services::error::ServiceError;
use crate::services::reconcile::refresh_by_id;
use crate::services::time_limits::in_time;

/// An issuer's card system says that something happened. Nothing is booked because of it: the card system is asked,
/// whose answer counts. What can't be asked about now is found by the sweep.
pub async fn heard(services: &Services, issuer: Issuer, news: Callback) {
    match news {
        Callback::CreditClaimed(claimed) => about_order(services, issuer, &claimed.order_id).await,
        Callback::CreditDecided(decided) => about_order(services, issuer, &decided.order_id).await,
        Callback::TerminalStatusChanged(_) => services.directory.refresh().await,
        // A card's status is asked for whenever it matters.
        Callback::CardStatusChanged(_) => {}
        Callback::Other(kind) => {
            tracing::info!(%issuer, kind, "a callback of a kind that is not known here");
        }
    }
}

async fn about_order(services: &Services, issuer: Issuer, id: &OrderId) {
    let order = match services.store.order(id).await {
        Ok(Some(order)) if order.issuer == issuer => order,
        Ok(_) => {
            tracing::warn!(%issuer, order = %id, "a callback about an order that is not this issuer's");
            return;
        }
        Err(fault) => {
            tracing::error!(?fault, order = %id, "an order could not be read");
            return;
        }
    };
    if let Err(fault) = refresh_by_id(services, &order.id).await {
        tracing::error!(?fault, order = %id, "an order could not be looked at");
    }
}

/// A card is laid on a machine of the built-in ledger; the orders whose money it released move on.
///
/// # Errors
/// `card_system_unavailable`.
pub async fn card_laid(
    services: &Services,
    card_no: &str,
    kind: TerminalKind,
) -> Result<Tap, ServiceError> {
    let tap = in_time(services.cards.tap(card_no, kind)).await?;
    for id in &tap.released {
        // The money is on the card whatever happens here; the sweep moves the order too.
        if let Err(fault) = refresh_by_id(services, id).await {
            tracing::error!(?fault, order = %id, "an order could not be looked at");
        }
    }
    Ok(tap)
}
