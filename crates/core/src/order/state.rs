use dika_contract::{ClaimState, PaymentState, Timestamp};

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
    /// Whether it is paid, and the card system has not taken the money yet, or has not said so.
    pub const fn is_unsettled(&self) -> bool {
        matches!(self.payment, PaymentState::Paid) && !self.settled
    }

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
