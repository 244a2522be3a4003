//! The order's two state machines, as pure functions: what a payment and a claim make of each event.
//!
//! Rules that hold in every order of events, duplicates and lateness included:
//! - What the provider said was paid never becomes unpaid; it is on its way to the card or back.
//! - A late success, after the order was closed or had failed, is honoured: the money goes onto the
//!   card if the card still takes it, else back to the payer. It is never kept.
//! - The timeline says each lasting thing once.

/// The money's way onto the card.
pub mod claim;
/// The money's way from the payer.
pub mod payment;

use dika_contract::{ClaimRule, ClaimState, PaymentState, Timestamp, TopUpEvent};

/// Seconds in which a new order can be paid; it closes by itself then.
pub const PAY_WITHIN_S: i64 = 30 * 60;

/// Where an order is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// Its payment.
    pub payment: PaymentState,
    /// Its claim.
    pub claim: ClaimState,
    /// Until when it can be collected without confirming.
    pub claim_by: Option<Timestamp>,
    /// Whether the card system has the money, or never will.
    pub settled: bool,
}

/// What can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something happened to the payment.
    Payment(payment::Event),
    /// Something happened to the claim.
    Claim(claim::Event),
}

/// What an event makes of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Where the order is now.
    pub state: OrderState,
    /// What the timeline gains, in this order.
    pub log: Vec<TopUpEvent>,
}

/// Why a student's wish is not granted. Providers' and card systems' events are never refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is paid.
    AlreadyPaid,
    /// It is closed, failed or refunded.
    Closed,
    /// Nobody knows yet whether it is paid.
    Undecided,
    /// The claim does not wait to be confirmed.
    NotConfirmable,
}

impl OrderState {
    /// A new order.
    pub const fn new() -> Self {
        Self {
            payment: PaymentState::Created,
            claim: ClaimState::NotNeeded,
            claim_by: None,
            settled: false,
        }
    }
}

impl Default for OrderState {
    fn default() -> Self {
        Self::new()
    }
}

/// What `event` makes of an order at `now`, where its wallet is collected by `rule`.
///
/// # Errors
/// A [`Refusal`], for what a student asks and cannot have.
pub fn apply(
    order: &OrderState,
    event: Event,
    rule: &ClaimRule,
    now: Timestamp,
) -> Result<Transition, Refusal> {
    let mut next = order.clone();
    let mut log = Vec::new();
    match event {
        // Money that the card system has taken does not go back by itself.
        Event::Payment(payment::Event::RefundStarted) if order.settled => {}
        Event::Payment(event) => {
            let step = payment::step(order.payment, event)?;
            next.payment = step.state;
            log.extend(step.log);
            // The moment it is paid, the money waits: also while the card system cannot be reached.
            if next.payment == PaymentState::Paid && order.payment != PaymentState::Paid {
                let opened = claim::opened(rule, now);
                next.claim = opened.state;
                next.claim_by = opened.claim_by;
                log.extend(opened.log);
            }
            // Money on its way back is not collected.
            if next.payment == PaymentState::Refunding {
                next.claim = ClaimState::NotNeeded;
                next.claim_by = None;
                next.settled = true;
            }
        }
        Event::Claim(event) => {
            let step = claim::step(order, event, rule, now)?;
            next.claim = step.state;
            next.claim_by = step.claim_by;
            next.settled = step.settled;
            log.extend(step.log);
        }
    }
    Ok(Transition { state: next, log })
}

#[cfg(test)]
mod tests;
