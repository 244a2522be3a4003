use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use dika_contract::{
    Binding, BindingId, BindingState, CreateBinding, ErrorCode, Issuer, RejectBinding,
    RejectReason, Timestamp, endpoint,
};

use crate::error::ApiError;
use crate::request::{Id, Json};
use crate::session::{SignedIn, Writer};
use crate::state::AppState;
use dika_core::digest::digest;
use dika_store::cards::BindingRow;
use dika_store::users::Try;

/// Seconds in which the student says whose card it is.
const ANSWER_WITHIN_S: i64 = 10 * 60;
/// Wrong passwords after which the card's binding is locked, for everyone.
const MOST_TRIES: i64 = 5;
const LOCK_S: i64 = 15 * 60;

/// Where cards are bound.
pub fn router() -> Router<AppState> {
    Router::new()
        .route(endpoint::BINDINGS, post(create))
        .route(endpoint::BINDING, get(look))
        .route(endpoint::BINDING_CONFIRM, post(confirm))
        .route(endpoint::BINDING_REJECT, post(reject))
}

async fn create(
    State(state): State<AppState>,
    Writer(visitor): Writer,
    Json(body): Json<CreateBinding>,
) -> Result<(StatusCode, axum::Json<Binding>), ApiError> {
    if visitor.snapshot {
        return Err(ErrorCode::SnapshotUser.into());
    }
    let identifier = match (body.issuer, &body.account, &body.card_no) {
        (Issuer::Gdut, Some(account), None) => account.as_str(),
        (Issuer::Hemc, None, Some(card_no)) => card_no.as_str(),
        _ => return Err(ErrorCode::InvalidRequest.into()),
    };
    if body.issuer == Issuer::Hemc && visitor.phone.is_none() {
        return Err(ErrorCode::PhoneRequired.into());
    }

    // Counted before it is checked, per card and for everyone, existing or not: neither many tries
    // side by side nor the answers tell more than five tries do.
    let subject = digest(&["password", body.issuer.as_str(), identifier]);
    let now = state.clock.now();
    let left = match state
        .store
        .begin_password_try(&subject, now, MOST_TRIES, LOCK_S)
        .await?
    {
        Try::Go { left } => left,
        Try::Locked { retry_after_s } => {
            return Err(ApiError::new(ErrorCode::BindingLocked).retry_after(retry_after_s));
        }
    };
    let verified = state
        .cards
        .verify(body.issuer, identifier, &body.password)
        .await;
    let card = match verified {
        Ok(Some(card)) => card,
        Ok(None) => {
            let wrong = ApiError::new(ErrorCode::WrongAccountOrPassword).attempts_left(left);
            return Err(if left == 0 {
                wrong.retry_after(LOCK_S)
            } else {
                wrong
            });
        }
        Err(fault) => {
            state.store.end_password_try(&subject, false).await?;
            return Err(fault.into());
        }
    };
    state.store.end_password_try(&subject, true).await?;
    let row = state
        .store
        .add_binding(&visitor.user_id, &card, now, now.plus(ANSWER_WITHIN_S))
        .await?;
    Ok((StatusCode::CREATED, axum::Json(binding(row, now))))
}

async fn look(
    State(state): State<AppState>,
    SignedIn(visitor): SignedIn,
    Id(id): Id<BindingId>,
) -> Result<axum::Json<Binding>, ApiError> {
    answer(&state, &visitor.user_id, &id).await
}

async fn confirm(
    State(state): State<AppState>,
    Writer(visitor): Writer,
    Id(id): Id<BindingId>,
) -> Result<axum::Json<Binding>, ApiError> {
    let now = state.clock.now();
    if !state
        .store
        .confirm_binding(&visitor.user_id, &id, now)
        .await?
    {
        same_answer(&state, &visitor.user_id, &id, BindingState::Confirmed).await?;
    }
    answer(&state, &visitor.user_id, &id).await
}

async fn reject(
    State(state): State<AppState>,
    Writer(visitor): Writer,
    Id(id): Id<BindingId>,
    Json(body): Json<RejectBinding>,
) -> Result<axum::Json<Binding>, ApiError> {
    if body.reason == RejectReason::Other {
        return Err(ErrorCode::InvalidRequest.into());
    }
    let (now, reason) = (state.clock.now(), body.reason.as_str());
    if !state
        .store
        .reject_binding(&visitor.user_id, &id, reason, now)
        .await?
    {
        same_answer(&state, &visitor.user_id, &id, BindingState::Rejected).await?;
    }
    answer(&state, &visitor.user_id, &id).await
}

/// A binding that does not wait any more takes the answer that it had, from a second tap, and no other.
async fn same_answer(
    state: &AppState,
    user_id: &str,
    id: &BindingId,
    given: BindingState,
) -> Result<(), ApiError> {
    let row = state
        .store
        .binding(user_id, id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    match binding(row, state.clock.now()).state {
        had if had == given => Ok(()),
        BindingState::Expired | BindingState::Pending => Err(ErrorCode::BindingExpired.into()),
        _ => Err(ErrorCode::BindingAnswered.into()),
    }
}

async fn answer(
    state: &AppState,
    user_id: &str,
    id: &BindingId,
) -> Result<axum::Json<Binding>, ApiError> {
    let row = state
        .store
        .binding(user_id, id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    Ok(axum::Json(binding(row, state.clock.now())))
}

fn binding(row: BindingRow, now: Timestamp) -> Binding {
    let late = row.state == BindingState::Pending && now >= row.expires_at;
    Binding {
        id: row.id,
        issuer: row.issuer,
        state: if late {
            BindingState::Expired
        } else {
            row.state
        },
        identity: row.identity,
        card_no_masked: row.card_no_masked,
        card_status: row.card_status,
        expires_at: row.expires_at,
        card_id: row.card_id,
    }
}
