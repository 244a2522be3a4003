//! Every order is asked about until it is decided, whatever happened in between: a lost answer, a
//! crash between two steps, a provider that was silent for a day. The steps, each safe to repeat:
//!
//! 1. An undecided order is asked about at the provider, and closed there once its time is over.
//! 2. A paid order's money is handed to the card system.
//! 3. Where the card does not take it (it was lost meanwhile, or the wallet would burst), the money
//!    goes back.
//! 4. Waiting money is asked about at the card system, and lapses when its time is over.
//! 5. What an order left behind at the provider, a second payment say, is the gateway's to watch.
//!
//! The rule for late success: an order that was closed, or had failed, is asked about three more
//! times during the next day, and the provider's own word is taken at any time. If it was paid
//! after all, steps 2 and 3 apply as to any other.

use std::time::Duration;

use dika_contract::{ClaimState, ErrorCode, OrderId, PaymentState, Timestamp};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::directory;
use crate::error::ApiError;
use crate::services::time_limits::in_time;
use crate::state::AppState;
use dika_core::card_system::{CardSystemFault, ClaimWindow, Credit, Credited, DepositState};
use dika_core::order::{Event, OrderState, Refusal, Transition, apply, claim, payment};
use dika_core::payment_gateway::{Closing, GatewayFault, Outcome, Refund};
use dika_store::orders::OrderRow;

/// How long a provider is waited for while a student waits for the answer.
pub const PROVIDER_PATIENCE: Duration = Duration::from_secs(3);
/// When to try again to close what a provider does not close yet.
const CLOSE_AGAIN_S: i64 = 60;
const SWEEP_EVERY: Duration = Duration::from_secs(2);
const SWEEP_AT_ONCE: i64 = 32;

/// Asks provider and card system about an order and moves it on. Gives the order as it is then.
///
/// # Errors
/// `not_found`, or a database failure. Silence of the provider is a state, not an error.
pub async fn ask(state: &AppState, id: &OrderId) -> Result<OrderRow, ApiError> {
    let order = state.store.order(id).await?.ok_or(ErrorCode::NotFound)?;
    look(state, order).await
}

/// As [`ask`], for an order at hand.
///
/// # Errors
/// Any database failure.
pub async fn look(state: &AppState, order: OrderRow) -> Result<OrderRow, ApiError> {
    let mut order = order;
    if !matches!(
        order.state.payment,
        PaymentState::Paid | PaymentState::Refunding | PaymentState::Refunded
    ) {
        order = ask_provider(state, order).await?;
    }
    if order.state.payment == PaymentState::Paid && !order.state.settled {
        order = settle(state, order).await?;
    }
    if order.state.payment == PaymentState::Refunding {
        order = refund(state, order).await?;
    }
    if order.state.claim.is_open() && order.state.settled {
        order = ask_card_system(state, order).await?;
    }
    if order.state.claim.is_open() {
        order = happen(state, order, Event::Claim(claim::Event::Tick)).await?;
    }
    Ok(order)
}

/// The provider says by itself that an order was paid, in full: moves it on as far as it goes. Saying
/// so again changes nothing.
///
/// # Errors
/// Any database failure; the provider should then say it again.
pub async fn told_paid(state: &AppState, order: OrderRow) -> Result<OrderRow, ApiError> {
    let order = happen(state, order, Event::Payment(payment::Event::Paid)).await?;
    look(state, order).await
}

/// Makes sure that an order cannot be paid any more. Gives the order as it is then: closed, or paid
/// where that came first, or unknown where the provider is silent.
///
/// # Errors
/// `payment_unavailable` where the provider does not close it for now, or is silent about an order
/// that it was never asked about; a database failure.
pub async fn close(state: &AppState, order: OrderRow) -> Result<OrderRow, ApiError> {
    let order = close_at_provider(state, order).await?;
    if order.state.payment == PaymentState::Paid {
        return look(state, order).await;
    }
    Ok(order)
}

async fn close_at_provider(state: &AppState, order: OrderRow) -> Result<OrderRow, ApiError> {
    let event = match patiently(state.gateway.close(&order.id)).await {
        Ok(Closing::Closed) => payment::Event::Closed,
        Ok(Closing::AlreadyPaid(amount)) if amount == order.amount => payment::Event::Paid,
        Ok(Closing::AlreadyPaid(_)) => return Err(wrong_amount(&order)),
        Ok(Closing::NotYet) => {
            let order = happen(state, order, Event::Payment(payment::Event::Pending)).await?;
            return Err(ApiError::new(ErrorCode::PaymentUnavailable)
                .order(order.id)
                .retry_after(CLOSE_AGAIN_S));
        }
        Err(fault) => {
            note(&fault, &order);
            let order = happen(state, order, Event::Payment(payment::Event::Silent)).await?;
            if order.state.payment == PaymentState::Unknown {
                return Ok(order);
            }
            return Err(ApiError::new(ErrorCode::PaymentUnavailable).order(order.id));
        }
    };
    happen(state, order, Event::Payment(event)).await
}

/// Lets something happen to an order and stores what the state machines make of it. Where the order
/// moved meanwhile, looks again.
///
/// # Errors
/// A refusal as its code, or a database failure.
pub async fn happen(state: &AppState, order: OrderRow, event: Event) -> Result<OrderRow, ApiError> {
    happen_at_once(state, order, &[event]).await
}

/// As [`happen`], for several events of which nobody may see the first without the last.
async fn happen_at_once(
    state: &AppState,
    order: OrderRow,
    events: &[Event],
) -> Result<OrderRow, ApiError> {
    const PATIENCE: usize = 16;
    let mut order = order;
    for _ in 0..PATIENCE {
        let now = state.clock.now();
        let mut made = Transition {
            state: order.state.clone(),
            log: Vec::new(),
        };
        for event in events {
            let next = apply(&made.state, *event, &order.claim_rule, now)
                .map_err(|refusal| refused(refusal, &order.id))?;
            made.state = next.state;
            made.log.extend(next.log);
        }
        if made.state == order.state && made.log.is_empty() {
            return Ok(order);
        }
        let next = next_look(&made.state, order.pay_by, 0, now);
        let written = state.store.move_order(&order, &made, next, now).await?;
        let id = order.id.clone();
        order = state.store.order(&id).await?.ok_or(ErrorCode::NotFound)?;
        if written {
            tracing::info!(order = %id, payment = %order.state.payment, claim = %order.state.claim, "order moved");
            return Ok(order);
        }
    }
    Err(ApiError::internal(anyhow::anyhow!(
        "order {} keeps moving",
        order.id
    )))
}

/// The refusal of a student's wish, as its code.
pub fn refused(refusal: Refusal, order: &OrderId) -> ApiError {
    ApiError::new(match refusal {
        Refusal::AlreadyPaid => ErrorCode::OrderAlreadyPaid,
        Refusal::Closed => ErrorCode::OrderClosed,
        Refusal::Undecided => ErrorCode::OrderUndecided,
        Refusal::NotConfirmable => ErrorCode::ClaimNotConfirmable,
    })
    .order(order.clone())
}

/// Looks at every undecided order once, then at each when it is due, forever. Start it once.
pub async fn run(state: AppState) {
    let mut beat = interval(SWEEP_EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut caught_up = false;
    loop {
        beat.tick().await;
        let swept = if caught_up {
            sweep(&state).await
        } else {
            catch_up(&state).await
        };
        match swept {
            Ok(_) => caught_up = true,
            Err(fault) => tracing::error!(?fault, "the sweep failed; it will be tried again"),
        }
    }
}

/// Looks at every undecided order, due or not: while the server was away, nobody could tell it what
/// became of them. Gives how many were looked at, with those that were due anyway.
///
/// # Errors
/// A database failure; what was not looked at is due.
pub async fn catch_up(state: &AppState) -> Result<usize, ApiError> {
    state
        .store
        .undecided_orders_are_due(state.clock.now())
        .await?;
    sweep(state).await
}

/// Looks at every order that is due now. Gives how many there were.
///
/// # Errors
/// A database failure; what was not looked at stays due.
pub async fn sweep(state: &AppState) -> Result<usize, ApiError> {
    let mut seen = watch(state).await;
    loop {
        let due = state
            .store
            .orders_to_look_at(state.clock.now(), SWEEP_AT_ONCE)
            .await?;
        if due.is_empty() {
            return Ok(seen);
        }
        seen += due.len();
        let mut looks = JoinSet::new();
        for order in due {
            let state = state.clone();
            looks.spawn(async move { look_on_schedule(&state, order).await });
        }
        while let Some(looked) = looks.join_next().await {
            looked.map_err(ApiError::internal)??;
        }
    }
}

/// Lets the gateway look after what decided orders left behind. Gives how much it looked at. Failures
/// are logged: what is left stays due, and the orders themselves must not wait for it.
async fn watch(state: &AppState) -> usize {
    let (count, orders) = match state.gateway.watch().await {
        Ok(looked) => looked,
        Err(fault) => {
            tracing::error!(
                ?fault,
                "payments could not be watched; it will be tried again"
            );
            return 0;
        }
    };
    for id in orders {
        if let Err(fault) = ask(state, &id).await {
            tracing::error!(?fault, order = %id, "an order could not be looked at");
        }
    }
    count
}

async fn look_on_schedule(state: &AppState, order: OrderRow) -> Result<(), ApiError> {
    let (version, looks) = (order.version, order.looks + 1);
    let fallback = order.clone();
    let order = match look(state, order).await {
        Ok(order) => order,
        Err(fault) => {
            // One order that fails must not stop the others; it is looked at again later.
            tracing::error!(?fault, order = %fallback.id, "an order could not be looked at");
            fallback
        }
    };
    if order.version == version {
        let now = state.clock.now();
        let next = next_look(&order.state, order.pay_by, looks, now);
        state.store.looked_at_order(&order, next).await?;
    }
    Ok(())
}

/// When the sweep looks at an order next, after so many looks that brought nothing new.
fn next_look(
    order: &OrderState,
    pay_by: Timestamp,
    looks: i64,
    now: Timestamp,
) -> Option<Timestamp> {
    const HOUR: i64 = 3_600;
    let back_off = |first: i64, most: i64| (first << looks.clamp(0, 20)).min(most);
    Some(match order.payment {
        PaymentState::Created | PaymentState::Paying | PaymentState::Unknown => {
            let next = now.plus(back_off(5, 5 * 60));
            if now < pay_by { next.min(pay_by) } else { next }
        }
        PaymentState::Closed | PaymentState::Failed => match looks {
            0 => now.plus(10 * 60),
            1 => now.plus(HOUR),
            2 => now.plus(24 * HOUR),
            _ => return None,
        },
        PaymentState::Refunding => now.plus(back_off(5, HOUR)),
        PaymentState::Refunded => return None,
        PaymentState::Paid if !order.settled => now.plus(back_off(5, 5 * 60)),
        PaymentState::Paid => match order.claim {
            ClaimState::Waiting => {
                let next = now.plus(back_off(60, 6 * HOUR));
                order
                    .claim_by
                    .map_or(next, |end| next.min(end.max(now.plus(1))))
            }
            ClaimState::NeedsConfirmation => now.plus(back_off(60, 24 * HOUR)),
            ClaimState::NotNeeded | ClaimState::Claimed | ClaimState::Other => return None,
        },
    })
}

async fn ask_provider(state: &AppState, order: OrderRow) -> Result<OrderRow, ApiError> {
    let event = match patiently(state.gateway.query(&order.id)).await {
        Ok(Outcome::Paid(amount)) if amount == order.amount => payment::Event::Paid,
        Ok(Outcome::Paid(_)) => return Err(wrong_amount(&order)),
        Ok(Outcome::Failed) => payment::Event::Failed,
        Ok(Outcome::Closed) => payment::Event::Closed,
        Ok(Outcome::Cancelled) => payment::Event::Cancelled,
        // The card never got the money, and it is back with its payer.
        Ok(Outcome::Returned) => {
            let events = [
                payment::Event::Paid,
                payment::Event::RefundStarted,
                payment::Event::Refunded,
            ];
            return happen_at_once(state, order, &events.map(Event::Payment)).await;
        }
        // As above, but for the proof: what is left is asked back.
        Ok(Outcome::Returning) => {
            let events = [payment::Event::Paid, payment::Event::RefundStarted];
            return happen_at_once(state, order, &events.map(Event::Payment)).await;
        }
        Ok(Outcome::Pending | Outcome::Unstarted) => payment::Event::Pending,
        Err(fault) => {
            note(&fault, &order);
            payment::Event::Silent
        }
    };
    let order = happen(state, order, Event::Payment(event)).await?;
    let over = order.state.payment.is_open() && state.clock.now() >= order.pay_by;
    if over {
        return match close_at_provider(state, order.clone()).await {
            // The provider is silent: it is asked again later.
            Err(fault) if fault.code == ErrorCode::PaymentUnavailable => Ok(order),
            closed => closed,
        };
    }
    Ok(order)
}

/// Hands a paid order's money to the card system.
async fn settle(state: &AppState, order: OrderRow) -> Result<OrderRow, ApiError> {
    let card = state
        .store
        .any_card(&order.card_id)
        .await?
        .ok_or_else(|| ApiError::internal(anyhow::anyhow!("order {} has no card", order.id)))?;
    let cap = directory::current(state)
        .await?
        .wallet(order.issuer, order.wallet)
        .and_then(|wallet| wallet.limits.as_ref())
        .map(|limits| limits.cap_fen);
    let credit = Credit {
        order_id: order.id.clone(),
        card_ref: card.card_ref,
        wallet: order.wallet,
        amount: order.amount,
        waits: order
            .claim_rule
            .is_needed()
            .then_some(ClaimWindow(order.state.claim_by)),
        cap,
    };
    let event = match in_time(state.cards.credit(credit)).await {
        Ok(Credited::Taken(DepositState::Waiting)) => Event::Claim(claim::Event::Waits),
        Ok(Credited::Taken(DepositState::OnCard)) => Event::Claim(claim::Event::OnCard),
        Ok(Credited::Refused) | Err(CardSystemFault::NoSuchCard) => {
            Event::Payment(payment::Event::RefundStarted)
        }
        // The sweep sends the same credit again, under the same order, until there is a decision.
        Ok(Credited::Undecided) => {
            tracing::info!(order = %order.id, "the card system has not decided yet");
            return Ok(order);
        }
        Err(CardSystemFault::Unavailable(cause)) => {
            tracing::warn!(order = %order.id, cause = format!("{cause:#}"), "the card system does not answer");
            return Ok(order);
        }
    };
    happen(state, order, event).await
}

async fn refund(state: &AppState, order: OrderRow) -> Result<OrderRow, ApiError> {
    match patiently(state.gateway.refund(&order.id, order.amount)).await {
        Ok(Refund::Done) => happen(state, order, Event::Payment(payment::Event::Refunded)).await,
        Ok(Refund::Processing) => Ok(order),
        Err(fault) => {
            note(&fault, &order);
            Ok(order)
        }
    }
}

async fn ask_card_system(state: &AppState, order: OrderRow) -> Result<OrderRow, ApiError> {
    match in_time(state.cards.deposit(order.issuer, &order.id)).await {
        Ok(Some(DepositState::OnCard)) => {
            happen(state, order, Event::Claim(claim::Event::OnCard)).await
        }
        Ok(_) => Ok(order),
        Err(fault) => {
            tracing::warn!(order = %order.id, ?fault, "the card system does not answer");
            Ok(order)
        }
    }
}

/// Waits for a provider, not forever.
async fn patiently<T>(
    call: impl Future<Output = Result<T, GatewayFault>>,
) -> Result<T, GatewayFault> {
    timeout(PROVIDER_PATIENCE, call)
        .await
        .unwrap_or_else(|late| Err(GatewayFault::Silent(late.into())))
}

fn note(fault: &GatewayFault, order: &OrderRow) {
    match fault {
        GatewayFault::Silent(cause) => {
            tracing::warn!(order = %order.id, cause = format!("{cause:#}"), "the provider does not answer");
        }
        GatewayFault::Refused(cause) => {
            tracing::error!(order = %order.id, cause = format!("{cause:#}"), "the provider refuses; a person has to look");
        }
    }
}

/// Never booked and never guessed: a person has to look.
fn wrong_amount(order: &OrderRow) -> ApiError {
    ApiError::internal(anyhow::anyhow!(
        "the provider names another amount than order {}",
        order.id
    ))
}
