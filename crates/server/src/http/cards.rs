use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Json, Router};
use dika_contract::{Card, CardId, CardStatus, ErrorCode, WalletBalance, endpoint};

use crate::directory;
use crate::error::ApiError;
use crate::request::Id;
use crate::services::time_limits::in_time;
use crate::session::{SignedIn, Writer};
use crate::state::AppState;
use dika_core::card_system::CardSystemFault;
use dika_store::cards::CardRow;

/// Where bound cards are.
pub fn router() -> Router<AppState> {
    Router::new()
        .route(endpoint::CARDS, get(list))
        .route(endpoint::CARD, get(look).delete(unbind))
        .route(endpoint::CARD_DEFAULT, put(set_default))
}

async fn list(
    State(state): State<AppState>,
    SignedIn(visitor): SignedIn,
) -> Result<Json<Vec<Card>>, ApiError> {
    let mut cards = Vec::new();
    for row in state.store.cards(&visitor.user_id).await? {
        cards.push(card(&state, row).await?);
    }
    Ok(Json(cards))
}

async fn look(
    State(state): State<AppState>,
    SignedIn(visitor): SignedIn,
    Id(id): Id<CardId>,
) -> Result<Json<Card>, ApiError> {
    let row = bound(&state, &visitor.user_id, &id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    Ok(Json(card(&state, row).await?))
}

async fn unbind(
    State(state): State<AppState>,
    Writer(visitor): Writer,
    Id(id): Id<CardId>,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    if state.store.unbind_card(&visitor.user_id, &id, now).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ErrorCode::NotFound.into())
    }
}

async fn set_default(
    State(state): State<AppState>,
    Writer(visitor): Writer,
    Id(id): Id<CardId>,
) -> Result<Json<Card>, ApiError> {
    if !state.store.set_default_card(&visitor.user_id, &id).await? {
        return Err(ErrorCode::NotFound.into());
    }
    let row = bound(&state, &visitor.user_id, &id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    Ok(Json(card(&state, row).await?))
}

/// A card that this user has bound now.
///
/// # Errors
/// Any database failure.
pub async fn bound(
    state: &AppState,
    user_id: &str,
    id: &CardId,
) -> Result<Option<CardRow>, ApiError> {
    let row = state.store.card(user_id, id).await?;
    Ok(row.filter(|row| !row.unbound))
}

/// A bound card as its card system has it now. Where that does not answer, the card is shown as it
/// was bound, without amounts, and takes no money.
async fn card(state: &AppState, row: CardRow) -> Result<Card, ApiError> {
    let (record, wallets) = match in_time(state.cards.card(&row.card_ref)).await {
        Ok(record) => (
            Some(record),
            in_time(state.cards.balances(&row.card_ref)).await,
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
            unknown_amounts(state, &row).await?
        }
    };
    let (identity, card_no_masked, status) = match record {
        Some(record) => (record.identity, record.card_no_masked, record.status),
        None => (row.identity, row.card_no_masked, CardStatus::Other),
    };
    Ok(Card {
        id: row.id,
        issuer: row.issuer,
        identity,
        card_no_masked,
        status,
        is_default: row.is_default,
        wallets,
    })
}

async fn unknown_amounts(state: &AppState, row: &CardRow) -> Result<Vec<WalletBalance>, ApiError> {
    let directory = directory::current(state).await?;
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

impl From<CardSystemFault> for ApiError {
    fn from(fault: CardSystemFault) -> Self {
        match fault {
            CardSystemFault::NoSuchCard => ErrorCode::CardClosed.into(),
            CardSystemFault::Unavailable(cause) => {
                Self::new(ErrorCode::CardSystemUnavailable).because(cause)
            }
        }
    }
}
