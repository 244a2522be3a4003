//! One order: how it stands, where the money is, what to do next.

use dika_contract::{OrderId, PaymentPrompt, PaymentState, TopUp};
use leptos::prelude::*;

use super::{
    collect, evidence, handover,
    outcome::{Standing, proves_nothing_taken},
    poll::poll,
    receipt,
    scan::{self, Scan},
    timeline,
};
use crate::{
    api::{Api, Fault},
    app::Say,
    effect::effect,
    pages::refusal::Refusal,
    platform,
    reading::Reading,
    route::Route,
    text::{Common, Locale, OrdersText, Title, clock, fill, yuan},
    ui::{
        Actions, Amount, AmountSize, Bones, Button, ButtonLink, ButtonLook, Icon, Live, Loaded,
        Notice, Outcome, Page, Prose, Section, Timeline, Tone,
    },
    wechat::{self, BridgeEnd, Place},
};

/// Which write is on its way. One at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Busy {
    No,
    Paying,
    Cancelling,
    Confirming,
}

/// What stands in the way of paying here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stop {
    /// It is paid by scanning this with a phone.
    Scan(Scan),
    /// A way to pay that this version does not know.
    NoWay,
    /// The answer is about something else than this order.
    Mismatch,
}

/// What the parts of the page share. Outlives each redraw of the order.
#[derive(Clone, Copy)]
struct Desk {
    id: StoredValue<OrderId>,
    api: StoredValue<Api>,
    say: Say,
    t: &'static OrdersText,
    common: &'static Common,
    order: Reading<TopUp>,
    asking: RwSignal<bool>,
    focused: StoredValue<bool>,
    busy: RwSignal<Busy>,
    fault: RwSignal<Option<Fault>>,
    stop: RwSignal<Option<Stop>>,
    /// A text, where it could not be copied and is shown to be copied by hand.
    by_hand: RwSignal<Option<String>>,
}

/// One order.
#[component]
pub(crate) fn OrderPage(id: OrderId) -> impl IntoView {
    let route = Route::Order(id.clone());
    let common = Common::here();
    let asking = RwSignal::new(false);
    // Whether anything had the focus when something was asked for that may change the order.
    let focused = StoredValue::new(false);
    let order = {
        let id = id.clone();
        Reading::when_asked(move |api| {
            let id = id.clone();
            focused.try_set_value(platform::has_focus());
            asking.try_set(true);
            Box::pin(async move {
                let answer = api.top_up(&id).await;
                asking.try_set(false);
                answer
            })
        })
    };
    let desk = Desk {
        id: StoredValue::new(id),
        api: StoredValue::new(Api::here()),
        say: Say::here(),
        t: OrdersText::here(),
        common,
        order,
        asking,
        focused,
        busy: RwSignal::new(Busy::No),
        fault: RwSignal::new(None),
        stop: RwSignal::new(None),
        by_hand: RwSignal::new(None),
    };

    let own = desk.id.get_value();
    effect(move || match handover::take(&own) {
        Some(mut made) => {
            let (prompt, id) = (made.prompt.take(), own.clone());
            desk.order.put(made, platform::now());
            desk.busy.set(Busy::Paying);
            platform::spawn(async move {
                arrive(&id).await;
                desk.start(prompt).await;
            });
        }
        None => desk.ask(),
    });

    // An order that nobody has paid yet changes by itself only after a visit to the cashier.
    let came_back = RwSignal::new(false);
    let wanted = Memo::new(move |_| {
        let payment = desk.order.value().map(|order| order.payment);
        payment.is_some_and(|payment| {
            payment.is_moving() || (payment == PaymentState::Created && came_back.get())
        })
    });
    let ask = Callback::new(move |()| desk.ask());
    let returned = Callback::new(move |()| {
        came_back.set(true);
        // The page that left for the cashier was kept as it was, waiting; now it is used again.
        if desk.busy.get_untracked() == Busy::Paying {
            desk.busy.set(Busy::No);
        }
    });
    poll(wanted, asking, ask, returned);

    // What becomes of an order while its page is open is said, too; and a button that goes with the old
    // state does not take the focus along: the next press of the tab key starts at the page's content.
    let announced = RwSignal::new(String::new());
    let mut before = None;
    effect(move || {
        let Some(order) = desk.order.value() else {
            return;
        };
        let standing = Standing::of(&order);
        if before.replace(standing).is_some_and(|was| was != standing) {
            announced.set(standing.words(desk.t).0.to_owned());
        }
        if focused.get_value() {
            platform::spawn(async {
                // Once it is drawn.
                platform::sleep(0).await;
                if !platform::has_focus() {
                    platform::focus_main();
                }
            });
        }
    });

    let draw = move |order: TopUp| desk.draw(&order);
    view! {
        <Page
            name=route.page()
            title=Title::here().title(&route)
            back=Route::Orders.to_string()
            back_label=common.tab_orders
        >
            <Loaded
                state=order.load()
                retry_label=common.retry
                on_retry=move |()| desk.ask()
                waiting=Bones::Detail
                waiting_label=common.loading
                draw
            />
            <Live text=announced/>
        </Page>
    }
}

/// Waits until the order's address stands in the history, so that the provider's way back, and the
/// back button, lead here. Not for long: paying matters more.
async fn arrive(id: &OrderId) {
    const LOOK_AGAIN_MS: u32 = 20;
    let here = Route::Order(id.clone()).to_string();
    for _ in 0..50 {
        if platform::path_and_query() == here {
            break;
        }
        platform::sleep(LOOK_AGAIN_MS).await;
    }
}

impl Desk {
    /// Asks the server, which asks the provider.
    fn ask(self) {
        self.order.ask();
    }

    /// Begins a write, or says that another one is on its way.
    fn begin(self, what: Busy) -> Option<(Api, OrderId)> {
        if self.busy.get_untracked() != Busy::No {
            return None;
        }
        self.focused.set_value(platform::has_focus());
        self.busy.set(what);
        self.fault.set(None);
        self.stop.set(None);
        Some((self.api.get_value(), self.id.get_value()))
    }

    /// Ends it: shows the order, or why not. Gives the order where there is one.
    fn end(self, answer: Result<TopUp, Fault>) -> Option<TopUp> {
        self.busy.try_set(Busy::No);
        match answer {
            Ok(order) => {
                let mut shown = order.clone();
                shown.prompt = None;
                self.order.put(shown, platform::now());
                Some(order)
            }
            Err(fault) => {
                self.fault.try_set(Some(fault));
                None
            }
        }
    }

    fn go_on_paying(self) {
        let Some((api, id)) = self.begin(Busy::Paying) else {
            return;
        };
        let before = untrack(move || self.order.value());
        platform::spawn(async move {
            let channel = Place::here().channel();
            match api.continue_top_up(&id, channel).await {
                Ok(order) if !same(before.as_ref(), &order) => {
                    self.busy.try_set(Busy::No);
                    self.stop.try_set(Some(Stop::Mismatch));
                }
                Ok(mut order) => {
                    let prompt = order.prompt.take();
                    self.order.put(order, platform::now());
                    self.start(prompt).await;
                }
                Err(fault) => {
                    self.end(Err(fault));
                    // It may be paid or closed by now; the refusal says why, this shows how it is.
                    self.refresh_quietly();
                }
            }
        });
    }

    /// Lets the student pay. Whatever comes of it, the server is asked.
    async fn start(self, prompt: Option<PaymentPrompt>) {
        match prompt {
            // The page leaves; busy until it is come back to.
            Some(PaymentPrompt::Redirect { url })
                if url.starts_with('/') || url.starts_with("http") =>
            {
                platform::go(&url);
                return;
            }
            Some(prompt @ PaymentPrompt::Jsapi { .. }) => {
                match wechat::pay(&prompt).await {
                    BridgeEnd::Ok => {}
                    BridgeEnd::Cancelled => self.say.say(self.t.bridge_cancelled),
                    BridgeEnd::Failed => self.say.say(self.t.bridge_failed),
                    BridgeEnd::NeverAnswered => self.say.say(self.t.bridge_silent),
                }
                self.refresh_quietly();
            }
            // Elsewhere a code helps nobody: it can't be scanned off the phone that shows it.
            Some(PaymentPrompt::Native {
                code_url,
                expires_at: until,
            }) if Place::here() == Place::Desktop => {
                let scan = Scan { code_url, until };
                self.stop.try_set(Some(Stop::Scan(scan)));
            }
            Some(
                PaymentPrompt::Redirect { .. }
                | PaymentPrompt::Native { .. }
                | PaymentPrompt::Other,
            ) => {
                self.stop.try_set(Some(Stop::NoWay));
            }
            // Nothing to pay any more, or not yet: the order says so.
            None => {}
        }
        self.busy.try_set(Busy::No);
    }

    /// Asks again after a write, where the page still stands. A question that is open may have been
    /// asked before it, so its answer does not count.
    fn refresh_quietly(self) {
        if self.asking.try_get_untracked().is_some() {
            self.ask();
        }
    }

    fn cancel(self) {
        let Some((api, id)) = self.begin(Busy::Cancelling) else {
            return;
        };
        platform::spawn(async move {
            let answer = api.cancel_top_up(&id).await;
            let refused = answer.is_err();
            if self.end(answer).is_some() {
                self.say.say(self.t.cancelled);
            }
            if refused {
                self.refresh_quietly();
            }
        });
    }

    fn confirm(self) {
        let Some((api, id)) = self.begin(Busy::Confirming) else {
            return;
        };
        platform::spawn(async move {
            let answer = api.confirm_claim(&id).await;
            let refused = answer.is_err();
            self.end(answer);
            if refused {
                self.refresh_quietly();
            }
        });
    }

    /// Copies the evidence inside the tap; where the browser refuses, it is shown to be copied by
    /// hand.
    fn copy(self, order: &TopUp) {
        let request = self.fault.with_untracked(|fault| match fault {
            Some(Fault::Refused(problem)) => problem.request_id.clone(),
            _ => None,
        });
        let text = evidence::evidence(self.t, self.common, order, request.as_deref());
        if platform::copy(&text) {
            self.by_hand.set(None);
            self.say.say(self.t.copied);
        } else {
            self.by_hand.set(Some(text));
        }
    }

    fn is(self, what: Busy) -> Signal<bool> {
        Signal::derive(move || self.busy.get() == what)
    }

    fn draw(self, order: &TopUp) -> AnyView {
        let standing = Standing::of(order);
        let moments = timeline::moments(self.t, Locale::here(), order);
        let copied = order.clone();
        let copy = Callback::new(move |()| self.copy(&copied));
        view! {
            <div
                class="stack"
                data-order=order.id.as_str().to_owned()
                data-payment=order.payment.as_str()
                data-claim=order.claim.as_str()
            >
                // First: a code to scan has to be in sight. Once it is paid none of this matters.
                {matches!(standing, Standing::Unpaid | Standing::Paying)
                    .then(|| move || self.stop.get().map(|stop| stopped(self.t, stop)))}
                <div class="slip">
                    {self.head(standing, order)}
                    {receipt::facts(self.t, self.common, order)}
                </div>
                {(standing == Standing::Paying)
                    .then(|| {
                        view! { <Notice tone=Tone::Info word=self.t.paid_or_not><p>{self.t.paid_or_not_text}</p></Notice> }
                    })}
                <Refusal fault=self.fault/>
                {self.next_step(standing, order)}
                {order.claim.is_open().then(|| collect::where_to(order))}
                <Section title=self.t.timeline>
                    <Timeline label=self.t.timeline items=moments/>
                </Section>
                {receipt::keep(self.t, self.common, self.say, order, copy, self.by_hand)}
                {move || self.by_hand.get().map(|text| by_hand(self.t, &text))}
            </div>
            {self.actions()}
        }
        .into_any()
    }

    fn head(self, standing: Standing, order: &TopUp) -> AnyView {
        let t = self.t;
        let (title, text) = standing.words(t);
        let mut text = text.to_owned();
        if proves_nothing_taken(order) {
            text.push(' ');
            text.push_str(t.nothing_taken);
        }
        if standing == Standing::Unpaid {
            text.push(' ');
            text.push_str(&fill(t.pay_by, &[&clock(order.pay_by)]));
        }
        let amount = yuan(order.amount_fen);
        let left = (standing == Standing::Waiting).then(|| collect::time_left(order.claim_by));
        view! {
            <Outcome tone=standing.tone() title text>
                <Amount text=amount size=AmountSize::Huge/>
                {left}
            </Outcome>
        }
        .into_any()
    }

    /// What this standing asks for, under the sheet that says why: in reach without scrolling.
    fn next_step(self, standing: Standing, order: &TopUp) -> AnyView {
        let t = self.t;
        match standing {
            Standing::Unpaid => view! {
                {self.pay_button(t.pay, ButtonLook::Primary)}
                {self.cancel_button()}
            }
            .into_any(),
            Standing::Paying => view! {
                <Button
                    label=t.i_have_paid
                    action="i-have-paid"
                    busy=self.asking
                    busy_label=t.asking
                    on_press=move |()| self.ask()
                />
                {self.pay_button(t.pay_again, ButtonLook::Default)}
                {self.cancel_button()}
            }
            .into_any(),
            Standing::Closed | Standing::Failed | Standing::Refunded => {
                let href = Route::TopUp(order.card_id.clone(), order.wallet).to_string();
                view! { <ButtonLink href label=t.top_up_again action="top-up"/> }.into_any()
            }
            Standing::OnCard | Standing::Claimed | Standing::Paid => {
                let href = Route::Card(order.card_id.clone()).to_string();
                view! { <ButtonLink href label=t.see_card look=ButtonLook::Default action="see-card"/> }
                    .into_any()
            }
            Standing::NeedsConfirmation => self.confirm_button(),
            Standing::Waiting | Standing::Unknown | Standing::Refunding => ().into_any(),
        }
    }

    fn actions(self) -> AnyView {
        let t = self.t;
        view! {
            <Actions>
                <Button
                    label=t.refresh
                    action="refresh"
                    look=ButtonLook::Default
                    icon=Icon::Refresh
                    busy=self.asking
                    busy_label=t.asking
                    on_press=move |()| self.ask()
                />
            </Actions>
        }
        .into_any()
    }

    fn pay_button(self, label: &'static str, look: ButtonLook) -> AnyView {
        view! {
            <Button
                label
                action="continue-payment"
                look
                busy=self.is(Busy::Paying)
                busy_label=self.t.going
                on_press=move |()| self.go_on_paying()
            />
        }
        .into_any()
    }

    fn confirm_button(self) -> AnyView {
        view! {
            <Button
                label=self.t.confirm
                action="confirm-claim"
                busy=self.is(Busy::Confirming)
                busy_label=self.t.confirming
                on_press=move |()| self.confirm()
            />
        }
        .into_any()
    }

    fn cancel_button(self) -> AnyView {
        view! {
            <Button
                label=self.t.cancel
                action="cancel-order"
                look=ButtonLook::Default
                busy=self.is(Busy::Cancelling)
                busy_label=self.t.cancelling
                on_press=move |()| self.cancel()
            />
        }
        .into_any()
    }
}

/// Whether the answer names the order that is shown: card, wallet and amount.
fn same(before: Option<&TopUp>, after: &TopUp) -> bool {
    before.is_none_or(|before| {
        (
            &before.id,
            &before.card_id,
            before.wallet,
            before.amount_fen,
        ) == (&after.id, &after.card_id, after.wallet, after.amount_fen)
    })
}

fn stopped(t: &'static OrdersText, stop: Stop) -> AnyView {
    let (tone, word, text) = match stop {
        Stop::Scan(scan) => return scan::view(t, scan),
        Stop::NoWay => (Tone::Warn, t.no_way, t.no_way_text.to_owned()),
        Stop::Mismatch => (Tone::Danger, t.mismatch, t.mismatch_text.to_owned()),
    };
    view! { <Notice tone word alert=true><p>{text}</p></Notice> }.into_any()
}

fn by_hand(t: &'static OrdersText, text: &str) -> AnyView {
    let lines = text
        .lines()
        .map(|line| view! { <p>{line.to_owned()}</p> })
        .collect_view();
    view! {
        <Section title=t.keep note=t.copy_by_hand>
            <Prose>{lines}</Prose>
        </Section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use dika_contract::{ClaimState, Fen};

    use super::*;

    #[test]
    fn another_amount_is_not_the_same_order() {
        let order =
            super::super::evidence::tests::order(PaymentState::Created, ClaimState::NotNeeded);
        let mut later = order.clone();
        later.payment = PaymentState::Paying;
        assert!(same(Some(&order), &later));
        assert!(same(None, &later));
        later.amount_fen = Fen::new(1);
        assert!(!same(Some(&order), &later));
    }
}
