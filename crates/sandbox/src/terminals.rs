use dika_contract::TerminalKind;
use dika_core::card_system::Tap;
use dika_server::services::error::ServiceError;
use dika_server::services::reconcile;
use dika_store::audit::{self, Actor};

use crate::sandbox::Sandbox;

/// A card is laid on a terminal; the orders whose money it released move on.
///
/// # Errors
/// `card_system_unavailable`, or a database failure.
pub async fn tap(
    sandbox: &Sandbox,
    card_no: &str,
    terminal: TerminalKind,
) -> Result<Tap, ServiceError> {
    audit::acting(Actor::Machine(terminal.to_string()));
    let tap = sandbox.cards.tap(card_no, terminal).await?;
    for id in &tap.released {
        reconcile::refresh_by_id(&sandbox.services(), id).await?;
    }
    Ok(tap)
}
