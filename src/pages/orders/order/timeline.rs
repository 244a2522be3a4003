//! The order's timeline: its events so far, and the steps to come from its status.

use dika_contract::{ClaimState, Language, TopUp, TopUpEvent};

use crate::pages::orders::status::OrderStatus;
use crate::{
    text::{OrdersText, day_and_clock, fill},
    ui::{TimelineItem, TimelineItemState},
};

/// The timeline, earliest first: past events, the current step, steps to come.
pub(super) fn items(t: &OrdersText, language: Language, order: &TopUp) -> Vec<TimelineItem> {
    let mut items: Vec<TimelineItem> = Vec::new();
    for entry in &order.timeline {
        let state = match entry.event {
            TopUpEvent::PaymentFailed => TimelineItemState::Failed,
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
            | TopUpEvent::SecondPayment
            | TopUpEvent::SecondPaymentReturned
            | TopUpEvent::Other => TimelineItemState::Done,
        };
        let (title, time) = (
            t.event(entry.event),
            Some(day_and_clock(language, entry.at)),
        );
        // Events of one minute are one line.
        match items.last_mut() {
            Some(last) if last.time == time && last.state == state => {
                last.add(title, |both| fill(t.then, both));
            }
            _ => items.push(TimelineItem {
                state,
                word: word(t, state),
                title: title.to_owned(),
                time,
            }),
        }
    }
    let (now, later) = next_steps(t, order);
    let next = |state: TimelineItemState, title: &str| TimelineItem {
        state,
        word: word(t, state),
        title: title.to_owned(),
        time: None,
    };
    items.extend(now.map(|title| next(TimelineItemState::Current, title)));
    items.extend(
        later
            .iter()
            .map(|title| next(TimelineItemState::Todo, title)),
    );
    items
}

/// The current step, and those after it.
fn next_steps(t: &OrdersText, order: &TopUp) -> (Option<&'static str>, Vec<&'static str>) {
    // Before the payment, the terminals tell whether the money has to be collected.
    let after_paying = match order.claim {
        ClaimState::NotNeeded if order.terminals.is_empty() => vec![t.next_on_card],
        _ => vec![t.next_collect, t.next_on_card],
    };
    match OrderStatus::of(order) {
        OrderStatus::Unpaid => (Some(t.next_pay), after_paying),
        OrderStatus::Paying => (Some(t.next_paid), after_paying),
        OrderStatus::Unknown => (Some(t.next_outcome), Vec::new()),
        OrderStatus::Settling => (Some(t.next_settle), after_paying),
        OrderStatus::Waiting => (Some(t.next_collect), vec![t.next_on_card]),
        OrderStatus::NeedsConfirmation => {
            (Some(t.next_confirm), vec![t.next_collect, t.next_on_card])
        }
        OrderStatus::Refunding => (Some(t.next_refund), Vec::new()),
        OrderStatus::OnCard
        | OrderStatus::Claimed
        | OrderStatus::Paid
        | OrderStatus::Closed
        | OrderStatus::Failed
        | OrderStatus::Refunded => (None, Vec::new()),
    }
}

fn word(t: &OrdersText, state: TimelineItemState) -> String {
    match state {
        TimelineItemState::Done => t.done,
        TimelineItemState::Current => t.current,
        TimelineItemState::Todo => t.todo,
        TimelineItemState::Failed => t.went_wrong,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use dika_contract::{PaymentState, top_up::TimelineEntry};

    use super::*;

    #[test]
    fn events_of_one_minute_are_one_line() {
        let mut order =
            crate::pages::orders::test_order::order(PaymentState::Paid, ClaimState::Waiting);
        let at = order.created_at;
        for (event, seconds) in [
            (TopUpEvent::Created, 0),
            (TopUpEvent::PaymentStarted, 1),
            (TopUpEvent::Paid, 30),
            (TopUpEvent::ClaimOpened, 90),
        ] {
            let at = at.plus(seconds);
            order.timeline.push(TimelineEntry { event, at });
        }
        let items = items(OrdersText::of(Language::English), Language::English, &order);
        assert_eq!(items[0].title, "Started, Payment opened, Paid");
        assert_eq!(items[1].title, "Ready to collect");
        assert_eq!(items.len(), 4);
    }

    #[test]
    fn every_state_has_at_most_one_moment_that_is_now() {
        let t = OrdersText::of(Language::English);
        for payment in PaymentState::ALL {
            for claim in ClaimState::ALL {
                let mut order = crate::pages::orders::test_order::order(*payment, *claim);
                order.timeline.push(TimelineEntry {
                    event: TopUpEvent::Created,
                    at: order.created_at,
                });
                let items = items(t, Language::English, &order);
                assert_eq!(items[0].state, TimelineItemState::Done);
                let now = items
                    .iter()
                    .filter(|item| item.state == TimelineItemState::Current)
                    .count();
                let decided = matches!(
                    OrderStatus::of(&order),
                    OrderStatus::OnCard
                        | OrderStatus::Claimed
                        | OrderStatus::Paid
                        | OrderStatus::Closed
                        | OrderStatus::Failed
                        | OrderStatus::Refunded
                );
                assert_eq!(now, usize::from(!decided), "{payment} {claim}");
            }
        }
    }
}
