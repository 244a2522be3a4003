//! What happened to an order, from its events, and what happens next, from its standing.

use dika_contract::{ClaimState, TopUp, TopUpEvent};

use super::outcome::Standing;
use crate::{
    text::{Locale, OrdersText, day_and_clock},
    ui::{Moment, MomentState},
};

/// The moments of an order, earliest first: those that happened, the one it stands at, those to come.
pub(super) fn moments(t: &OrdersText, locale: Locale, order: &TopUp) -> Vec<Moment> {
    let mut moments: Vec<Moment> = order
        .timeline
        .iter()
        .map(|entry| {
            let state = match entry.event {
                TopUpEvent::PaymentFailed => MomentState::Failed,
                TopUpEvent::Created
                | TopUpEvent::PaymentStarted
                | TopUpEvent::PaymentCancelled
                | TopUpEvent::Paid
                | TopUpEvent::OutcomeUnknown
                | TopUpEvent::Closed
                | TopUpEvent::ClaimOpened
                | TopUpEvent::ClaimLapsed
                | TopUpEvent::ClaimConfirmed
                | TopUpEvent::Claimed
                | TopUpEvent::RefundStarted
                | TopUpEvent::Refunded
                | TopUpEvent::Other => MomentState::Done,
            };
            Moment {
                state,
                word: word(t, state),
                title: t.event(entry.event).to_owned(),
                time: Some(day_and_clock(locale, entry.at)),
                note: None,
            }
        })
        .collect();
    let (now, later) = to_come(t, order);
    let next = |state: MomentState, title: &str| Moment {
        state,
        word: word(t, state),
        title: title.to_owned(),
        time: None,
        note: None,
    };
    moments.extend(now.map(|title| next(MomentState::Current, title)));
    moments.extend(later.iter().map(|title| next(MomentState::Todo, title)));
    moments
}

/// What is due now, and what follows.
fn to_come(t: &OrdersText, order: &TopUp) -> (Option<&'static str>, Vec<&'static str>) {
    // Before it is paid, only the terminals tell whether it will have to be collected.
    let after_paying = match order.claim {
        ClaimState::NotNeeded if order.terminals.is_empty() => vec![t.next_on_card],
        _ => vec![t.next_collect, t.next_on_card],
    };
    match Standing::of(order) {
        Standing::Unpaid => (Some(t.next_pay), after_paying),
        Standing::Paying => (Some(t.next_paid), after_paying),
        Standing::Unknown => (Some(t.next_outcome), Vec::new()),
        Standing::Waiting => (Some(t.next_collect), vec![t.next_on_card]),
        Standing::NeedsConfirmation => (Some(t.next_confirm), vec![t.next_collect, t.next_on_card]),
        Standing::Refunding => (Some(t.next_refund), Vec::new()),
        Standing::OnCard
        | Standing::Claimed
        | Standing::Paid
        | Standing::Closed
        | Standing::Failed
        | Standing::Refunded => (None, Vec::new()),
    }
}

fn word(t: &OrdersText, state: MomentState) -> String {
    match state {
        MomentState::Done => t.done,
        MomentState::Current => t.current,
        MomentState::Todo => t.todo,
        MomentState::Failed => t.went_wrong,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use dika_contract::{PaymentState, top_up::TimelineEntry};

    use super::*;

    #[test]
    fn every_state_has_at_most_one_moment_that_is_now() {
        let t = OrdersText::of(Locale::En);
        for payment in PaymentState::ALL {
            for claim in ClaimState::ALL {
                let mut order = super::super::evidence::tests::order(*payment, *claim);
                order.timeline.push(TimelineEntry {
                    event: TopUpEvent::Created,
                    at: order.created_at,
                });
                let moments = moments(t, Locale::En, &order);
                assert_eq!(moments[0].state, MomentState::Done);
                let now = moments
                    .iter()
                    .filter(|moment| moment.state == MomentState::Current)
                    .count();
                let decided = matches!(
                    Standing::of(&order),
                    Standing::OnCard
                        | Standing::Claimed
                        | Standing::Paid
                        | Standing::Closed
                        | Standing::Failed
                        | Standing::Refunded
                );
                assert_eq!(now, usize::from(!decided), "{payment} {claim}");
            }
        }
    }
}
