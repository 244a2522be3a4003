//! The review before money moves: amount, holder, wallet, and how the money reaches the card.

use dika_contract::{Wallet, WalletKind};
use dika_markup::{Node, view};
use leptos::prelude::*;

use super::{
    flow::{Flow, Step, StopReason},
    state::{TopUpContext, TopUpForm},
};
use crate::{
    pages::{card_face::number_ending, fault_notice::FaultNotice, legal_links::legal_links},
    route::Route,
    text::{self, Common, TopUpText, day_and_clock, duration, fill, yuan},
    ui::{
        Actions, Amount, AmountSize, Button, ButtonLink, ButtonVariant, Fact, Facts, Notice,
        Section, Tone, mark_chinese,
    },
};

pub(super) fn review(form: TopUpForm, context: &TopUpContext, wallet: &Wallet) -> Node {
    let (t, common) = (TopUpText::current(), Common::current());
    let Some(amount) = form
        .flow
        .with_untracked(|flow| flow.intent().map(|intent| intent.amount))
    else {
        return Node::Nothing;
    };
    let card = &context.card;
    let holder = &card.identity;
    let mut facts = vec![
        Fact::new(
            t.card,
            [
                common.issuer(card.issuer),
                " ",
                &number_ending(common, &card.card_no_masked),
            ]
            .concat(),
        ),
        Fact::new(
            t.holder,
            [holder.name.as_str(), " ", &holder.student_no].concat(),
        ),
        Fact::new(t.wallet, common.wallet(wallet.kind)),
    ];
    facts.extend(
        context
            .payee
            .as_deref()
            .map(|payee| Fact::new(t.payee, payee)),
    );
    let next = claim_text(t, common, wallet);
    let large = wallet
        .limits
        .as_ref()
        .and_then(|limits| limits.warn_from_fen)
        .is_some_and(|from| amount >= from);
    let warn = large && wallet.kind == WalletKind::Utilities;

    let fault = Signal::derive(move || {
        form.flow.with(|flow| match flow.step() {
            Step::Stopped(StopReason::Fault(fault)) => Some(fault.clone()),
            _ => None,
        })
    });
    let stopped = move || {
        form.flow.with(|flow| match flow.step() {
            Step::Stopped(StopReason::Fault(fault)) if fault.is_outcome_unknown() => Some(doubt(t)),
            Step::Stopped(StopReason::Mismatch(order)) => Some(see_order(
                t,
                Tone::Danger,
                (t.mismatch_title.to_owned(), t.mismatch_text.to_owned()),
                Route::Order(order.clone()),
            )),
            Step::Stopped(StopReason::OrderClosed(order)) => Some(see_order(
                t,
                Tone::Warn,
                (t.over_title.to_owned(), t.over_text.to_owned()),
                Route::Order(order.clone()),
            )),
            Step::Stopped(StopReason::AlreadyPaid(order, paid_at)) => {
                let title = fill(t.paid_title, &[&yuan(amount)]);
                let text = fill(t.paid_text, &[&day_and_clock(text::language(), *paid_at)]);
                Some(see_order(
                    t,
                    Tone::Warn,
                    (title, text),
                    Route::Order(order.clone()),
                ))
            }
            _ => None,
        })
    };
    let busy = Signal::derive(move || {
        form.flow
            .with(|flow| matches!(flow.step(), Step::Sending | Step::Placed(_)))
    });
    let can_pay = Memo::new(move |_| form.flow.with(Flow::can_pay));
    let already_paid = move || {
        form.flow
            .with(|flow| matches!(flow.step(), Step::Stopped(StopReason::AlreadyPaid(..))))
    };
    let label = Signal::derive(move || {
        let words = if already_paid() { t.pay_another } else { t.pay };
        fill(words, &[&yuan(amount)])
    });
    view! {
        <Section title=t.review_title>
            <div class="actions">
                <Amount text=yuan(amount) size=AmountSize::Huge/>
                <Button label=t.edit variant=ButtonVariant::Link small=true action="edit" disabled=busy on_press=form.edit/>
            </div>
            <Facts items=facts big=true/>
        </Section>
        <Notice tone=Tone::Info word=t.next><p>{mark_chinese(next)}</p></Notice>
        {warn
            .then(|| {
                view! { <Notice tone=Tone::Warn word=t.warn_title><p>{t.warn_text}</p></Notice> }
            })}
        <FaultNotice fault/>
        {stopped}
        {legal_links(common.agree_to_pay)}
        <Actions>
            {move || {
                can_pay
                    .get()
                    .then(|| view! { <Button label action="pay" busy busy_label=t.paying on_press=form.pay/> })
            }}
        </Actions>
    }
}

/// How the money reaches the card.
fn claim_text(t: &TopUpText, common: &Common, wallet: &Wallet) -> String {
    let rule = &wallet.claim;
    let machines = common.terminals(&rule.terminals);
    match rule.within_s {
        _ if !rule.is_needed() => t.by_itself.to_owned(),
        None => fill(t.collect, &[&machines]),
        Some(within) => {
            let within = duration(text::language(), i64::from(within));
            fill(t.collect_soon, &[&machines, &within])
        }
    }
}

/// It is unknown whether the order exists. Trying again is safe, because the key is the same.
fn doubt(t: &'static TopUpText) -> Node {
    view! {
        <Notice tone=Tone::Info word=t.doubt>
            <ButtonLink href=Route::Orders.to_string() label=t.see_orders variant=ButtonVariant::Link action="see-orders"/>
        </Notice>
    }
}

fn see_order(
    t: &'static TopUpText,
    tone: Tone,
    (title, text): (String, String),
    order: Route,
) -> Node {
    view! {
        <Notice tone word=title alert=true>
            <p>{text}</p>
            <ButtonLink href=order.to_string() label=t.see_order variant=ButtonVariant::Link action="open-order"/>
        </Notice>
    }
}
