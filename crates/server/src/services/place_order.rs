use dika_contract::directory::Limits;
use dika_contract::{CreateTopUp, ErrorCode, Fen, IdempotencyKey, OrderId, TopUp};
use dika_core::digest::digest as digest_of;
use dika_core::limits;
use dika_core::order::PAY_WITHIN_S;
use dika_store::cards::CardRow;
use dika_store::orders::{NewOrder, OrderRow, account_lock};
use dika_store::users::Visitor;

use crate::services::cards::{bound, refuse_hidden, takes_money};
use crate::services::context::Services;
use crate::services::directory::directory;
use crate::services::error::ServiceError;
use crate::services::look::look;
use crate::services::reconcile::undecided;
use crate::services::show_orders::shown;
use crate::services::start_payment::{Payer, start};
use crate::services::time_limits::in_time;

/// Which call made an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// This one.
    Now,
    /// An earlier one with the same idempotency key.
    Before,
}

/// Stores an order and starts its payment; the same key gives the order that it made before.
///
/// # Errors
/// The rule that the order breaks, `payment_unavailable`, or a database failure.
pub async fn place(
    services: &Services,
    visitor: &Visitor,
    body: &CreateTopUp,
    key: &IdempotencyKey,
    payer: Payer,
) -> Result<(TopUp, Placed), ServiceError> {
    // Where the student stands may change between two tries of one intent; what is bought may not.
    let digest = digest_of(&[
        body.card_id.as_str(),
        body.wallet.as_str(),
        &body.amount_fen.get().to_string(),
    ]);
    let before = services
        .store
        .order_by_key(&visitor.user_id, key.as_str())
        .await?;
    let (order, placed) = match before {
        Some(order) => (order, Placed::Before),
        None => store_order(services, visitor, body, key, &digest).await?,
    };
    // An earlier owner of the phone number may have made the order by the same key.
    refuse_hidden(visitor, &order.card_id)?;
    if order.body_digest != digest {
        return Err(ServiceError::new(ErrorCode::IdempotencyKeyReused).order(order.id));
    }
    // One that was begun long ago is closed by now, or closes on being asked about.
    let is_over = order.state.payment.is_open() && services.clock.now() >= order.pay_by;
    let order = if is_over {
        look(services, order).await?
    } else {
        order
    };
    let (order, prompt) = if order.state.payment.is_open() {
        let (order, prompt) = start(services, order, payer).await?;
        (order, Some(prompt))
    } else {
        (order, None)
    };
    Ok((shown(services, order, prompt).await?, placed))
}

/// Checks the wish against every rule and stores the order. Gives the order that the key made before
/// where another call with the same key was faster.
async fn store_order(
    services: &Services,
    visitor: &Visitor,
    body: &CreateTopUp,
    key: &IdempotencyKey,
    digest: &str,
) -> Result<(OrderRow, Placed), ServiceError> {
    let card = bound(services, visitor, &body.card_id)
        .await?
        .ok_or(ErrorCode::IdentityNotConfirmed)?;
    let directory = directory(services).await?;
    let info = directory
        .issuer(card.issuer)
        .ok_or(ErrorCode::WalletUnknown)?;
    let wallet = directory
        .wallet(card.issuer, body.wallet)
        .ok_or(ErrorCode::WalletUnknown)?;
    // A wallet whose limits nobody has said takes nothing here.
    let limits = wallet.limits.as_ref().ok_or(ErrorCode::WalletUnknown)?;
    takes_money(services, &card).await?;
    let now = services.clock.now();
    if let Some(wait) = limits::issuer_opens_in(info, now) {
        return Err(ServiceError::new(ErrorCode::OutsideServiceHours).retry_after(wait));
    }
    if !limits::allows(limits, body.amount_fen) {
        return Err(ServiceError::new(ErrorCode::AmountOutOfLimits)
            .min(limits.min_fen)
            .max(limits.max_fen));
    }

    let id = OrderId::parse(&services.ids.sortable_id(services.clock.now_micros()))
        .ok_or(ErrorCode::Internal)?;
    let new = NewOrder {
        id,
        user_id: visitor.user_id.clone(),
        card_id: card.id.clone(),
        issuer: card.issuer,
        wallet: body.wallet,
        amount: body.amount_fen,
        channel: body.channel,
        claim_rule: wallet.claim.clone(),
        created_at: now,
        pay_by: now.plus(PAY_WITHIN_S),
        key: key.to_string(),
        body_digest: digest.to_owned(),
    };
    // The card system is asked before the change begins: nobody waits for it but this call. What is promised is read
    // before what is there, and once more after it: an order that settles in between, or is even made then, counts twice
    // for a moment, and never not at all.
    let (account, kind) = (&card.card_ref, body.wallet);
    let promised = services.store.promised(account, kind, now).await?;
    let room = room(services, &card, body, limits).await?;
    let mut tx = services.store.write(&account_lock(&card.card_ref)).await?;
    // The same key side by side: the slower call finds the faster one's order.
    let before = services
        .store
        .order_by_key_in(&mut tx, &visitor.user_id, key.as_str())
        .await?;
    if let Some(order) = before {
        return Ok((order, Placed::Before));
    }
    if let Some(unpaid) = services
        .store
        .unpaid_order(&mut tx, &card.id, body.wallet, now)
        .await?
    {
        let left_s = unpaid.pay_by.since(now);
        return Err(if unpaid.is_unknown {
            undecided(&unpaid.id, left_s)
        } else {
            ServiceError::new(ErrorCode::UnpaidOrderExists)
                .order(unpaid.id)
                .retry_after(left_s)
        });
    }
    let midnight = limits::midnight(now);
    let today = services
        .store
        .promised_since(&mut tx, &card.card_ref, body.wallet, midnight)
        .await?;
    let left_today = limits::left(limits.daily_fen, today);
    if body.amount_fen > left_today {
        return Err(ServiceError::new(ErrorCode::DailyLimitReached)
            .max(left_today)
            .retry_after(midnight.plus(limits::DAY_S).since(now)));
    }
    let promised_by_now = services
        .store
        .promised_in(&mut tx, account, kind, now)
        .await?;
    let fits = promised
        .missed_until(promised_by_now)
        .fold(room, limits::left);
    if body.amount_fen > fits {
        return Err(ServiceError::new(ErrorCode::WalletCapExceeded).max(fits));
    }
    match services.store.add_order(&mut tx, &new).await? {
        Some(order) => {
            tx.commit().await?;
            Ok((order, Placed::Now))
        }
        // The same key for another card, side by side.
        None => services
            .store
            .order_by_key_in(&mut tx, &visitor.user_id, key.as_str())
            .await?
            .map(|order| (order, Placed::Before))
            .ok_or_else(|| ErrorCode::IdempotencyKeyReused.into()),
    }
}

/// What the wallet can hold more, by the card system's books.
async fn room(
    services: &Services,
    card: &CardRow,
    body: &CreateTopUp,
    wallet_limits: &Limits,
) -> Result<Fen, ServiceError> {
    let balances = in_time(services.cards.balances(&card.card_ref))
        .await
        .map_err(ServiceError::card_system(card.issuer))?;
    let wallet = balances
        .iter()
        .find(|wallet| wallet.kind == body.wallet)
        .ok_or(ErrorCode::WalletUnknown)?;
    let held = [wallet.on_card, wallet.waiting]
        .into_iter()
        .flatten()
        .map(|balance| balance.amount_fen);
    Ok(held.fold(wallet_limits.cap_fen, limits::left))
}
