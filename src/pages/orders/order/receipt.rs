//! The order's facts, as a receipt once it is paid, and the ways to keep or share it.

use dika_contract::{TopUp, TopUpEvent};
use dika_markup::{Node, view};
use leptos::prelude::*;

use super::{actions::OrderActions, numbers::others_numbers};
use crate::pages::orders::status::OrderStatus;
use crate::{
    pages::{card_face::number_ending, service_points::points_link},
    platform,
    text::{self, Common, OrdersText, date_and_clock, fill},
    ui::{ButtonCell, Cells, Fact, Facts, Icon},
};

/// Whether money was taken, so that there is a receipt.
pub(super) const fn has_receipt(status: OrderStatus) -> bool {
    match status {
        OrderStatus::Settling
        | OrderStatus::Waiting
        | OrderStatus::NeedsConfirmation
        | OrderStatus::OnCard
        | OrderStatus::Claimed
        | OrderStatus::Paid
        | OrderStatus::Refunding
        | OrderStatus::Refunded => true,
        OrderStatus::Unpaid
        | OrderStatus::Paying
        | OrderStatus::Closed
        | OrderStatus::Failed
        | OrderStatus::Unknown => false,
    }
}

/// The facts below status and amount.
pub(super) fn facts(t: &OrdersText, common: &Common, order: &TopUp) -> Node {
    let language = text::language();
    let holder = &order.holder;
    let mut items = vec![
        Fact::new(
            t.card,
            [
                common.issuer(order.issuer),
                " ",
                &number_ending(common, &order.card_no_masked),
            ]
            .concat(),
        ),
        Fact::new(t.wallet, common.wallet(order.wallet)),
        Fact::new(
            t.holder,
            [holder.name.as_str(), " ", &holder.student_no].concat(),
        ),
    ];
    let mut at = |label, at| {
        items.push(Fact::new(label, date_and_clock(language, at)));
    };
    if !has_receipt(OrderStatus::of(order)) {
        at(t.created, order.created_at);
    }
    for (event, label) in [
        (TopUpEvent::Paid, t.paid_at),
        (TopUpEvent::Claimed, t.claimed_at),
        (TopUpEvent::Refunded, t.refunded_at),
        (TopUpEvent::SecondPayment, t.second_payment_at),
        (
            TopUpEvent::SecondPaymentReturned,
            t.second_payment_returned_at,
        ),
    ] {
        if let Some(then) = order.when(event) {
            at(label, then);
        }
    }
    if order.awaits_collection() && !order.terminals.is_empty() {
        items.push(Fact::new(
            t.collect_where,
            common.terminals(&order.terminals),
        ));
    }
    items.push(Fact::code(t.order_no, grouped(order.id.as_str())));
    for (label, number) in others_numbers(t, order) {
        items.push(Fact::code(label, grouped(number)));
    }
    view! { <Facts items/> }
}

/// A number in groups of four, so that it can be read out.
fn grouped(number: &str) -> String {
    let signs: Vec<char> = number.chars().collect();
    let groups: Vec<String> = signs
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}

/// A text for a friend: how to collect this kind of money, and where to ask. No name, number, amount or
/// order.
fn share_text(t: &OrdersText, common: &Common, order: &TopUp, origin: &str) -> String {
    let link = [origin, &points_link(None, Some(order.issuer))].concat();
    fill(
        t.friend_text,
        &[
            common.issuer(order.issuer),
            common.wallet(order.wallet),
            &common.terminals(&order.terminals),
            &link,
        ],
    )
}

/// Copy for the service point, print, share: each where the order's status gives a reason.
pub(super) fn keep_section(
    actions: OrderActions,
    order: &TopUp,
    copy: Callback<()>,
    draw: Callback<()>,
) -> Node {
    let OrderActions {
        t,
        common,
        toaster,
        copy_by_hand,
        ..
    } = actions;
    let print = has_receipt(OrderStatus::of(order)).then_some(move || {
        // WeChat can't print, and fails silently.
        if actions.is_in_wechat.get() {
            return view! { <ButtonCell label=t.save_picture note=t.save_picture_note icon=Icon::Orders action="save-picture" on_press=draw/> };
        }
        let print = move |()| {
            if !platform::print() {
                toaster.show(t.take_screenshot);
            }
        };
        view! { <ButtonCell label=t.print note=t.print_note icon=Icon::Orders action="print" on_press=print/> }
    });
    let share = (order.awaits_collection() && !order.terminals.is_empty()).then(|| {
        let order = order.clone();
        let share = move |()| {
            let text = share_text(t, common, &order, &platform::origin());
            if platform::share(&text) {
                return;
            }
            if platform::copy(&text) {
                toaster.show(t.friend_copied);
            } else {
                copy_by_hand.set(Some(text));
            }
        };
        view! { <ButtonCell label=t.share note=t.share_note icon=Icon::Person action="share" on_press=share/> }
    });
    view! {
        <Cells title=t.keep>
            <ButtonCell label=t.copy note=t.copy_note icon=Icon::Copy action="copy-evidence" on_press=copy/>
            {print}
            {share}
        </Cells>
    }
}

#[cfg(test)]
mod tests {
    use dika_contract::{ClaimState, Language, PaymentState};

    use super::*;

    #[test]
    fn the_shared_text_says_how_to_collect_and_nothing_private() {
        let order =
            crate::pages::orders::test_order::order(PaymentState::Paid, ClaimState::Waiting);
        for language in Language::ALL {
            let common = Common::of(*language);
            let text = share_text(
                OrdersText::of(*language),
                common,
                &order,
                "https://dika.example",
            );
            for wanted in [
                common.hemc,
                common.wallet_utilities,
                common.hemc_top_up,
                "https://dika.example/service-points?card=hemc",
            ] {
                assert!(text.contains(wanted), "{wanted} is not in: {text}");
            }
            for private in ["Chen", "3124", "5678", "12.34", "01ORDER", "{"] {
                assert!(!text.contains(private), "{private} is in: {text}");
            }
        }
    }

    #[test]
    fn a_number_is_grouped_and_keeps_its_signs() {
        assert_eq!(grouped("01J9ZK3V7Q"), "01J9 ZK3V 7Q");
        assert_eq!(grouped(""), "");
    }

    #[test]
    fn there_is_a_receipt_where_money_was_taken() {
        for payment in PaymentState::ALL {
            let status = OrderStatus::from_states(*payment, ClaimState::Waiting);
            assert_eq!(
                has_receipt(status),
                matches!(
                    payment,
                    PaymentState::Paid | PaymentState::Refunding | PaymentState::Refunded
                ),
                "{payment}"
            );
        }
    }
}
