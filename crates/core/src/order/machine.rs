use dika_contract::{ClaimRule, ClaimState, PaymentState, Timestamp, TopUpEvent};

use crate::order::state::{OrderState, Refusal};
use crate::order::{claim, payment};

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
