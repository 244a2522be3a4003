use dika_contract::{Card, CardId, CardStatus, ErrorCode, WalletBalance};
use dika_core::card_system::{CardRecord, CardRef, CardStanding, CardSystemFault};
use dika_store::cards::CardRow;
use dika_store::users::Visitor;
use futures_util::future::try_join_all;

use crate::services::context::Services;
use crate::services::directory::directory;
use crate::services::error::ServiceError;
use crate::services::time_limits::in_time;

/// A user's bound cards that this session shows, the default one first.
///
/// # Errors
/// Any database failure.
pub async fn list(services: &Services, visitor: &Visitor) -> Result<Vec<Card>, ServiceError> {
    let rows = services.store.cards(&visitor.user_id).await?;
    let shown: Vec<CardRow> = rows
        .into_iter()
        .filter(|row| !visitor.hides(&row.id))
        .collect();
    let refs: Vec<CardRef> = shown.iter().map(|row| row.card_ref.clone()).collect();
    if let Ok(Some(standings)) = in_time(services.cards.all_at_once(&refs)).await {
        let all = shown.into_iter().zip(standings);
        return try_join_all(all.map(|(row, standing)| as_it_stands(services, row, standing)))
            .await;
    }
    // Side by side: a card system that does not answer holds up no other.
    try_join_all(shown.into_iter().map(|row| card(services, row))).await
}

async fn as_it_stands(
    services: &Services,
    row: CardRow,
    standing: Option<CardStanding>,
) -> Result<Card, ServiceError> {
    match standing {
        Some((record, wallets)) => Ok(shown(row, Some(record), wallets)),
        None => {
            let wallets = unknown_amounts(services, &row).await?;
            Ok(shown(row, None, wallets))
        }
    }
}

/// A bound card.
///
/// # Errors
/// `not_found`, `identity_not_confirmed` where it is hidden from this session, or a database failure.
pub async fn show(
    services: &Services,
    visitor: &Visitor,
    id: &CardId,
) -> Result<Card, ServiceError> {
    let row = bound(services, visitor, id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    card(services, row).await
}

/// Takes a card off its user. One that was taken off already stays off: the first answer may have been lost.
///
/// # Errors
/// `not_found`, `identity_not_confirmed` where it is hidden from this session, or a database failure.
pub async fn unbind(
    services: &Services,
    visitor: &Visitor,
    id: &CardId,
) -> Result<(), ServiceError> {
    refuse_hidden(visitor, id)?;
    let now = services.clock.now();
    let store = &services.store;
    if store.unbind_card(&visitor.user_id, id, now).await?
        || store.card(&visitor.user_id, id).await?.is_some()
    {
        Ok(())
    } else {
        Err(ErrorCode::NotFound.into())
    }
}

/// Makes a bound card the one shown first.
///
/// # Errors
/// `not_found`, `identity_not_confirmed` where it is hidden from this session, or a database failure.
pub async fn set_default(
    services: &Services,
    visitor: &Visitor,
    id: &CardId,
) -> Result<Card, ServiceError> {
    refuse_hidden(visitor, id)?;
    if !services
        .store
        .set_default_card(&visitor.user_id, id)
        .await?
    {
        return Err(ErrorCode::NotFound.into());
    }
    show(services, visitor, id).await
}

/// Refuses a card that takes no money.
///
/// # Errors
/// The card's status as a code, or `card_system_unavailable`.
pub async fn takes_money(services: &Services, card: &CardRow) -> Result<(), ServiceError> {
    let record = in_time(services.cards.card(&card.card_ref))
        .await
        .map_err(ServiceError::card_system(card.issuer))?;
    match record.status {
        CardStatus::Active => Ok(()),
        status => Err(ServiceError::card_status(status)),
    }
}

/// A card that this user has bound now.
///
/// # Errors
/// `identity_not_confirmed` where it is hidden from this session; any database failure.
pub async fn bound(
    services: &Services,
    visitor: &Visitor,
    id: &CardId,
) -> Result<Option<CardRow>, ServiceError> {
    refuse_hidden(visitor, id)?;
    let row = services.store.card(&visitor.user_id, id).await?;
    Ok(row.filter(|row| !row.unbound))
}

/// Refuses a card that is hidden from this session, and its orders.
///
/// # Errors
/// `identity_not_confirmed`.
pub fn refuse_hidden(visitor: &Visitor, id: &CardId) -> Result<(), ServiceError> {
    if visitor.hides(id) {
        return Err(ErrorCode::IdentityNotConfirmed.into());
    }
    Ok(())
}

/// A bound card as its card system has it now. Where that does not answer, the card is shown as it
/// was bound, without amounts, and takes no money.
async fn card(services: &Services, row: CardRow) -> Result<Card, ServiceError> {
    let (record, wallets) = match in_time(services.cards.card(&row.card_ref)).await {
        Ok(record) => (
            Some(record),
            in_time(services.cards.balances(&row.card_ref)).await,
        ),
        Err(fault) => (None, Err(fault)),
    };
    let wallets = match wallets {
        Ok(wallets) => wallets,
        Err(fault) => {
            if let CardSystemFault::Unavailable(cause) = fault {
                tracing::warn!(
                    cause = format!("{cause:#}"),
                    "the card system does not answer"
                );
            }
            unknown_amounts(services, &row).await?
        }
    };
    Ok(shown(row, record, wallets))
}

fn shown(row: CardRow, record: Option<CardRecord>, wallets: Vec<WalletBalance>) -> Card {
    let (identity, card_no_masked, status) = match record {
        Some(record) => (record.identity, record.card_no_masked, record.status),
        None => (row.identity, row.card_no_masked, CardStatus::Other),
    };
    Card {
        id: row.id,
        issuer: row.issuer,
        identity,
        card_no_masked,
        status,
        is_default: row.is_default,
        wallets,
    }
}

async fn unknown_amounts(
    services: &Services,
    row: &CardRow,
) -> Result<Vec<WalletBalance>, ServiceError> {
    let directory = directory(services).await?;
    let wallets = directory
        .issuer(row.issuer)
        .map_or(&[][..], |info| &info.wallets);
    Ok(wallets
        .iter()
        .map(|wallet| WalletBalance {
            kind: wallet.kind,
            on_card: None,
            waiting: None,
        })
        .collect())
}
