//! The steps of a top-up as a pure state machine: no browser, no network, no texts.
//!
//! A payment intent is an amount with an idempotency key. Retries of the same amount keep the key, so that
//! lost replies never create a second order; another amount is another intent.

use dika_contract::{
    CardId, ErrorCode, Fen, IdempotencyKey, OrderId, PaymentState, Timestamp, TopUp, TopUpEvent,
    WalletKind, directory::Limits, money::AmountFault,
};

use crate::{api::Fault, pages::payment_intent::PaymentIntent, platform};

/// Why the payment stopped before any money moved.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum StopReason {
    /// The call failed, or was refused.
    Fault(Fault),
    /// The server's order names another card, wallet or amount.
    Mismatch(OrderId),
    /// This key created an order before, and that is closed.
    OrderClosed(OrderId),
    /// This key created an order before, and that was paid, at this time: paying again is another top-up.
    AlreadyPaid(OrderId, Timestamp),
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Chooses an amount.
    Entering,
    /// Checks what will be paid.
    Reviewing,
    /// The order is being sent.
    Sending,
    /// The server has the order.
    Placed(OrderId),
    /// The order was not created.
    Stopped(StopReason),
}

/// The state: a step and its intent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Flow {
    step: Step,
    intent: Option<PaymentIntent>,
}

/// Why a typed amount is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AmountProblem {
    /// It can't be parsed.
    Unreadable(AmountFault),
    /// It is zero.
    Zero,
    /// Below this minimum.
    TooSmall(Fen),
    /// Above this maximum.
    TooLarge(Fen),
}

/// Parses a typed amount and checks it against the limits, if known. Limits are inclusive. The server
/// checks caps and daily limits: only it knows the other orders.
pub(super) fn check(typed: &str, limits: Option<&Limits>) -> Result<Fen, AmountProblem> {
    let amount = platform::typed(typed).amount();
    let amount = amount.map_err(AmountProblem::Unreadable)?;
    if amount == Fen::ZERO {
        return Err(AmountProblem::Zero);
    }
    match limits {
        Some(limits) if amount < limits.min_fen => Err(AmountProblem::TooSmall(limits.min_fen)),
        Some(limits) if amount > limits.max_fen => Err(AmountProblem::TooLarge(limits.max_fen)),
        _ => Ok(amount),
    }
}

impl Flow {
    /// No amount yet.
    pub(super) const fn new() -> Self {
        Self {
            step: Step::Entering,
            intent: None,
        }
    }

    /// Restores a draft.
    pub(super) fn resume(intent: PaymentIntent, reviewing: bool) -> Self {
        Self {
            step: if reviewing {
                Step::Reviewing
            } else {
                Step::Entering
            },
            intent: Some(intent),
        }
    }

    /// The current step.
    pub(super) const fn step(&self) -> &Step {
        &self.step
    }

    /// The payment intent.
    pub(super) const fn intent(&self) -> Option<&PaymentIntent> {
        self.intent.as_ref()
    }

    /// Goes to the review of an amount. Calls `new_key` only for a new intent.
    pub(super) fn review(&mut self, amount: Fen, new_key: impl FnOnce() -> IdempotencyKey) {
        if matches!(self.step, Step::Sending | Step::Placed(_)) {
            return;
        }
        self.set_amount(amount, new_key);
        self.step = Step::Reviewing;
    }

    /// Notes an amount while it is typed, so that a reload keeps it.
    pub(super) fn note_amount(&mut self, amount: Fen, new_key: impl FnOnce() -> IdempotencyKey) {
        if matches!(self.step, Step::Entering) {
            self.set_amount(amount, new_key);
        }
    }

    fn set_amount(&mut self, amount: Fen, new_key: impl FnOnce() -> IdempotencyKey) {
        if self.intent.as_ref().map(|intent| intent.amount) != Some(amount) {
            self.intent = Some(PaymentIntent::new(amount, new_key()));
        }
    }

    /// Goes back to the amount, unless an order is being sent.
    pub(super) fn edit(&mut self) {
        if matches!(self.step, Step::Reviewing | Step::Stopped(_)) {
            self.step = Step::Entering;
        }
    }

    /// Whether the student can pay. Not after a mismatch: the student must look at that order first.
    pub(super) const fn can_pay(&self) -> bool {
        !matches!(
            self.step,
            Step::Entering | Step::Stopped(StopReason::Mismatch(_))
        )
    }

    /// Starts sending at `now`. Returns the intent, or `None` if it is being sent already (a second tap).
    pub(super) fn pay(&mut self, now: Timestamp) -> Option<PaymentIntent> {
        match self.step {
            Step::Reviewing
            | Step::Stopped(
                StopReason::Fault(_) | StopReason::OrderClosed(_) | StopReason::AlreadyPaid(..),
            ) => {
                let intent = self.intent.as_mut()?;
                intent.sent_at.get_or_insert(now);
                self.step = Step::Sending;
                Some(intent.clone())
            }
            Step::Entering
            | Step::Sending
            | Step::Placed(_)
            | Step::Stopped(StopReason::Mismatch(_)) => None,
        }
    }

    /// Handles the reply. If the intent has ended, the next try is a new one, with a key from `new_key`.
    pub(super) fn handle_reply(
        &mut self,
        card: &CardId,
        wallet: WalletKind,
        answer: Result<&TopUp, Fault>,
        new_key: impl FnOnce() -> IdempotencyKey,
    ) {
        let (Step::Sending, Some(intent)) = (&self.step, &mut self.intent) else {
            return;
        };
        self.step = match answer {
            Ok(order)
                if (&order.card_id, order.wallet, order.amount_fen)
                    != (card, wallet, intent.amount) =>
            {
                intent.renew(new_key());
                Step::Stopped(StopReason::Mismatch(order.id.clone()))
            }
            Ok(order) => match order.payment {
                PaymentState::Closed | PaymentState::Failed | PaymentState::Refunded => {
                    intent.renew(new_key());
                    Step::Stopped(StopReason::OrderClosed(order.id.clone()))
                }
                // A new order is never paid in the answer that creates it: the key was sent before, its
                // answer was lost, and the order was paid since.
                PaymentState::Paid | PaymentState::Refunding => {
                    intent.renew(new_key());
                    let paid_at = order.when(TopUpEvent::Paid).unwrap_or(order.created_at);
                    Step::Stopped(StopReason::AlreadyPaid(order.id.clone(), paid_at))
                }
                PaymentState::Created | PaymentState::Paying | PaymentState::Unknown => {
                    Step::Placed(order.id.clone())
                }
            },
            Err(fault) => {
                // The server knows this key with another body: a retry needs a new one.
                if fault.is(ErrorCode::IdempotencyKeyReused) {
                    intent.renew(new_key());
                }
                Step::Stopped(StopReason::Fault(fault))
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use dika_contract::{Problem, Timestamp};

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);

    fn key(text: &str) -> IdempotencyKey {
        IdempotencyKey::parse(text).expect("a key")
    }

    fn card(text: &str) -> CardId {
        CardId::parse(text).expect("an id")
    }

    fn order(card: &str, wallet: WalletKind, fen: i64, payment: PaymentState) -> TopUp {
        serde_json::from_value(serde_json::json!({
            "id": "o1", "card_id": card, "issuer": "gdut", "card_no_masked": "**** 5678",
            "holder": { "name": "n", "student_no": "s", "campus": "longdong" },
            "wallet": wallet, "amount_fen": fen, "payment": payment, "claim": "not_needed",
            "created_at": Timestamp::from_unix(0), "pay_by": Timestamp::from_unix(900),
        }))
        .expect("an order")
    }

    fn limits() -> Limits {
        Limits {
            presets_fen: vec![Fen::from_yuan(50)],
            min_fen: Fen::from_yuan(1),
            max_fen: Fen::from_yuan(500),
            daily_fen: Fen::from_yuan(1000),
            cap_fen: Fen::from_yuan(2000),
            warn_from_fen: None,
        }
    }

    fn sending(fen: i64) -> Flow {
        let mut flow = Flow::new();
        flow.review(Fen::new(fen), || key("k1"));
        assert!(flow.pay(NOW).is_some());
        flow
    }

    fn refused(code: ErrorCode) -> Fault {
        let status = code.status();
        let problem = serde_json::json!({ "code": code, "status": status });
        let problem: Problem = serde_json::from_value(problem).expect("a problem");
        Fault::Refused(Box::new(problem))
    }

    #[test]
    fn both_ends_of_the_limits_are_inside() {
        let limits = limits();
        for (typed, result) in [
            ("1", Ok(Fen::new(100))),
            ("500", Ok(Fen::new(50_000))),
            ("19.99", Ok(Fen::new(1_999))),
            ("0.99", Err(AmountProblem::TooSmall(limits.min_fen))),
            ("500.01", Err(AmountProblem::TooLarge(limits.max_fen))),
            ("0", Err(AmountProblem::Zero)),
            ("", Err(AmountProblem::Unreadable(AmountFault::Empty))),
            (
                "1e3",
                Err(AmountProblem::Unreadable(AmountFault::NotANumber)),
            ),
            (
                "1.001",
                Err(AmountProblem::Unreadable(AmountFault::TooFine)),
            ),
        ] {
            assert_eq!(check(typed, Some(&limits)), result, "{typed}");
        }
        assert_eq!(
            check("0.01", None),
            Ok(Fen::new(1)),
            "unknown limits stop nothing"
        );
    }

    #[test]
    fn two_taps_send_once() {
        let mut flow = Flow::new();
        assert_eq!(flow.pay(NOW), None, "nothing was reviewed");
        flow.review(Fen::new(2_000), || key("k1"));
        assert_eq!(flow.pay(NOW).map(|intent| intent.key), Some(key("k1")));
        assert_eq!(flow.pay(NOW), None);
        flow.edit();
        assert_eq!(flow.step(), &Step::Sending, "no way back while it is sent");
    }

    #[test]
    fn retries_keep_the_key_and_another_amount_has_another() {
        let mut flow = sending(2_000);
        flow.handle_reply(&card("c"), WalletKind::Main, Err(Fault::Offline), || {
            key("no")
        });
        assert_eq!(
            flow.step(),
            &Step::Stopped(StopReason::Fault(Fault::Offline))
        );
        assert_eq!(flow.pay(NOW).map(|intent| intent.key), Some(key("k1")));
        flow.handle_reply(&card("c"), WalletKind::Main, Err(Fault::Timeout), || {
            key("no")
        });
        flow.edit();
        flow.review(Fen::new(2_000), || key("no"));
        assert_eq!(flow.intent().map(|intent| &intent.key), Some(&key("k1")));
        flow.edit();
        flow.review(Fen::new(2_001), || key("k2"));
        assert_eq!(flow.intent().map(|intent| &intent.key), Some(&key("k2")));
    }

    #[test]
    fn another_card_wallet_or_amount_is_refused() {
        let created = PaymentState::Created;
        for wrong in [
            order("other", WalletKind::Main, 2_000, created),
            order("c", WalletKind::Utilities, 2_000, created),
            order("c", WalletKind::Main, 20_000, created),
        ] {
            let mut flow = sending(2_000);
            flow.handle_reply(&card("c"), WalletKind::Main, Ok(&wrong), || key("k2"));
            assert_eq!(
                flow.step(),
                &Step::Stopped(StopReason::Mismatch(wrong.id.clone()))
            );
            assert_eq!(flow.pay(NOW), None, "it is looked at first");
        }
        let mut flow = sending(2_000);
        let right = order("c", WalletKind::Main, 2_000, created);
        flow.handle_reply(&card("c"), WalletKind::Main, Ok(&right), || key("no"));
        assert_eq!(flow.step(), &Step::Placed(right.id.clone()));
        assert_eq!(flow.pay(NOW), None, "what is placed is not sent again");
    }

    #[test]
    fn an_order_that_is_over_leads_to_a_new_one() {
        let mut flow = sending(2_000);
        let over = order("c", WalletKind::Main, 2_000, PaymentState::Closed);
        flow.handle_reply(&card("c"), WalletKind::Main, Ok(&over), || key("k2"));
        assert_eq!(
            flow.step(),
            &Step::Stopped(StopReason::OrderClosed(over.id.clone()))
        );
        assert_eq!(flow.pay(NOW).map(|intent| intent.key), Some(key("k2")));
    }

    #[test]
    fn an_order_that_was_paid_since_is_no_result_of_this_tap() {
        for payment in [PaymentState::Paid, PaymentState::Refunding] {
            let mut flow = sending(2_000);
            let paid = order("c", WalletKind::Main, 2_000, payment);
            flow.handle_reply(&card("c"), WalletKind::Main, Ok(&paid), || key("k2"));
            let reason = StopReason::AlreadyPaid(paid.id.clone(), paid.created_at);
            assert_eq!(flow.step(), &Step::Stopped(reason), "{payment}");
            assert_eq!(flow.pay(NOW).map(|intent| intent.key), Some(key("k2")));
        }
        for payment in [PaymentState::Paying, PaymentState::Unknown] {
            let mut flow = sending(2_000);
            let open = order("c", WalletKind::Main, 2_000, payment);
            flow.handle_reply(&card("c"), WalletKind::Main, Ok(&open), || key("no"));
            assert_eq!(flow.step(), &Step::Placed(open.id.clone()), "{payment}");
        }
    }

    #[test]
    fn a_key_that_is_taken_is_given_up_and_others_are_kept() {
        let mut flow = sending(2_000);
        let taken = refused(ErrorCode::IdempotencyKeyReused);
        flow.handle_reply(&card("c"), WalletKind::Main, Err(taken), || key("k2"));
        assert_eq!(flow.pay(NOW).map(|intent| intent.key), Some(key("k2")));
        let lost = refused(ErrorCode::CardLost);
        flow.handle_reply(&card("c"), WalletKind::Main, Err(lost), || key("no"));
        assert_eq!(flow.pay(NOW).map(|intent| intent.key), Some(key("k2")));
    }

    #[test]
    fn an_answer_that_nobody_waits_for_changes_nothing() {
        let mut flow = Flow::new();
        let order = order("c", WalletKind::Main, 2_000, PaymentState::Created);
        flow.handle_reply(&card("c"), WalletKind::Main, Ok(&order), || key("no"));
        assert_eq!(flow, Flow::new());
    }
}
