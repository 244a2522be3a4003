//! Every order is asked about until it is decided, whatever happened in between: a lost answer, a
//! crash between two steps, a provider that was silent for a day. The steps, each safe to repeat:
//!
//! 1. An undecided order is asked about at the provider, and closed there once its time is over.
//! 2. A paid order's money is handed to the card system; where that is late, after the provider was asked whether it went
//!    back meanwhile.
//! 3. Where the card does not take it (it was lost meanwhile, or the wallet would burst), the money
//!    goes back.
//! 4. Waiting money is asked about at the card system, and lapses when its time is over.
//! 5. What an order left behind at the provider, a second payment say, is the gateway's to watch.
//!
//! The rule for late success: an order that was closed, or had failed, is asked about three more
//! times during the next day, and the provider's own word is taken at any time. If it was paid
//! after all, steps 2 and 3 apply as to any other.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use dika_contract::{ClaimState, ErrorCode, OrderId, PaymentState, Timestamp};
use dika_core::card_system::{CardSystemFault, ClaimWindow, Credit, Credited, DepositState};
use dika_core::order::{self, Event, OrderState, Refusal, Transition, claim, payment};
use dika_core::payment_gateway::{Closing, GatewayFault, Outcome, Refund};
use dika_store::audit::{Actor, Cause, caused_by};
use dika_store::numbers::{Given, NumberKind};
use dika_store::orders::{OrderRow, TakenOrder};
use futures_util::FutureExt;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use crate::services::context::Services;
use crate::services::directory::directory;
use crate::services::error::ServiceError;
use crate::services::time_limits::{in_background, in_time, provider_patience, unhurried};

/// When to try again to close what a provider does not close yet.
const CLOSE_AGAIN_S: i64 = 60;
/// When to try again where the provider takes no more calls for now.
const ASK_AGAIN_S: i64 = 10;
/// A notification of a payment that was made so many seconds ago does not prove by itself that its money is still there.
pub const LATE_S: i64 = 60;
/// For so many seconds a payment that was just proved may go on to the card. Whoever tries later asks the provider first:
/// somebody may have sent the money back by hand meanwhile.
const PROOF_LASTS_S: i64 = 3;
/// Money that nobody collected for so long is asked about by its page alone.
const UNCOLLECTED_FOR_S: i64 = 400 * 86_400;
const SWEEP_EVERY: Duration = Duration::from_secs(2);
const SWEEP_AT_ONCE: usize = 32;
/// Longer than a look takes with everything that it waits for. An order whose look did not end by then, because its
/// instance is gone, is looked at by another.
pub const LOOK_LEASE_S: i64 = 60;
/// A look ends before its lease does.
const SWEEP_LOOK_LIMIT: Duration = Duration::from_secs(LOOK_LEASE_S as u64 - 10);

/// Asks provider and card system about an order and moves it on. Gives the order as it is then.
///
/// # Errors
/// `not_found`, or a database failure. Silence of the provider is a state, not an error.
pub async fn refresh_by_id(services: &Services, id: &OrderId) -> Result<OrderRow, ServiceError> {
    let order = services.store.order(id).await?.ok_or(ErrorCode::NotFound)?;
    refresh(services, order).await
}

/// As [`refresh_by_id`], for an order at hand.
///
/// # Errors
/// Any database failure.
pub async fn refresh(services: &Services, order: OrderRow) -> Result<OrderRow, ServiceError> {
    let mut order = order;
    if !matches!(
        order.state.payment,
        PaymentState::Paid | PaymentState::Refunding | PaymentState::Refunded
    ) {
        order = query_provider(services, order).await?;
    }
    if order.state.is_unsettled() {
        let is_fresh = services.clock.now().since(order.moved_at) < PROOF_LASTS_S;
        if is_fresh {
            order = settle(services, order).await?;
        } else if let Some(still) = ask_before_settling(services, order.clone()).await? {
            order = still;
            if order.state.payment == PaymentState::Paid {
                order = settle(services, order).await?;
            }
        }
    }
    if order.state.payment == PaymentState::Refunding {
        order = refund(services, order).await?;
    }
    if order.state.claim.is_open() && order.state.settled {
        order = query_card_system(services, order).await?;
    }
    if order.state.claim.is_open() {
        order = apply(services, order, Event::Claim(claim::Event::Tick)).await?;
    }
    Ok(order)
}

/// The provider says by itself that money of an order went back, or is going. Where that money did not reach the card yet,
/// the provider is asked how things stand, and it does not reach it.
///
/// # Errors
/// Any database failure; the provider should then say it again.
pub async fn record_refund(services: &Services, order: OrderRow) -> Result<OrderRow, ServiceError> {
    if order.state.is_unsettled() {
        let kept = order.clone();
        return match ask_before_settling(services, order).await? {
            Some(order) if order.state.payment != PaymentState::Paid => {
                refresh(services, order).await
            }
            _ => Ok(kept),
        };
    }
    refresh(services, order).await
}

/// Asks the provider about a paid order once more, because somebody may have sent its money back meanwhile: it must not
/// reach the card as well. `None` where the provider does not say; the order is then looked at again.
async fn ask_before_settling(
    services: &Services,
    order: OrderRow,
) -> Result<Option<OrderRow>, ServiceError> {
    match within_limit(services.gateway.query(&order.id)).await {
        Ok(Outcome::Paid(amount)) if amount == order.amount => Ok(Some(order)),
        Ok(Outcome::Returned) => {
            let events = [payment::Event::RefundStarted, payment::Event::Refunded];
            let order = apply_all(services, order, &events.map(Event::Payment)).await?;
            Ok(Some(order))
        }
        Ok(Outcome::Returning) => {
            let event = Event::Payment(payment::Event::RefundStarted);
            Ok(Some(apply(services, order, event).await?))
        }
        Ok(told) => {
            tracing::error!(order = %order.id, ?told, "the provider does not say any more that an order was paid; a person has to look");
            Ok(None)
        }
        Err(fault) => {
            log_fault(&fault, &order);
            Ok(None)
        }
    }
}

/// The provider says by itself that an order was paid, in full: moves it on as far as it goes. Saying
/// so again changes nothing.
///
/// # Errors
/// Any database failure; the provider should then say it again.
pub async fn record_paid(services: &Services, order: OrderRow) -> Result<OrderRow, ServiceError> {
    let order = apply(services, order, Event::Payment(payment::Event::Paid)).await?;
    refresh(services, order).await
}

/// Makes sure that an order cannot be paid any more. Gives the order as it is then: closed, or paid
/// where that came first, or unknown where the provider is silent.
///
/// # Errors
/// `payment_unavailable` where the provider does not close it for now, or is silent about an order
/// that it was never asked about; a database failure.
pub async fn close(services: &Services, order: OrderRow) -> Result<OrderRow, ServiceError> {
    let order = close_at_provider(services, order).await?;
    if order.state.payment == PaymentState::Paid {
        return refresh(services, order).await;
    }
    Ok(order)
}

async fn close_at_provider(services: &Services, order: OrderRow) -> Result<OrderRow, ServiceError> {
    let event = match within_limit(services.gateway.close(&order.id)).await {
        Ok(Closing::Closed) => payment::Event::Closed,
        Ok(Closing::AlreadyPaid(amount)) if amount == order.amount => payment::Event::Paid,
        Ok(Closing::AlreadyPaid(_)) => return Err(wrong_amount(&order)),
        Ok(Closing::NotYet) => {
            let order = apply(services, order, Event::Payment(payment::Event::Pending)).await?;
            return Err(ServiceError::new(ErrorCode::PaymentUnavailable)
                .order(order.id)
                .retry_after(CLOSE_AGAIN_S));
        }
        Err(fault @ GatewayFault::TooMany(_)) => {
            log_fault(&fault, &order);
            return Err(ServiceError::new(ErrorCode::PaymentUnavailable)
                .order(order.id)
                .retry_after(ASK_AGAIN_S));
        }
        Err(GatewayFault::Unkept(cause)) => return Err(ServiceError::unkept(cause)),
        Err(fault) => {
            log_fault(&fault, &order);
            let order = apply(services, order, Event::Payment(payment::Event::Silent)).await?;
            if order.state.payment == PaymentState::Unknown {
                return Ok(order);
            }
            return Err(ServiceError::new(ErrorCode::PaymentUnavailable).order(order.id));
        }
    };
    apply(services, order, Event::Payment(event)).await
}

/// Applies an event to an order and stores what the state machines make of it. Where the order
/// moved meanwhile, tries again.
///
/// # Errors
/// A refusal as its code, or a database failure.
pub async fn apply(
    services: &Services,
    order: OrderRow,
    event: Event,
) -> Result<OrderRow, ServiceError> {
    apply_all(services, order, &[event]).await
}

/// As [`apply`], for several events of which nobody may see the first without the last.
async fn apply_all(
    services: &Services,
    order: OrderRow,
    events: &[Event],
) -> Result<OrderRow, ServiceError> {
    const ATTEMPTS: usize = 16;
    let mut order = order;
    for _ in 0..ATTEMPTS {
        let now = services.clock.now();
        let mut made = Transition {
            state: order.state.clone(),
            log: Vec::new(),
        };
        for event in events {
            let next = order::apply(&made.state, *event, &order.claim_rule, now)
                .map_err(|refusal| refused(services, refusal, &order))?;
            made.state = next.state;
            made.log.extend(next.log);
        }
        if made.state == order.state && made.log.is_empty() {
            return Ok(order);
        }
        let next = next_refresh(&made.state, order.pay_by, now, 0, now);
        let store = &services.store;
        if let Some(moved) = store.move_order(&order, &made, next, now).await? {
            tracing::info!(order = %moved.id, payment = %moved.state.payment, claim = %moved.state.claim, "order moved");
            return Ok(moved);
        }
        order = store.order(&order.id).await?.ok_or(ErrorCode::NotFound)?;
    }
    Err(ServiceError::internal(anyhow::anyhow!(
        "order {} keeps moving",
        order.id
    )))
}

/// The refusal of a student's wish, as its code.
pub fn refused(services: &Services, refusal: Refusal, order: &OrderRow) -> ServiceError {
    let error = ServiceError::new(match refusal {
        Refusal::AlreadyPaid => ErrorCode::OrderAlreadyPaid,
        Refusal::Closed => ErrorCode::OrderClosed,
        Refusal::Undecided => {
            return undecided(&order.id, order.pay_by.since(services.clock.now()));
        }
        Refusal::NotConfirmable => ErrorCode::ClaimNotConfirmable,
    });
    error.order(order.id.clone())
}

/// Nobody knows yet whether an order was paid. When its time to be paid is over, in so many seconds, another one may be
/// begun.
pub fn undecided(order: &OrderId, time_left_s: i64) -> ServiceError {
    ServiceError::new(ErrorCode::OrderUndecided)
        .order(order.clone())
        .retry_after(time_left_s)
}

/// Refreshes every undecided order once, then each when it is due, and looks after payments, forever. Start it once.
pub async fn run(services: Services) {
    // Apart: neither waits for the other.
    tokio::join!(keep_orders(&services), keep_payments(&services));
}

/// What is due is begun at each beat, also while others are waited for.
async fn keep_orders(services: &Services) {
    let mut beat = beat();
    let mut looks = JoinSet::new();
    let (mut caught_up, mut is_more) = (false, false);
    loop {
        tokio::select! {
            _ = beat.tick() => {
                if !caught_up {
                    let made_due = services.store.undecided_orders_are_due(services.clock.now()).await;
                    caught_up = made_due.is_ok();
                    log_failure(made_due);
                }
                is_more = true;
            }
            Some(ended) = looks.join_next() => note_end(ended),
        }
        if is_more {
            let begun = begin_looks(services, &mut looks).await;
            is_more = matches!(begun, Ok(Begun { is_more: true, .. }));
            log_failure(begun);
        }
    }
}

fn log_failure<T, Fault: std::fmt::Debug>(done: Result<T, Fault>) {
    if let Err(fault) = done {
        tracing::error!(?fault, "the sweep failed; it will be tried again");
    }
}

async fn keep_payments(services: &Services) {
    let mut beat = beat();
    loop {
        beat.tick().await;
        while caused_by(by_sweep(), watch_payments(services)).await > 0 {}
    }
}

fn beat() -> Interval {
    let mut beat = interval(SWEEP_EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat
}

/// Refreshes every undecided order, due or not: while the server was away, nobody could tell it what
/// became of them. Gives how many were looked at, with those that were due anyway.
///
/// # Errors
/// A database failure; what was not looked at is due.
pub async fn catch_up(services: &Services) -> Result<usize, ServiceError> {
    services
        .store
        .undecided_orders_are_due(services.clock.now())
        .await?;
    sweep(services).await
}

/// Refreshes every order that is due now, and looks after payments, until nothing is due. Gives how many there were.
///
/// # Errors
/// A database failure; what was not looked at stays due.
pub async fn sweep(services: &Services) -> Result<usize, ServiceError> {
    let mut seen = 0;
    loop {
        let (watched, looked) = tokio::join!(watch_payments(services), look_at_due(services));
        let found = watched + looked?;
        if found == 0 {
            return Ok(seen);
        }
        seen += found;
    }
}

/// Refreshes every order that is due now, so many at a time: a slow one holds up its own place alone. Gives how many there
/// were.
async fn look_at_due(services: &Services) -> Result<usize, ServiceError> {
    let mut looks = JoinSet::new();
    let (mut seen, mut is_more, mut fault) = (0, true, None);
    loop {
        if is_more {
            let begun = begin_looks(services, &mut looks).await;
            is_more = matches!(begun, Ok(Begun { is_more: true, .. }));
            match begun {
                Ok(begun) => seen += begun.count,
                // Those that are looked at are looked at to the end.
                Err(cause) => fault = Some(cause),
            }
        }
        match looks.join_next().await {
            Some(ended) => note_end(ended),
            None => return fault.map_or(Ok(seen), Err),
        }
    }
}

type Look = Result<(), ServiceError>;

/// One order that fails, or panics, must not stop the others: it is due again when its lease ends.
fn note_end(ended: Result<Look, JoinError>) {
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(fault)) => tracing::error!(?fault, "a look could not be written down"),
        Err(panic) => tracing::error!(%panic, "a look at an order panicked"),
    }
}

/// What was begun.
struct Begun {
    /// How many orders were due.
    count: usize,
    /// Whether others may be.
    is_more: bool,
}

/// Begins looks at orders that are due, where half of the places are free: each take is a write.
async fn begin_looks(
    services: &Services,
    looks: &mut JoinSet<Look>,
) -> Result<Begun, ServiceError> {
    let free = SWEEP_AT_ONCE.saturating_sub(looks.len());
    if 2 * free < SWEEP_AT_ONCE {
        return Ok(Begun {
            count: 0,
            is_more: true,
        });
    }
    let due = services
        .store
        .take_orders_to_look_at(services.clock.now(), LOOK_LEASE_S, free as i64)
        .await?;
    let count = due.len();
    for taken in due {
        match taken {
            TakenOrder::Order(order) => {
                let services = services.clone();
                looks.spawn(caused_by(by_sweep(), async move {
                    refresh_on_schedule(&services, *order).await
                }));
            }
            TakenOrder::Unreadable { id, fault } => {
                tracing::error!(
                    order = id,
                    ?fault,
                    "an order can't be read; a person has to look"
                );
            }
        }
    }
    Ok(Begun {
        count,
        is_more: count == free,
    })
}

fn by_sweep() -> Cause {
    Cause {
        actor: Actor::Sweep,
        request_id: None,
    }
}

/// Lets the gateway look after what decided orders left behind. Gives how much it looked at. Failures, and panics,
/// are logged: what is left stays due, and the orders themselves must not wait for it.
async fn watch_payments(services: &Services) -> usize {
    let watched = AssertUnwindSafe(caused_by(by_sweep(), services.gateway.watch()));
    let (count, orders) = match watched.catch_unwind().await {
        Ok(Ok(looked)) => looked,
        Ok(Err(fault)) => {
            tracing::error!(
                ?fault,
                "payments could not be watched; it will be tried again"
            );
            return 0;
        }
        Err(_) => {
            tracing::error!("watching payments panicked; it will be tried again");
            return 0;
        }
    };
    let mut looks = JoinSet::new();
    for id in orders {
        let services = services.clone();
        looks.spawn(caused_by(by_sweep(), async move {
            let looked = in_lease(refresh_by_id(&services, &id)).await;
            if let Err(fault) = looked {
                tracing::error!(?fault, order = %id, "an order could not be looked at");
            }
        }));
    }
    while let Some(looked) = looks.join_next().await {
        if let Err(panic) = looked {
            tracing::error!(%panic, "a look at an order panicked");
        }
    }
    count
}

/// A look for which nobody waits: it may take its time, and ends before its lease does.
async fn in_lease(
    look: impl Future<Output = Result<OrderRow, ServiceError>>,
) -> Result<OrderRow, ServiceError> {
    timeout(SWEEP_LOOK_LIMIT, unhurried(look))
        .await
        .unwrap_or_else(|late| Err(ServiceError::internal(late)))
}

async fn refresh_on_schedule(services: &Services, order: OrderRow) -> Result<(), ServiceError> {
    let (version, looks) = (order.version, order.looks + 1);
    let fallback = order.clone();
    let turn = services.looks.turn(&order.id).await;
    let looked = if turn.waited {
        // A student looked meanwhile: what that brought is stored.
        let kept = services.store.order(&order.id).await;
        kept.map(|kept| kept.unwrap_or(order)).map_err(Into::into)
    } else {
        Ok(order)
    };
    let looked = match looked {
        // But a student waits for a card system only so long: one that is slower is waited for here.
        Ok(order) if !turn.waited || order.state.is_unsettled() => {
            let (id, patience) = (order.id.clone(), services.cards.longest_answer());
            let looked = in_lease(in_background(patience, refresh(services, order))).await;
            services.looks.note_end(&id, services.clock.now_micros());
            looked
        }
        kept => kept,
    };
    let order = match looked {
        Ok(order) => order,
        Err(fault) => {
            // One order that fails must not stop the others; it is looked at again later.
            tracing::error!(?fault, order = %fallback.id, "an order could not be looked at");
            fallback
        }
    };
    if order.version == version {
        let now = services.clock.now();
        let next = next_refresh(&order.state, order.pay_by, order.moved_at, looks, now);
        services.store.looked_at_order(&order, next).await?;
    }
    Ok(())
}

/// When the sweep looks at an order next, after so many looks that brought nothing new since it moved.
fn next_refresh(
    order: &OrderState,
    pay_by: Timestamp,
    moved_at: Timestamp,
    looks: i64,
    now: Timestamp,
) -> Option<Timestamp> {
    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;
    let back_off = |first: i64, most: i64| (first << looks.clamp(0, 20)).min(most);
    Some(match order.payment {
        PaymentState::Created | PaymentState::Paying | PaymentState::Unknown => {
            let next = now.plus(back_off(5, 5 * 60));
            if now < pay_by { next.min(pay_by) } else { next }
        }
        // By time, not by count: several instances may look.
        PaymentState::Closed | PaymentState::Failed => [10 * 60, HOUR, 25 * HOUR]
            .map(|later| moved_at.plus(later))
            .into_iter()
            .find(|at| *at > now)?,
        PaymentState::Refunding => now.plus(back_off(5, HOUR)),
        PaymentState::Refunded => return None,
        PaymentState::Paid if !order.settled => now.plus(back_off(5, 5 * 60)),
        PaymentState::Paid => match order.claim {
            // Nobody hurries to collect what waits for months, and who opens the order's page asks, too: ever more seldom,
            // and in the end not by itself.
            ClaimState::Waiting | ClaimState::NeedsConfirmation => {
                let most = match now.since(moved_at) {
                    age if age < 30 * DAY => 6 * HOUR,
                    age if age < UNCOLLECTED_FOR_S => 7 * DAY,
                    _ => return order.claim_by.filter(|end| *end > now),
                };
                let next = now.plus(back_off(60, most));
                match order.claim_by {
                    Some(end) if order.claim == ClaimState::Waiting => {
                        next.min(end.max(now.plus(1)))
                    }
                    _ => next,
                }
            }
            ClaimState::NotNeeded | ClaimState::Claimed | ClaimState::Other => return None,
        },
    })
}

async fn query_provider(services: &Services, order: OrderRow) -> Result<OrderRow, ServiceError> {
    let ask = || timeout(provider_patience(), services.gateway.query(&order.id));
    let mut told = ask().await;
    // One packet may be lost without anything being wrong. That it is not known whether an order was paid keeps its student
    // from paying and from cancelling: it takes two silences.
    if told.is_err() && order.state.payment == PaymentState::Paying {
        told = ask().await;
    }
    let told = told.unwrap_or_else(|late| Err(GatewayFault::Silent(late.into())));
    let event = match told {
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
            return apply_all(services, order, &events.map(Event::Payment)).await;
        }
        // As above, but for the proof: what is left is asked back.
        Ok(Outcome::Returning) => {
            let events = [payment::Event::Paid, payment::Event::RefundStarted];
            return apply_all(services, order, &events.map(Event::Payment)).await;
        }
        Ok(Outcome::Pending | Outcome::Unstarted) => payment::Event::Pending,
        // The order stays as it is.
        Err(fault @ GatewayFault::TooMany(_)) => {
            log_fault(&fault, &order);
            return Ok(order);
        }
        Err(GatewayFault::Unkept(cause)) => return Err(ServiceError::unkept(cause)),
        Err(fault) => {
            log_fault(&fault, &order);
            payment::Event::Silent
        }
    };
    let order = apply(services, order, Event::Payment(event)).await?;
    let over = order.state.payment.is_open() && services.clock.now() >= order.pay_by;
    if over {
        return match close_at_provider(services, order.clone()).await {
            // The provider is silent: it is asked again later.
            Err(fault) if fault.code == ErrorCode::PaymentUnavailable => Ok(order),
            closed => closed,
        };
    }
    Ok(order)
}

/// Hands a paid order's money to the card system.
async fn settle(services: &Services, order: OrderRow) -> Result<OrderRow, ServiceError> {
    let card = services
        .store
        .any_card(&order.card_id)
        .await?
        .ok_or_else(|| ServiceError::internal(anyhow::anyhow!("order {} has no card", order.id)))?;
    let cap = directory(services)
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
    let event = match in_time(services.cards.credit_with_number(credit)).await {
        Ok((Credited::Taken(state), number)) => {
            if let Some(number) = number {
                let given = Given { number, at: None };
                let kept = services
                    .store
                    .keep_number(&order.id, NumberKind::Credit, &given);
                kept.await?;
            }
            Event::Claim(match state {
                DepositState::Waiting => claim::Event::Waits,
                DepositState::OnCard => claim::Event::OnCard,
            })
        }
        Ok((Credited::Refused, _)) | Err(CardSystemFault::NoSuchCard) => {
            let (id, now) = (&order.id, services.clock.now());
            services.store.audit_refusal(id, order.amount, now).await?;
            Event::Payment(payment::Event::RefundStarted)
        }
        // The sweep sends the same credit again, under the same order, until there is a decision.
        Ok((Credited::Undecided, _)) => {
            tracing::info!(order = %order.id, "the card system has not decided yet");
            return Ok(order);
        }
        Err(CardSystemFault::Unavailable(cause)) => {
            tracing::warn!(order = %order.id, cause = format!("{cause:#}"), "the card system does not answer");
            return Ok(order);
        }
    };
    apply(services, order, event).await
}

async fn refund(services: &Services, order: OrderRow) -> Result<OrderRow, ServiceError> {
    match within_limit(services.gateway.refund(&order.id, order.amount)).await {
        Ok(Refund::Done) => apply(services, order, Event::Payment(payment::Event::Refunded)).await,
        Ok(Refund::Processing) => Ok(order),
        Err(fault) => {
            log_fault(&fault, &order);
            Ok(order)
        }
    }
}

async fn query_card_system(services: &Services, order: OrderRow) -> Result<OrderRow, ServiceError> {
    match in_time(services.cards.deposit(order.issuer, &order.id)).await {
        Ok(Some(DepositState::OnCard)) => {
            apply(services, order, Event::Claim(claim::Event::OnCard)).await
        }
        Ok(_) => Ok(order),
        Err(fault) => {
            tracing::warn!(order = %order.id, ?fault, "the card system does not answer");
            Ok(order)
        }
    }
}

/// Waits for a provider, not forever.
async fn within_limit<T>(
    call: impl Future<Output = Result<T, GatewayFault>>,
) -> Result<T, GatewayFault> {
    timeout(provider_patience(), call)
        .await
        .unwrap_or_else(|late| Err(GatewayFault::Silent(late.into())))
}

fn log_fault(fault: &GatewayFault, order: &OrderRow) {
    match fault {
        GatewayFault::Silent(cause) | GatewayFault::TooMany(cause) => {
            tracing::warn!(order = %order.id, cause = format!("{cause:#}"), "the provider does not answer");
        }
        GatewayFault::Unkept(cause) => {
            tracing::error!(order = %order.id, cause = format!("{cause:#}"), "what is kept of an order's payments can't be read or written");
        }
        GatewayFault::Refused(cause) => {
            tracing::error!(order = %order.id, cause = format!("{cause:#}"), "the provider refuses; a person has to look");
        }
    }
}

/// Never booked and never guessed: a person has to look.
fn wrong_amount(order: &OrderRow) -> ServiceError {
    ServiceError::internal(anyhow::anyhow!(
        "the provider names another amount than order {}",
        order.id
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    /// When money that waits since the moment 0 is asked about while nobody collects it.
    fn looks_at(claim: ClaimState, claim_by: Option<i64>) -> Vec<i64> {
        let state = OrderState {
            payment: PaymentState::Paid,
            claim,
            claim_by: claim_by.map(Timestamp::from_unix),
            settled: true,
        };
        let (zero, mut now) = (Timestamp::from_unix(0), Timestamp::from_unix(0));
        let mut looks = Vec::new();
        while let Some(next) = next_refresh(&state, zero, zero, looks.len() as i64, now) {
            assert!(next > now, "time goes by");
            looks.push(next.unix());
            now = next;
            if Some(next.unix()) == claim_by {
                // Its time is over: it lapses.
                break;
            }
            assert!(looks.len() < 5_000, "without an end");
        }
        looks
    }

    #[test]
    fn uncollected_money_is_asked_about_ever_more_seldom_and_not_for_ever() {
        for claim in [ClaimState::Waiting, ClaimState::NeedsConfirmation] {
            let looks = looks_at(claim, None);
            let pauses: Vec<i64> = looks.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!(pauses.is_sorted(), "{claim}: {pauses:?}");
            assert!(looks.len() < 250, "{claim}: {}", looks.len());
            let last = looks.last().copied().unwrap_or_default();
            assert!((390 * DAY..420 * DAY).contains(&last), "{claim}: {last}");
        }
    }

    #[test]
    fn the_end_of_the_time_to_collect_is_not_missed() {
        for end in [6 * 3_600, 10 * DAY, 500 * DAY] {
            let looks = looks_at(ClaimState::Waiting, Some(end));
            assert!(looks.contains(&end), "{end}: {looks:?}");
        }
    }

    /// The pause until an order is looked at next, in seconds. It can be paid until 1,800, and moved at 0.
    fn pause(state: &OrderState, looks: i64, now: i64) -> Option<i64> {
        let at = Timestamp::from_unix;
        let next = next_refresh(state, at(1_800), at(0), looks, at(now));
        next.map(|next| next.since(at(now)))
    }

    fn moved_to(payment: PaymentState, settled: bool) -> OrderState {
        OrderState {
            payment,
            settled,
            ..OrderState::new()
        }
    }

    #[test]
    fn what_is_undecided_is_looked_at_ever_more_seldom_and_when_its_time_to_pay_ends() {
        use PaymentState::{Created, Paid, Paying, Refunding, Unknown};
        for payment in [Created, Paying, Unknown] {
            let state = moved_to(payment, false);
            let pauses = [0, 1, 2, 5, 6, 20, 60].map(|looks| pause(&state, looks, 10));
            assert_eq!(pauses, [5, 10, 20, 160, 300, 300, 300].map(Some));
            let pauses = [1_499, 1_700, 1_799, 1_800].map(|now| pause(&state, 20, now));
            assert_eq!(pauses, [300, 100, 1, 300].map(Some));
        }
        let unsettled = moved_to(Paid, false);
        let pauses = [0, 1, 6, 20].map(|looks| pause(&unsettled, looks, 5_000));
        assert_eq!(pauses, [5, 10, 300, 300].map(Some));
        let returning = moved_to(Refunding, true);
        let pauses = [0, 1, 9, 10, 20].map(|looks| pause(&returning, looks, 5_000));
        assert_eq!(pauses, [5, 10, 2_560, 3_600, 3_600].map(Some));
    }

    #[test]
    fn what_was_given_up_is_asked_about_three_more_times_and_what_is_over_no_more() {
        use PaymentState::{Closed, Failed, Paid, Refunded};
        for payment in [Closed, Failed] {
            let state = moved_to(payment, false);
            let nows = [0, 599, 600, 3_599, 3_600, 25 * 3_600 - 1, 25 * 3_600];
            assert_eq!(
                nows.map(|now| pause(&state, 7, now)),
                [
                    Some(600),
                    Some(1),
                    Some(3_000),
                    Some(1),
                    Some(24 * 3_600),
                    Some(1),
                    None
                ]
            );
        }
        assert_eq!(pause(&moved_to(Refunded, true), 0, 10), None);
        assert_eq!(pause(&moved_to(Paid, true), 0, 10), None);
        let claimed = OrderState {
            claim: ClaimState::Claimed,
            ..moved_to(Paid, true)
        };
        assert_eq!(pause(&claimed, 0, 10), None);
    }

    #[test]
    fn how_seldom_waiting_money_is_asked_about_depends_on_its_age() {
        let waits = |claim, claim_by: Option<i64>| OrderState {
            claim,
            claim_by: claim_by.map(Timestamp::from_unix),
            ..moved_to(PaymentState::Paid, true)
        };
        let anyway = waits(ClaimState::Waiting, None);
        let pauses = [0, 1, 8, 9, 20].map(|looks| pause(&anyway, looks, 10));
        assert_eq!(pauses, [60, 120, 15_360, 21_600, 21_600].map(Some));
        let ages = [30 * DAY - 1, 30 * DAY, 400 * DAY - 1, 400 * DAY];
        assert_eq!(
            ages.map(|age| pause(&anyway, 20, age)),
            [Some(21_600), Some(7 * DAY), Some(7 * DAY), None]
        );
        // In time, at its end, and late.
        let ends = [10_000, 1_100, 1_000, 900];
        assert_eq!(
            ends.map(|end| pause(&waits(ClaimState::Waiting, Some(end)), 20, 1_000)),
            [9_000, 100, 1, 1].map(Some)
        );
        let lapsed = waits(ClaimState::NeedsConfirmation, Some(1_100));
        assert_eq!(pause(&lapsed, 20, 1_000), Some(21_600));
        let old = 400 * DAY;
        let ends = [old + 5, old, old - 5];
        assert_eq!(
            ends.map(|end| pause(&waits(ClaimState::Waiting, Some(end)), 20, old)),
            [Some(5), None, None]
        );
    }

    #[test]
    fn a_look_ends_before_its_lease() {
        let lease = Duration::from_secs(LOOK_LEASE_S.unsigned_abs());
        assert!(SWEEP_LOOK_LIMIT < lease && SWEEP_LOOK_LIMIT > lease / 2);
    }
}
