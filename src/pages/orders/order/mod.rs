//! One order: its status, where the money is, and what to do next.

use dika_contract::{OrderId, PaymentState, TopUp};
use dika_markup::{Node, view};
use leptos::prelude::*;

use self::actions::OrderActions;
use super::{handover, status::OrderStatus};
use crate::{
    effect::effect,
    pages::{payment_intent, query_view::query_view},
    platform,
    poll::Pace,
    query::Query,
    route::Route,
    text::{FrameText, Title},
    ui::{LiveRegion, Page, SkeletonShape},
    wechat::BrowserKind,
};

/// The order's writes: pay, cancel, confirm a claim.
mod actions;
/// Where and until when waiting money can be collected.
mod collect;
/// A text about the order for the service point.
mod evidence;
/// What others call the order's money.
mod numbers;
/// The facts of an order as a receipt, and the ways to keep it.
mod receipt;
/// A QR code to pay with.
mod scan;
/// The order's events so far, and the steps to come.
mod timeline;
/// The order as drawn.
mod view;

/// One order.
#[component]
pub(crate) fn OrderPage(id: OrderId) -> Node {
    let route = Route::Order(id.clone());
    let asking = RwSignal::new(false);
    // Whether an element had the focus before a call that may change the order.
    let had_focus = StoredValue::new(false);
    let order = {
        let id = id.clone();
        Query::of_page(move |api| {
            let id = id.clone();
            if !api.is_of_page() {
                had_focus.try_set_value(platform::has_focus());
                asking.try_set(true);
            }
            Box::pin(async move {
                let answer = api.top_up(&id).await;
                asking.try_set(false);
                answer
            })
        })
    };
    let actions = OrderActions::new(id.clone(), order, asking, had_focus);
    // What the page brought along is what the server had: the provider is asked by a read of the page's own, for an
    // order that may have changed.
    let is_final = untrack(move || order.value()).is_some_and(|it| poll_pace(&it, false).is_none());

    effect(move || match handover::take(&id) {
        Some(mut made) => {
            let (prompt, id) = (made.prompt.take(), id.clone());
            order.set(made, platform::now());
            let attempt = actions.begin_first_payment();
            platform::spawn(async move {
                // The provider's way back, and the back button, must lead to this order.
                let here = Route::Order(id).to_string();
                platform::wait_for_address(|| platform::path_and_query() == here).await;
                let channel = BrowserKind::current().channel();
                actions.start_payment(prompt, channel, attempt).await;
            });
        }
        None if is_final => {}
        None => order.refetch(),
    });

    let came_back = RwSignal::new(false);
    let pace = Memo::new(move |_| {
        order
            .value()
            .and_then(|order| poll_pace(&order, came_back.get()))
    });
    order.poll(pace);
    effect(move || {
        platform::on_page_shown(move || {
            came_back.set(true);
            // The browser may have kept the page as it was when it left for the cashier: busy.
            actions.stop_waiting();
            if !asking.get_untracked() {
                order.refetch();
            }
        });
    });

    // Announces status changes. If the focused button goes with the old status, the focus moves to the
    // page's content.
    let announced = RwSignal::new(String::new());
    let mut before = None;
    effect(move || {
        let Some(order) = order.value() else {
            return;
        };
        payment_intent::end_if_paid(&order);
        let status = OrderStatus::of(&order);
        if before.replace(status).is_some_and(|was| was != status) {
            announced.set(view::headline(actions.t, &order).0.to_owned());
        }
        if had_focus.get_value() {
            platform::spawn(async {
                platform::next_task().await;
                if !platform::has_focus() {
                    platform::focus_main();
                }
            });
        }
    });

    let draw = move |order: TopUp| view::order(actions, &order);
    view! {
        <Page
            name=route.page()
            title=Title::current().title(&route)
            back=Route::Orders.to_string()
            back_label=FrameText::current().tab_orders
        >
            {query_view(order, SkeletonShape::Detail, draw)}
            <LiveRegion text=announced/>
        </Page>
    }
}

/// How often an order is read while its page is open; `None` for one that changes no more by itself.
fn poll_pace(order: &TopUp, came_back: bool) -> Option<Pace> {
    match order.payment {
        PaymentState::Paying | PaymentState::Unknown | PaymentState::Refunding => Some(Pace::Eager),
        // Unpaid: most likely to change right after a visit to the cashier.
        PaymentState::Created if came_back => Some(Pace::Eager),
        // It may be paid on another device; a closed one may still be paid late.
        PaymentState::Created | PaymentState::Closed | PaymentState::Failed => Some(Pace::Gentle),
        PaymentState::Paid
            if order.claim.is_open() || order.settling || order.second_payment_returns() =>
        {
            Some(Pace::Gentle)
        }
        PaymentState::Paid | PaymentState::Refunded => None,
    }
}

#[cfg(test)]
mod tests {
    use dika_contract::{ClaimState, TopUpEvent, top_up::TimelineEntry};

    use super::*;
    use crate::pages::orders::test_order;

    #[test]
    fn what_can_change_by_itself_is_polled() {
        for payment in PaymentState::ALL {
            for claim in ClaimState::ALL {
                let order = test_order::order(*payment, *claim);
                let pace = poll_pace(&order, false);
                let final_state = match payment {
                    PaymentState::Paid => !claim.is_open(),
                    PaymentState::Refunded => true,
                    _ => false,
                };
                assert_eq!(pace.is_none(), final_state, "{payment} {claim}");
            }
        }
    }

    #[test]
    fn a_second_payment_is_asked_about_until_it_is_back() {
        let mut order = test_order::order(PaymentState::Paid, ClaimState::Claimed);
        for (event, wanted) in [
            (TopUpEvent::SecondPayment, Some(Pace::Gentle)),
            (TopUpEvent::SecondPaymentReturned, None),
        ] {
            let at = order.created_at;
            order.timeline.push(TimelineEntry { event, at });
            assert_eq!(poll_pace(&order, false), wanted, "{event}");
        }
    }
}
