//! The order's writes: pay, cancel, confirm a claim. One at a time.

use dika_contract::{OrderId, PaymentPrompt, TopUp};
use leptos::prelude::*;

use super::{evidence, scan::Scan};
use crate::{
    api::{Api, Fault},
    platform,
    query::Query,
    text::{Common, OrdersText},
    ui::Toaster,
    wechat::{self, BridgeResult, BrowserKind},
};

/// The write that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PendingAction {
    /// None.
    None,
    /// Paying, the visit to the cashier included.
    Pay,
    /// Cancelling the order.
    Cancel,
    /// Confirming a claim that lapsed.
    ConfirmClaim,
}

/// Why the payment did not start on this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PaymentBlocker {
    /// The student pays by scanning a code with a phone.
    ScanCode(Scan),
    /// This version does not know the payment method.
    UnknownMethod,
    /// The server answered with another order.
    Mismatch,
}

/// The order's state and writes, shared by the parts of the page. Outlives each redraw of the order.
#[derive(Clone, Copy)]
pub(super) struct OrderActions {
    id: StoredValue<OrderId>,
    api: StoredValue<Api>,
    pub(super) toaster: Toaster,
    pub(super) t: &'static OrdersText,
    pub(super) common: &'static Common,
    order: Query<TopUp>,
    /// Whether a read of the order is under way.
    pub(super) asking: RwSignal<bool>,
    had_focus: StoredValue<bool>,
    /// The write that is under way.
    pub(super) pending: RwSignal<PendingAction>,
    /// Why the last write failed.
    pub(super) fault: RwSignal<Option<Fault>>,
    /// Why the payment did not start.
    pub(super) blocker: RwSignal<Option<PaymentBlocker>>,
    /// A text that could not be copied, shown to be copied by hand.
    pub(super) copy_by_hand: RwSignal<Option<String>>,
}

impl OrderActions {
    /// For the order with this id, which `order` reads.
    pub(super) fn new(
        id: OrderId,
        order: Query<TopUp>,
        asking: RwSignal<bool>,
        had_focus: StoredValue<bool>,
    ) -> Self {
        Self {
            id: StoredValue::new(id),
            api: StoredValue::new(Api::from_context()),
            toaster: Toaster::from_context(),
            t: OrdersText::current(),
            common: Common::current(),
            order,
            asking,
            had_focus,
            pending: RwSignal::new(PendingAction::None),
            fault: RwSignal::new(None),
            blocker: RwSignal::new(None),
            copy_by_hand: RwSignal::new(None),
        }
    }

    /// Reads the order; the server asks the payment provider.
    pub(super) fn refetch(self) {
        self.order.refetch();
    }

    /// Whether this write is under way.
    pub(super) fn is_pending(self, action: PendingAction) -> Signal<bool> {
        Signal::derive(move || self.pending.get() == action)
    }

    /// Begins a write. Returns `None` while another one is under way.
    fn begin(self, action: PendingAction) -> Option<(Api, OrderId)> {
        if self.pending.get_untracked() != PendingAction::None {
            return None;
        }
        self.had_focus.set_value(platform::has_focus());
        self.pending.set(action);
        self.fault.set(None);
        self.blocker.set(None);
        Some((self.api.get_value(), self.id.get_value()))
    }

    /// Ends a write that returns the order: shows it, or the fault.
    fn end(self, answer: Result<TopUp, Fault>) -> Option<TopUp> {
        self.pending.try_set(PendingAction::None);
        match answer {
            Ok(order) => {
                let mut shown = order.clone();
                shown.prompt = None;
                self.order.set(shown, platform::now());
                Some(order)
            }
            Err(fault) => {
                self.fault.try_set(Some(fault));
                None
            }
        }
    }

    /// Requests a new payment prompt and follows it.
    pub(super) fn continue_payment(self) {
        let Some((api, id)) = self.begin(PendingAction::Pay) else {
            return;
        };
        let before = untrack(move || self.order.value());
        platform::spawn(async move {
            let channel = BrowserKind::current().channel();
            match api.continue_top_up(&id, channel).await {
                Ok(order) if !is_same_order(before.as_ref(), &order) => {
                    self.pending.try_set(PendingAction::None);
                    self.blocker.try_set(Some(PaymentBlocker::Mismatch));
                }
                Ok(mut order) => {
                    let prompt = order.prompt.take();
                    self.order.set(order, platform::now());
                    self.start_payment(prompt).await;
                }
                Err(fault) => {
                    self.end(Err(fault));
                    // The order may be paid or closed by now.
                    self.refetch_if_open();
                }
            }
        });
    }

    /// Follows a payment prompt. Whatever the browser reports, the server is asked afterwards.
    pub(super) async fn start_payment(self, prompt: Option<PaymentPrompt>) {
        match prompt {
            // The page leaves, and stays busy until the student comes back.
            Some(PaymentPrompt::Redirect { url })
                if url.starts_with('/') || url.starts_with("http") =>
            {
                platform::open_url(&url);
                return;
            }
            Some(prompt @ PaymentPrompt::Jsapi { .. }) => {
                match wechat::pay(&prompt).await {
                    BridgeResult::Ok => {}
                    BridgeResult::Cancelled => self.toaster.show(self.t.bridge_cancelled),
                    BridgeResult::Failed => self.toaster.show(self.t.bridge_failed),
                    BridgeResult::NoAnswer => self.toaster.show(self.t.bridge_silent),
                }
                self.refetch_if_open();
            }
            // On desktops only: a phone can't scan a code on its own screen.
            Some(PaymentPrompt::Native {
                code_url,
                expires_at: until,
            }) if BrowserKind::current() == BrowserKind::Desktop => {
                let scan = Scan { code_url, until };
                self.blocker.try_set(Some(PaymentBlocker::ScanCode(scan)));
            }
            Some(
                PaymentPrompt::Redirect { .. }
                | PaymentPrompt::Native { .. }
                | PaymentPrompt::Other,
            ) => {
                self.blocker.try_set(Some(PaymentBlocker::UnknownMethod));
            }
            // Nothing to pay any more, or not yet; the order's status says which.
            None => {}
        }
        self.pending.try_set(PendingAction::None);
    }

    /// Reads the order again after a write, unless the page is gone. Replaces a read that is under way:
    /// its answer may be older than the write.
    fn refetch_if_open(self) {
        if self.asking.try_get_untracked().is_some() {
            self.refetch();
        }
    }

    /// Cancels the unpaid order.
    pub(super) fn cancel(self) {
        let Some((api, id)) = self.begin(PendingAction::Cancel) else {
            return;
        };
        platform::spawn(async move {
            let answer = api.cancel_top_up(&id).await;
            let refused = answer.is_err();
            if self.end(answer).is_some() {
                self.toaster.show(self.t.cancelled);
            }
            if refused {
                self.refetch_if_open();
            }
        });
    }

    /// Confirms a claim that lapsed, so that the money can be collected again.
    pub(super) fn confirm_claim(self) {
        let Some((api, id)) = self.begin(PendingAction::ConfirmClaim) else {
            return;
        };
        platform::spawn(async move {
            let answer = api.confirm_claim(&id).await;
            let refused = answer.is_err();
            self.end(answer);
            if refused {
                self.refetch_if_open();
            }
        });
    }

    /// Copies the evidence, within the tap. Where the browser refuses, shows it to be copied by hand.
    pub(super) fn copy_evidence(self, order: &TopUp) {
        let request = self.fault.with_untracked(|fault| match fault {
            Some(Fault::Refused(problem)) => problem.request_id.clone(),
            _ => None,
        });
        let text = evidence::evidence(self.t, self.common, order, request.as_deref());
        if platform::copy(&text) {
            self.copy_by_hand.set(None);
            self.toaster.show(self.t.copied);
        } else {
            self.copy_by_hand.set(Some(text));
        }
    }
}

/// Whether the answer is about the order on the page: same id, card, wallet and amount.
fn is_same_order(before: Option<&TopUp>, after: &TopUp) -> bool {
    before.is_none_or(|before| {
        (
            &before.id,
            &before.card_id,
            before.wallet,
            before.amount_fen,
        ) == (&after.id, &after.card_id, after.wallet, after.amount_fen)
    })
}

#[cfg(test)]
mod tests {
    use dika_contract::{ClaimState, Fen, PaymentState};

    use super::*;
    use crate::pages::orders::test_order;

    #[test]
    fn another_amount_is_not_the_same_order() {
        let order = test_order::order(PaymentState::Created, ClaimState::NotNeeded);
        let mut later = order.clone();
        later.payment = PaymentState::Paying;
        assert!(is_same_order(Some(&order), &later));
        assert!(is_same_order(None, &later));
        later.amount_fen = Fen::new(1);
        assert!(!is_same_order(Some(&order), &later));
    }
}
