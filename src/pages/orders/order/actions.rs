//! The order's writes: pay, cancel, confirm a claim. One at a time.

use dika_contract::{OrderId, PayChannel, PaymentPrompt, Timestamp, TopUp};
use leptos::prelude::*;

use super::{evidence, scan::Scan};
use crate::{
    api::{Api, Fault},
    effect::effect,
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
    /// Asking the server for a payment prompt.
    Pay,
    /// Following the prompt: the browser leaves for the cashier, or WeChat's payment window is to open.
    /// It may never happen, so the other buttons stay usable.
    AwaitProvider,
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
    /// The cashier or WeChat's payment window has not opened in time; it still may.
    NotOpened,
}

/// How long the cashier or WeChat's payment window may take to open before the page offers other ways on.
const OPEN_LIMIT_MS: u32 = 8_000;

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
    /// Counts the writes: what an earlier one still reports must not end a later one.
    attempt: StoredValue<u32>,
    /// The write that is under way.
    pub(super) pending: RwSignal<PendingAction>,
    /// Why the last write failed.
    pub(super) fault: RwSignal<Option<Fault>>,
    /// Why the payment did not start.
    pub(super) blocker: RwSignal<Option<PaymentBlocker>>,
    /// A text that could not be copied, shown to be copied by hand.
    pub(super) copy_by_hand: RwSignal<Option<String>>,
    /// The address of a picture of the proof of payment, shown to be saved by a long press.
    pub(super) picture: RwSignal<Option<String>>,
    /// Whether this is WeChat on a phone; known once the page is in the browser.
    pub(super) is_in_wechat: RwSignal<bool>,
}

impl OrderActions {
    /// For the order with this id, which `order` reads.
    pub(super) fn new(
        id: OrderId,
        order: Query<TopUp>,
        asking: RwSignal<bool>,
        had_focus: StoredValue<bool>,
    ) -> Self {
        let is_in_wechat = RwSignal::new(false);
        effect(move || {
            if BrowserKind::current() == BrowserKind::WeChat {
                is_in_wechat.set(true);
            }
        });
        Self {
            id: StoredValue::new(id),
            api: StoredValue::new(Api::from_context()),
            toaster: Toaster::from_context(),
            t: OrdersText::current(),
            common: Common::current(),
            order,
            asking,
            had_focus,
            attempt: StoredValue::new(0),
            pending: RwSignal::new(PendingAction::None),
            fault: RwSignal::new(None),
            blocker: RwSignal::new(None),
            copy_by_hand: RwSignal::new(None),
            picture: RwSignal::new(None),
            is_in_wechat,
        }
    }

    /// When the order on the page was read.
    pub(super) fn as_of(self) -> Option<Timestamp> {
        self.order.fresh_value().map(|(_, as_of)| as_of)
    }

    /// Reads the order; the server asks the payment provider.
    pub(super) fn refetch(self) {
        self.order.refetch();
    }

    /// Whether this write is under way.
    pub(super) fn is_pending(self, action: PendingAction) -> Signal<bool> {
        Signal::derive(move || self.pending.get() == action)
    }

    /// Whether a payment is being started.
    pub(super) fn is_paying(self) -> Signal<bool> {
        Signal::derive(move || {
            matches!(
                self.pending.get(),
                PendingAction::Pay | PendingAction::AwaitProvider
            )
        })
    }

    /// Whether another write must end before this one can begin.
    pub(super) fn is_blocked(self, action: PendingAction) -> Signal<bool> {
        Signal::derive(move || {
            let pending = self.pending.get();
            pending != action && !may_begin(pending, action)
        })
    }

    /// Begins a write. Returns `None` while another one is under way that must end first.
    fn begin(self, action: PendingAction) -> Option<(Api, OrderId, u32)> {
        if !may_begin(self.pending.get_untracked(), action) {
            return None;
        }
        self.had_focus.set_value(platform::has_focus());
        self.pending.set(action);
        self.fault.set(None);
        self.blocker.set(None);
        let attempt = self.next_attempt();
        Some((self.api.get_value(), self.id.get_value(), attempt))
    }

    /// Begins the payment of an order that was made with its prompt.
    pub(super) fn begin_first_payment(self) -> u32 {
        self.pending.set(PendingAction::Pay);
        self.next_attempt()
    }

    fn next_attempt(self) -> u32 {
        let attempt = self.attempt.get_value().wrapping_add(1);
        self.attempt.set_value(attempt);
        attempt
    }

    /// Whether this write is the last one that was begun, on a page that is still there.
    fn is_current(self, attempt: u32) -> bool {
        self.attempt.try_get_value() == Some(attempt)
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

    /// Requests a new payment prompt for the way to pay that fits this browser, and follows it.
    pub(super) fn continue_payment(self) {
        self.continue_payment_by(BrowserKind::current().channel());
    }

    /// The other way to pay in this browser, where there is one.
    pub(super) fn other_channel() -> Option<PayChannel> {
        BrowserKind::current().other_channel(&platform::user_agent())
    }

    /// Requests a new payment prompt for this way to pay, and follows it.
    pub(super) fn continue_payment_by(self, channel: PayChannel) {
        let Some((api, id, attempt)) = self.begin(PendingAction::Pay) else {
            return;
        };
        let before = untrack(move || self.order.value());
        platform::spawn(async move {
            match api.continue_top_up(&id, channel).await {
                Ok(order) if !is_same_order(before.as_ref(), &order) => {
                    self.pending.try_set(PendingAction::None);
                    self.blocker.try_set(Some(PaymentBlocker::Mismatch));
                }
                Ok(mut order) => {
                    let prompt = order.prompt.take();
                    self.order.set(order, platform::now());
                    self.start_payment(prompt, channel, attempt).await;
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
    pub(super) async fn start_payment(
        self,
        prompt: Option<PaymentPrompt>,
        channel: PayChannel,
        attempt: u32,
    ) {
        match prompt {
            Some(PaymentPrompt::Redirect { url })
                if url.starts_with('/') || url.starts_with("http") =>
            {
                self.await_provider(attempt);
                platform::open_url(&url);
                return;
            }
            Some(prompt @ PaymentPrompt::Jsapi { .. }) => {
                self.await_provider(attempt);
                match wechat::pay(&prompt).await {
                    BridgeResult::Ok => {}
                    BridgeResult::Cancelled => self.toaster.show(self.t.bridge_cancelled),
                    BridgeResult::Failed => self.toaster.show(self.t.bridge_failed),
                    BridgeResult::NoAnswer => self.toaster.show(self.t.bridge_silent),
                }
                self.refetch_if_open();
                if self.is_current(attempt) {
                    self.blocker.try_set(None);
                }
            }
            // A phone can't scan a code on its own screen: there only for one who asked for it.
            Some(PaymentPrompt::Native {
                code_url,
                expires_at: until,
            }) if channel == PayChannel::Native => {
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
        if self.is_current(attempt) {
            self.pending.try_set(PendingAction::None);
        }
    }

    /// Waits for the cashier or WeChat's payment window to open. The page can't see whether it does: the
    /// address may lead nowhere, or be blocked. If the page is still in sight after a while, it offers other
    /// ways on.
    fn await_provider(self, attempt: u32) {
        self.pending.try_set(PendingAction::AwaitProvider);
        platform::spawn(async move {
            platform::sleep(OPEN_LIMIT_MS).await;
            let waits = self.pending.try_get_untracked() == Some(PendingAction::AwaitProvider);
            if waits && self.is_current(attempt) && !platform::is_hidden() {
                self.pending.set(PendingAction::None);
                self.blocker.set(Some(PaymentBlocker::NotOpened));
            }
        });
    }

    /// The student is back on the page: whatever was to open has opened, or won't.
    pub(super) fn stop_waiting(self) {
        if self.pending.get_untracked() == PendingAction::AwaitProvider {
            self.pending.set(PendingAction::None);
        }
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
        let Some((api, id, _)) = self.begin(PendingAction::Cancel) else {
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
        let Some((api, id, _)) = self.begin(PendingAction::ConfirmClaim) else {
            return;
        };
        platform::spawn(async move {
            let answer = api.confirm_claim(&id).await;
            let refused = answer.is_err();
            if self.end(answer).is_some() {
                // The headline says that the money can be collected now, and until when.
                platform::scroll_to_top();
            }
            if refused {
                self.refetch_if_open();
            }
        });
    }

    fn evidence(self, order: &TopUp) -> String {
        let request = self.fault.with_untracked(|fault| match fault {
            Some(Fault::Refused(problem)) => problem.request_id.clone(),
            _ => None,
        });
        evidence::evidence(self.t, self.common, order, request.as_deref())
    }

    /// Draws the evidence as a picture, for a browser that can't print.
    pub(super) fn draw_evidence(self, order: &TopUp) {
        let text = self.evidence(order);
        let lines: Vec<&str> = text.lines().collect();
        let picture = platform::picture_of(&lines);
        if picture.is_none() {
            self.toaster.show(self.t.take_screenshot);
        }
        self.picture.set(picture);
    }

    /// Copies the evidence, within the tap. Where the browser refuses, shows it to be copied by hand.
    pub(super) fn copy_evidence(self, order: &TopUp) {
        let text = self.evidence(order);
        if platform::copy(&text) {
            self.copy_by_hand.set(None);
            self.toaster.show(self.t.copied);
        } else {
            self.copy_by_hand.set(Some(text));
        }
    }
}

/// Whether a write may begin while another is under way. Waiting for the provider stops nothing but a second
/// payment: it may never end.
const fn may_begin(pending: PendingAction, action: PendingAction) -> bool {
    match pending {
        PendingAction::None => true,
        PendingAction::AwaitProvider => !matches!(action, PendingAction::Pay),
        PendingAction::Pay | PendingAction::Cancel | PendingAction::ConfirmClaim => false,
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
