//! The order as drawn: one view per status.

use dika_contract::{ErrorCode, PayChannel, TopUp, TopUpEvent};
use dika_markup::{Node, view};
use leptos::prelude::*;

use super::{
    actions::{OrderActions, PaymentBlocker, PendingAction},
    collect, receipt, scan, timeline,
};
use crate::{
    pages::{
        fault_notice::FaultNotice,
        orders::status::{OrderStatus, proves_no_money_taken},
    },
    route::Route,
    text::{self, OrdersText, clock, fill, yuan},
    ui::{
        Amount, AmountSize, Button, ButtonLink, ButtonVariant, Icon, Notice, Outcome, Prose,
        Section, Timeline, Tone,
    },
    wechat::BrowserKind,
};

/// The whole order.
pub(super) fn order(actions: OrderActions, order: &TopUp) -> Node {
    let OrderActions { t, common, .. } = actions;
    let status = OrderStatus::of(order);
    let is_to_collect = order.awaits_collection();
    let events = timeline::items(t, text::language(), order);
    let copied = order.clone();
    let drawn = order.clone();
    let copy = Callback::new(move |()| actions.copy_evidence(&copied));
    let draw = Callback::new(move |()| actions.draw_evidence(&drawn));
    view! {
        <div
            class="stack"
            data-order=order.id.as_str().to_owned()
            data-payment=order.payment.as_str()
            data-claim=order.claim.as_str()
        >
            // First, so that a code to scan is in sight. Not needed once the order is paid.
            {matches!(status, OrderStatus::Unpaid | OrderStatus::Paying)
                .then(|| move || actions.blocker.get().map(|blocker| payment_blocker(actions, blocker)))}
            // What to do first; the receipt's facts after it.
            <div class="slip">
                {head(t, status, order)}
                {(status == OrderStatus::NeedsConfirmation)
                    .then(|| {
                        view! {
                            <div class="slip-part">
                                <FaultNotice fault=actions.fault/>
                                {confirm_button(actions)}
                            </div>
                        }
                    })}
                {is_to_collect.then(|| collect::machines(actions, order))}
                {receipt::facts(t, common, order)}
            </div>
            {(status == OrderStatus::Paying)
                .then(|| {
                    view! { <Notice tone=Tone::Info word=t.paid_or_not><p>{t.paid_or_not_text}</p></Notice> }
                })}
            {(status != OrderStatus::NeedsConfirmation).then(|| view! { <FaultNotice fault=actions.fault/> })}
            {matches!(status, OrderStatus::Unpaid | OrderStatus::Paying)
                .then(|| move || {
                    let refused = actions.fault.with(|fault| {
                        fault.as_ref().is_some_and(|fault| fault.is(ErrorCode::PaymentUnavailable))
                    });
                    refused.then(|| other_way(actions))
                })}
            {next_step(actions, status, order)}
            {collect::help(order)}
            <Section title=t.timeline>
                <Timeline label=t.timeline items=events/>
                {refresh_line(actions)}
            </Section>
            {receipt::keep_section(actions, order, copy, draw)}
            {move || actions.copy_by_hand.get().map(|text| copy_by_hand(t, &text))}
            {move || actions.picture.get().map(|picture| saved_picture(t, picture))}
        </div>
    }
}

/// Headline and text of an order.
pub(super) fn headline(t: &'static OrdersText, order: &TopUp) -> (&'static str, &'static str) {
    let status = OrderStatus::of(order);
    if status == OrderStatus::Waiting && order.when(TopUpEvent::ClaimConfirmed).is_some() {
        t.reopened
    } else {
        status.words(t)
    }
}

fn head(t: &'static OrdersText, status: OrderStatus, order: &TopUp) -> Node {
    let (title, text) = headline(t, order);
    let mut text = text.to_owned();
    if proves_no_money_taken(order) {
        text.push(' ');
        text.push_str(t.nothing_taken);
    }
    let until = match status {
        OrderStatus::Unpaid => t.pay_by,
        OrderStatus::Unknown => t.another_after,
        _ => "",
    };
    if !until.is_empty() {
        text.push(' ');
        text.push_str(&fill(until, &[&clock(order.pay_by)]));
    }
    let amount = yuan(order.amount_fen);
    let left = (status == OrderStatus::Waiting).then(|| collect::deadline(order.claim_by));
    view! {
        <Outcome tone=status.tone() title text>
            <Amount text=amount size=AmountSize::Huge/>
            {left}
        </Outcome>
    }
}

/// The buttons that the status calls for, below the receipt and in reach without scrolling.
fn next_step(actions: OrderActions, status: OrderStatus, order: &TopUp) -> Node {
    let t = actions.t;
    match status {
        OrderStatus::Unpaid => view! {
            {pay_button(actions, t.pay, ButtonVariant::Primary)}
            {cancel_button(actions)}
        },
        OrderStatus::Paying => view! {
            <Button
                label=t.i_have_paid
                action="i-have-paid"
                busy=actions.asking
                busy_label=t.asking
                on_press=move |()| actions.refetch()
            />
            {pay_button(actions, t.pay_again, ButtonVariant::Default)}
            {cancel_button(actions)}
        },
        OrderStatus::Closed | OrderStatus::Failed | OrderStatus::Refunded => {
            let href = Route::TopUp(order.card_id.clone(), order.wallet).to_string();
            view! { <ButtonLink href label=t.top_up_again action="top-up"/> }
        }
        OrderStatus::OnCard | OrderStatus::Claimed | OrderStatus::Paid => {
            let href = Route::Card(order.card_id.clone()).to_string();
            view! { <ButtonLink href label=t.see_card variant=ButtonVariant::Default action="see-card"/> }
        }
        // The button to confirm stands under the headline.
        OrderStatus::NeedsConfirmation
        | OrderStatus::Settling
        | OrderStatus::Waiting
        | OrderStatus::Unknown
        | OrderStatus::Refunding => Node::Nothing,
    }
}

/// A small button beside the time of the last answer.
fn refresh_line(actions: OrderActions) -> Node {
    let OrderActions { t, common, .. } = actions;
    let as_of = move || {
        actions
            .as_of()
            .map(|as_of| fill(common.as_of, &[&clock(as_of)]))
    };
    view! {
        <div class="row">
            <p class="muted small">{as_of}</p>
            <Button
                label=t.refresh
                action="refresh"
                variant=ButtonVariant::Link
                icon=Icon::Refresh
                small=true
                busy=actions.asking
                busy_label=t.asking
                on_press=move |()| actions.refetch()
            />
        </div>
    }
}

fn pay_button(actions: OrderActions, label: &'static str, variant: ButtonVariant) -> Node {
    view! {
        <Button
            label
            action="continue-payment"
            variant
            busy=actions.is_paying()
            busy_label=actions.t.going
            disabled=actions.is_blocked(PendingAction::Pay)
            on_press=move |()| actions.continue_payment()
        />
    }
}

fn confirm_button(actions: OrderActions) -> Node {
    view! {
        <Button
            label=actions.t.confirm
            action="confirm-claim"
            busy=actions.is_pending(PendingAction::ConfirmClaim)
            disabled=actions.is_blocked(PendingAction::ConfirmClaim)
            busy_label=actions.t.confirming
            on_press=move |()| actions.confirm_claim()
        />
    }
}

fn cancel_button(actions: OrderActions) -> Node {
    view! {
        <Button
            label=actions.t.cancel
            action="cancel-order"
            variant=ButtonVariant::Default
            busy=actions.is_pending(PendingAction::Cancel)
            disabled=actions.is_blocked(PendingAction::Cancel)
            busy_label=actions.t.cancelling
            on_press=move |()| actions.cancel()
        />
    }
}

fn payment_blocker(actions: OrderActions, blocker: PaymentBlocker) -> Node {
    let t = actions.t;
    let (tone, word, text) = match blocker {
        PaymentBlocker::ScanCode(scan) => {
            return view! {
                {scan::view(t, scan)}
                {other_way_to(actions, (BrowserKind::current() != BrowserKind::Desktop)
                    .then(|| BrowserKind::current().channel())
                    .or_else(OrderActions::other_channel))}
            };
        }
        PaymentBlocker::NotOpened => {
            return view! {
                <Notice tone=Tone::Warn word=t.not_opened alert=true>
                    <p>{t.not_opened_text}</p>
                </Notice>
                {other_way(actions)}
            };
        }
        PaymentBlocker::UnknownMethod => (Tone::Warn, t.no_way, t.no_way_text.to_owned()),
        PaymentBlocker::Mismatch => (Tone::Danger, t.mismatch, t.mismatch_text.to_owned()),
    };
    view! { <Notice tone word alert=true><p>{text}</p></Notice> }
}

/// A button for the other way to pay in this browser, where there is one.
fn other_way(actions: OrderActions) -> Node {
    other_way_to(actions, OrderActions::other_channel())
}

fn other_way_to(actions: OrderActions, channel: Option<PayChannel>) -> Node {
    let Some(channel) = channel else {
        return Node::Nothing;
    };
    let (label, action) = match channel {
        PayChannel::Native => (actions.t.pay_by_code, "pay-by-code"),
        PayChannel::Jsapi | PayChannel::H5 | PayChannel::Auto => {
            (actions.t.pay_on_this_device, "pay-on-this-device")
        }
    };
    view! {
        <Button
            label
            action
            variant=ButtonVariant::Default
            busy=actions.is_paying()
            busy_label=actions.t.going
            on_press=move |()| actions.continue_payment_by(channel)
        />
    }
}

/// The proof of payment as a picture.
fn saved_picture(t: &'static OrdersText, picture: String) -> Node {
    view! {
        <Section title=t.save_picture note=t.press_picture>
            <img class="proof" src=picture alt=t.evidence_title data-proof=""/>
        </Section>
    }
}

fn copy_by_hand(t: &'static OrdersText, text: &str) -> Node {
    let lines = text
        .lines()
        .map(|line| view! { <p>{line.to_owned()}</p> })
        .collect::<Node>();
    view! {
        <Section title=t.keep note=t.copy_by_hand>
            <Prose>{lines}</Prose>
        </Section>
    }
}
