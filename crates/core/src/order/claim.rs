use dika_contract::{ClaimRule, ClaimState, PaymentState, Timestamp, TopUpEvent};

use crate::order::state::{OrderState, Refusal};

/// What can happen to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The card system has the money, and it waits at a terminal there.
    Waits,
    /// The card system has put the money onto the card.
    OnCard,
    /// Time goes by; the claim lapses where its time is over.
    Tick,
    /// The student confirms; the money waits again.
    Confirmed,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 4] = [Self::Waits, Self::OnCard, Self::Tick, Self::Confirmed];
}

/// What an event makes of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it is now.
    pub state: ClaimState,
    /// Until when it can be collected without confirming.
    pub claim_by: Option<Timestamp>,
    /// Whether the card system has the money.
    pub settled: bool,
    /// What the timeline gains.
    pub log: Option<TopUpEvent>,
}

/// Until when money that starts to wait now can be collected without confirming.
pub fn claim_by(rule: &ClaimRule, now: Timestamp) -> Option<Timestamp> {
    rule.within_s.map(|seconds| now.plus(i64::from(seconds)))
}

/// The claim of an order at the moment it is paid.
pub(super) fn opened(rule: &ClaimRule, now: Timestamp) -> Step {
    if rule.is_needed() {
        Step {
            state: ClaimState::Waiting,
            claim_by: claim_by(rule, now),
            settled: false,
            log: Some(TopUpEvent::ClaimOpened),
        }
    } else {
        Step {
            state: ClaimState::NotNeeded,
            claim_by: None,
            settled: false,
            log: None,
        }
    }
}

/// What `event` makes of an order's claim. An event that says nothing new changes nothing.
///
/// # Errors
/// [`Refusal::NotConfirmable`] where a student confirms what does not wait for it.
pub fn step(
    order: &OrderState,
    event: Event,
    rule: &ClaimRule,
    now: Timestamp,
) -> Result<Step, Refusal> {
    let stay = Step {
        state: order.claim,
        claim_by: order.claim_by,
        settled: order.settled,
        log: None,
    };
    if order.payment != PaymentState::Paid {
        return match event {
            Event::Confirmed => Err(Refusal::NotConfirmable),
            _ => Ok(stay),
        };
    }
    Ok(match (order.claim, event) {
        (_, Event::Waits) => Step {
            settled: true,
            ..stay
        },
        // The card system's word stands, also where the time was over by this server's clock.
        (ClaimState::Waiting | ClaimState::NeedsConfirmation, Event::OnCard) => Step {
            state: ClaimState::Claimed,
            settled: true,
            log: Some(TopUpEvent::Claimed),
            ..stay
        },
        (_, Event::OnCard) => Step {
            settled: true,
            // Money that needs no collecting reaches the card once.
            log: (!order.settled && order.claim == ClaimState::NotNeeded)
                .then_some(TopUpEvent::Claimed),
            ..stay
        },
        (ClaimState::Waiting, Event::Tick) if order.claim_by.is_some_and(|end| now >= end) => {
            Step {
                state: ClaimState::NeedsConfirmation,
                log: Some(TopUpEvent::ClaimLapsed),
                ..stay
            }
        }
        (_, Event::Tick) => stay,
        (ClaimState::NeedsConfirmation, Event::Confirmed) => Step {
            state: ClaimState::Waiting,
            claim_by: claim_by(rule, now),
            log: Some(TopUpEvent::ClaimConfirmed),
            ..stay
        },
        (_, Event::Confirmed) => return Err(Refusal::NotConfirmable),
    })
}
