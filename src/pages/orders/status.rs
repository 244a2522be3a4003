//! The status of an order: one of a closed list, from the API's payment and claim state. Each has one
//! headline and one set of actions. A new state of the API does not compile until it has a status.

use dika_contract::{ClaimState, PaymentState, TopUp, TopUpEvent};

use crate::{text::OrdersText, ui::Tone};

/// An order's status as a student sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OrderStatus {
    /// Not paid yet.
    Unpaid,
    /// A payment was started and is undecided.
    Paying,
    /// Paid; the card system has not taken the money yet.
    Settling,
    /// Paid; the money waits at a machine.
    Waiting,
    /// Paid; the time to collect is over, and the student must confirm first.
    NeedsConfirmation,
    /// Paid; credited to the card without collecting.
    OnCard,
    /// Paid and collected.
    Claimed,
    /// Paid; this version does not know the claim state.
    Paid,
    /// Cancelled or expired.
    Closed,
    /// The payment failed.
    Failed,
    /// It is not known whether it was paid.
    Unknown,
    /// A refund is under way.
    Refunding,
    /// Refunded.
    Refunded,
}

impl OrderStatus {
    /// The status of an order.
    pub(super) const fn of(order: &TopUp) -> Self {
        if order.settling {
            return Self::Settling;
        }
        Self::from_states(order.payment, order.claim)
    }

    /// The status for two states. The claim state matters only once paid.
    pub(super) const fn from_states(payment: PaymentState, claim: ClaimState) -> Self {
        match (payment, claim) {
            (PaymentState::Paid, ClaimState::Waiting) => Self::Waiting,
            (PaymentState::Paid, ClaimState::NeedsConfirmation) => Self::NeedsConfirmation,
            (PaymentState::Paid, ClaimState::NotNeeded) => Self::OnCard,
            (PaymentState::Paid, ClaimState::Claimed) => Self::Claimed,
            (PaymentState::Paid, ClaimState::Other) => Self::Paid,
            (
                unpaid,
                ClaimState::NotNeeded
                | ClaimState::Waiting
                | ClaimState::NeedsConfirmation
                | ClaimState::Claimed
                | ClaimState::Other,
            ) => match unpaid {
                PaymentState::Created => Self::Unpaid,
                PaymentState::Paying => Self::Paying,
                PaymentState::Closed => Self::Closed,
                PaymentState::Failed => Self::Failed,
                PaymentState::Refunding => Self::Refunding,
                PaymentState::Refunded => Self::Refunded,
                // `Paid` was matched above.
                PaymentState::Unknown | PaymentState::Paid => Self::Unknown,
            },
        }
    }

    /// The tone of headline and tag.
    pub(super) const fn tone(self) -> Tone {
        match self {
            Self::Unpaid | Self::Paying => Tone::Info,
            Self::Settling | Self::Waiting => Tone::Wait,
            Self::NeedsConfirmation | Self::Unknown => Tone::Warn,
            Self::OnCard | Self::Claimed | Self::Paid => Tone::Success,
            Self::Closed | Self::Refunding | Self::Refunded => Tone::Quiet,
            Self::Failed => Tone::Danger,
        }
    }

    /// Headline and text.
    pub(super) const fn words(self, t: &OrdersText) -> (&'static str, &'static str) {
        match self {
            Self::Unpaid => t.unpaid,
            Self::Paying => t.paying,
            Self::Settling => t.settling,
            Self::Waiting => t.waiting,
            Self::NeedsConfirmation => t.needs_confirmation,
            Self::OnCard => t.on_card,
            Self::Claimed => t.claimed,
            Self::Paid => t.paid,
            Self::Closed => t.closed,
            Self::Failed => t.failed,
            Self::Unknown => t.unknown,
            Self::Refunding => t.refunding,
            Self::Refunded => t.refunded,
        }
    }
}

/// Whether the order proves that no money was taken: it closed or failed and was never paid.
pub(super) fn proves_no_money_taken(order: &TopUp) -> bool {
    matches!(order.payment, PaymentState::Closed | PaymentState::Failed)
        && order.when(TopUpEvent::Paid).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dika_contract::Language;

    #[test]
    fn only_paid_orders_are_shown_as_paid() {
        for payment in PaymentState::ALL {
            for claim in ClaimState::ALL {
                let status = OrderStatus::from_states(*payment, *claim);
                let paid = matches!(
                    status,
                    OrderStatus::Waiting
                        | OrderStatus::NeedsConfirmation
                        | OrderStatus::OnCard
                        | OrderStatus::Claimed
                        | OrderStatus::Paid
                );
                assert_eq!(paid, *payment == PaymentState::Paid, "{payment} {claim}");
                let unpaid = matches!(status, OrderStatus::Unpaid | OrderStatus::Paying);
                assert_eq!(unpaid, payment.is_open(), "{payment} {claim}");
                for language in Language::ALL {
                    let (title, text) = status.words(OrdersText::of(*language));
                    assert!(!title.is_empty() && !text.is_empty());
                }
            }
        }
    }

    #[test]
    fn money_that_the_card_system_has_not_taken_is_neither_on_the_card_nor_at_a_machine() {
        for claim in ClaimState::ALL {
            let mut order = crate::pages::orders::test_order::order(PaymentState::Paid, *claim);
            order.settling = true;
            assert_eq!(OrderStatus::of(&order), OrderStatus::Settling, "{claim}");
        }
    }

    #[test]
    fn no_money_taken_needs_proof() {
        for payment in PaymentState::ALL {
            let order = crate::pages::orders::test_order::order(*payment, ClaimState::NotNeeded);
            assert_eq!(
                proves_no_money_taken(&order),
                matches!(payment, PaymentState::Closed | PaymentState::Failed),
                "{payment}"
            );
        }
        let mut order =
            crate::pages::orders::test_order::order(PaymentState::Closed, ClaimState::NotNeeded);
        order.timeline.push(dika_contract::top_up::TimelineEntry {
            event: TopUpEvent::Paid,
            at: order.created_at,
        });
        assert!(!proves_no_money_taken(&order), "paid after it closed");
    }
}
