use dika_contract::{
    Binding, BindingId, BindingState, CardId, CreateBinding, ErrorCode, Issuer, RejectReason,
    Timestamp,
};
use dika_core::card_system::CardRecord;
use dika_core::digest::digest;
use dika_store::cards::BindingRow;
use dika_store::users::{Try, Visitor};
use tracing::Instrument;

use crate::services::context::Services;
use crate::services::error::ServiceError;
use crate::services::time_limits::in_time;
use crate::services::{cards, wechat_accounts};

/// Seconds in which the student says whose card it is.
const ANSWER_WITHIN_S: i64 = 10 * 60;
/// Wrong passwords after which the card's binding is locked, for everyone.
const MOST_TRIES: i64 = 5;
const LOCK_S: i64 = 15 * 60;
const HOUR_S: i64 = 3_600;
/// Wrong passwords per hour from one account, whatever the card: nobody tries, or locks, one card after the other.
const WRONG_PER_ACCOUNT: i64 = 20;
/// The same from one net, which a whole campus may share.
const WRONG_PER_NET: i64 = 300;

/// Checks a card's password and keeps a binding that waits for its student's answer.
///
/// # Errors
/// Why the card cannot be asked for, or a database failure.
pub async fn request(
    services: &Services,
    visitor: &Visitor,
    net: Option<&str>,
    body: &CreateBinding,
) -> Result<Binding, ServiceError> {
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

    let subject = digest(&["password", body.issuer.as_str(), identifier]);
    let now = services.clock.now();
    let card = check_password(services, visitor, net, &subject, identifier, body).await?;
    // Another card than those hidden from this session does not tell that the number is still the
    // same person's: that is decided first.
    let hidden = &visitor.hidden;
    let is_hidden = hidden.iter().any(|hidden| hidden.card_ref == card.card_ref);
    if !is_hidden && hidden.iter().any(|hidden| !hidden.unbound) {
        return Err(ErrorCode::IdentityNotConfirmed.into());
    }
    // Nothing is left to decide about but orders on cards that were taken off long ago.
    let user_id = match &visitor.phone {
        Some(phone) if !is_hidden && !hidden.is_empty() => {
            services
                .store
                .start_clean(&visitor.session, &visitor.user_id, phone, now)
                .await?
        }
        _ => visitor.user_id.clone(),
    };
    let row = services
        .store
        .add_binding(&user_id, &card, &subject, now, now.plus(ANSWER_WITHIN_S))
        .await?;
    Ok(binding(row, now))
}

/// Checks a card's password within every limit. Goes on to its end where the student's phone hangs up meanwhile: a right
/// password never counts as a wrong one.
async fn check_password(
    services: &Services,
    visitor: &Visitor,
    net: Option<&str>,
    subject: &str,
    identifier: &str,
    body: &CreateBinding,
) -> Result<CardRecord, ServiceError> {
    let now = services.clock.now();
    let account = Some((
        format!("password/by/{}", visitor.user_id),
        WRONG_PER_ACCOUNT,
    ));
    let net = net.map(|net| (format!("password/from/{net}"), WRONG_PER_NET));
    let buckets: Vec<(String, i64)> = account.into_iter().chain(net).collect();
    // Counted apart: whoever bound the card before, and everybody else, so that strangers lock it for strangers.
    let holds = services.store.ever_bound(&visitor.user_id, subject).await?;
    let counted = if holds {
        digest(&[subject, &visitor.user_id])
    } else {
        subject.to_owned()
    };
    let check = {
        let (services, password) = (services.clone(), body.password.clone());
        let (issuer, identifier) = (body.issuer, identifier.to_owned());
        async move {
            for (place, (bucket, most)) in buckets.iter().enumerate() {
                let wait = services
                    .store
                    .count_call(bucket, now, HOUR_S, *most)
                    .await?;
                if let Some(wait) = wait {
                    // Nothing was tried: what others of the net did is not counted for the account.
                    for (earlier, _) in &buckets[..place] {
                        services.store.uncount_call(earlier, now, HOUR_S).await?;
                    }
                    return Err(ServiceError::new(ErrorCode::RateLimited).retry_after(wait));
                }
            }
            // Counted before it is checked, existing or not: neither many tries side by side nor the answers tell more
            // than five tries do.
            let left = match services
                .store
                .begin_password_try(&counted, now, MOST_TRIES, LOCK_S)
                .await?
            {
                Try::Go { left } => left,
                Try::Locked { retry_after_s } => {
                    for (bucket, _) in &buckets {
                        services.store.uncount_call(bucket, now, HOUR_S).await?;
                    }
                    let locked = ServiceError::new(ErrorCode::BindingLocked);
                    return Err(locked.retry_after(retry_after_s));
                }
            };
            let verified = in_time(services.cards.verify(issuer, &identifier, &password)).await;
            if !matches!(verified, Ok(None)) {
                let right = verified.is_ok();
                services.store.end_password_try(&counted, right).await?;
                for (bucket, _) in &buckets {
                    services.store.uncount_call(bucket, now, HOUR_S).await?;
                }
            }
            let verified = verified.map_err(ServiceError::card_system(issuer))?;
            verified.ok_or_else(|| {
                let wrong =
                    ServiceError::new(ErrorCode::WrongAccountOrPassword).attempts_left(left);
                if left == 0 {
                    wrong.retry_after(LOCK_S)
                } else {
                    wrong
                }
            })
        }
    };
    tokio::spawn(check.in_current_span())
        .await
        .map_err(ServiceError::internal)?
}

/// A user's binding.
///
/// # Errors
/// `not_found`; `identity_not_confirmed` where its card is hidden from this session; or a database failure.
pub async fn show(
    services: &Services,
    visitor: &Visitor,
    id: &BindingId,
) -> Result<Binding, ServiceError> {
    let binding = read(services, &visitor.user_id, id).await?;
    if let Some(card) = &binding.card_id {
        cards::refuse_hidden(visitor, card)?;
    }
    Ok(binding)
}

/// A user's binding, also where its card is hidden from the session.
async fn read(services: &Services, user_id: &str, id: &BindingId) -> Result<Binding, ServiceError> {
    let row = services
        .store
        .binding(user_id, id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    Ok(binding(row, services.clock.now()))
}

/// Answers a binding: yes. A card that was hidden from this session is shown from then on.
///
/// # Errors
/// Where it does not wait any more, or a database failure.
pub async fn confirm(
    services: &Services,
    visitor: &Visitor,
    id: &BindingId,
) -> Result<Binding, ServiceError> {
    let (user_id, now) = (&visitor.user_id, services.clock.now());
    if !services
        .store
        .confirm_binding(user_id, &visitor.session, id, now)
        .await?
    {
        same_answer(services, user_id, id, BindingState::Confirmed).await?;
        return show(services, visitor, id).await;
    }
    let bound = read(services, user_id, id).await?;
    if let Some(card) = bound.card_id.as_ref().filter(|card| visitor.hides(card)) {
        reveal(services, visitor, card, now).await?;
    }
    Ok(bound)
}

/// The password of a hidden card was given: this is the person who bound it.
async fn reveal(
    services: &Services,
    visitor: &Visitor,
    card: &CardId,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let (store, user_id) = (&services.store, &visitor.user_id);
    store.reveal_card(&visitor.session, card, now).await?;
    // Once nothing is hidden, whoever WeChat proved in this browser is that person, too.
    if let (Some(openid), true) = (&visitor.openid, visitor.hidden.len() == 1) {
        let owner = store
            .attach_identity(user_id, wechat_accounts::IDENTITY, openid, now)
            .await?;
        wechat_accounts::meet(services, &visitor.session, &owner, user_id).await?;
    }
    Ok(())
}

/// Answers a binding: no.
///
/// # Errors
/// Where it does not wait any more, or a database failure.
pub async fn reject(
    services: &Services,
    visitor: &Visitor,
    id: &BindingId,
    reason: RejectReason,
) -> Result<Binding, ServiceError> {
    if reason == RejectReason::Other {
        return Err(ErrorCode::InvalidRequest.into());
    }
    let (user_id, now) = (&visitor.user_id, services.clock.now());
    if !services
        .store
        .reject_binding(user_id, id, reason.as_str(), now)
        .await?
    {
        same_answer(services, user_id, id, BindingState::Rejected).await?;
    }
    read(services, user_id, id).await
}

/// A binding that does not wait any more takes the answer that it had, from a second tap, and no other.
async fn same_answer(
    services: &Services,
    user_id: &str,
    id: &BindingId,
    given: BindingState,
) -> Result<(), ServiceError> {
    let row = services
        .store
        .binding(user_id, id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    match binding(row, services.clock.now()).state {
        had if had == given => Ok(()),
        BindingState::Expired | BindingState::Pending => Err(ErrorCode::BindingExpired.into()),
        _ => Err(ErrorCode::BindingAnswered.into()),
    }
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
