use dika_contract::{PaymentState, TopUpEvent};

use crate::order::state::Refusal;

/// What can happen to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The student goes to the provider.
    Started,
    /// The provider says: not paid yet.
    Pending,
    /// The provider says: the student turned back.
    Cancelled,
    /// The provider says: paid.
    Paid,
    /// The provider says: failed for good.
    Failed,
    /// The provider says: closed, cannot be paid any more.
    Closed,
    /// The provider does not answer.
    Silent,
    /// The card does not take the money; it goes back.
    RefundStarted,
    /// The provider says: the money went back.
    Refunded,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 9] = [
        Self::Started,
        Self::Pending,
        Self::Cancelled,
        Self::Paid,
        Self::Failed,
        Self::Closed,
        Self::Silent,
        Self::RefundStarted,
        Self::Refunded,
    ];
}

/// What an event makes of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it is now.
    pub state: PaymentState,
    /// What the timeline gains.
    pub log: Option<TopUpEvent>,
}

/// What `event` makes of a payment in `state`. An event that says nothing new changes nothing.
///
/// # Errors
/// A [`Refusal`] where a student asks to pay what cannot be paid any more.
pub fn step(state: PaymentState, event: Event) -> Result<Step, Refusal> {
    use PaymentState as P;
    let to = |state, log| {
        Ok(Step {
            state,
            log: Some(log),
        })
    };
    let quietly = |state| Ok(Step { state, log: None });
    let stay = quietly(state);

    match (state, event) {
        // To pay is the student's wish: granted while the order is open.
        (P::Created, Event::Started) => to(P::Paying, TopUpEvent::PaymentStarted),
        (P::Paying, Event::Started) => stay,
        (P::Unknown, Event::Started) => Err(Refusal::Undecided),
        (P::Paid | P::Refunding, Event::Started) => Err(Refusal::AlreadyPaid),
        (P::Closed | P::Failed | P::Refunded, Event::Started) => Err(Refusal::Closed),

        // Paid is paid, however late it is said.
        (P::Created | P::Paying | P::Unknown | P::Closed | P::Failed, Event::Paid) => {
            to(P::Paid, TopUpEvent::Paid)
        }

        // Undecided payments go where the provider says.
        (P::Unknown, Event::Pending) => quietly(P::Paying),
        (P::Paying | P::Unknown, Event::Cancelled) => to(P::Created, TopUpEvent::PaymentCancelled),
        (P::Created | P::Paying | P::Unknown, Event::Failed) => {
            to(P::Failed, TopUpEvent::PaymentFailed)
        }
        (P::Created | P::Paying | P::Unknown, Event::Closed) => to(P::Closed, TopUpEvent::Closed),
        (P::Paying, Event::Silent) => to(P::Unknown, TopUpEvent::OutcomeUnknown),

        // Only what was paid goes back.
        (P::Paid, Event::RefundStarted) => to(P::Refunding, TopUpEvent::RefundStarted),
        (P::Refunding, Event::Refunded) => to(P::Refunded, TopUpEvent::Refunded),

        // Everything else is old news.
        (
            _,
            Event::Pending
            | Event::Cancelled
            | Event::Paid
            | Event::Failed
            | Event::Closed
            | Event::Silent
            | Event::RefundStarted
            | Event::Refunded,
        ) => stay,
    }
}

/// Whether the student may give the order up; the provider is then asked to close it first.
///
/// # Errors
/// The [`Refusal`] that says why not. An order that is closed already may be given up again.
pub const fn may_cancel(state: PaymentState) -> Result<(), Refusal> {
    match state {
        PaymentState::Created | PaymentState::Paying | PaymentState::Closed => Ok(()),
        PaymentState::Unknown => Err(Refusal::Undecided),
        PaymentState::Paid | PaymentState::Refunding => Err(Refusal::AlreadyPaid),
        PaymentState::Failed | PaymentState::Refunded => Err(Refusal::Closed),
    }
}
