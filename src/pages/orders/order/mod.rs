//! One order: its status, where the money is, and what to do next.

use dika_contract::{OrderId, PaymentState, TopUp};
use leptos::prelude::*;

use self::{
    actions::{OrderActions, PendingAction},
    poll::poll,
};
use super::{handover, status::OrderStatus};
use crate::{
    effect::effect,
    pages::query_view::query_view,
    platform,
    query::Query,
    route::Route,
    text::{Common, Title},
    ui::{LiveRegion, Page, SkeletonShape},
};

/// The order's writes: pay, cancel, confirm a claim.
mod actions;
/// Where and until when waiting money can be collected.
mod collect;
/// A text about the order for the service point.
mod evidence;
/// Polling while a payment is undecided.
mod poll;
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
pub(crate) fn OrderPage(id: OrderId) -> impl IntoView {
    let route = Route::Order(id.clone());
    let common = Common::current();
    let asking = RwSignal::new(false);
    // Whether an element had the focus before a call that may change the order.
    let had_focus = StoredValue::new(false);
    let order = {
        let id = id.clone();
        Query::manual(move |api| {
            let id = id.clone();
            had_focus.try_set_value(platform::has_focus());
            asking.try_set(true);
            Box::pin(async move {
                let answer = api.top_up(&id).await;
                asking.try_set(false);
                answer
            })
        })
    };
    let actions = OrderActions::new(id.clone(), order, asking, had_focus);

    effect(move || match handover::take(&id) {
        Some(mut made) => {
            let (prompt, id) = (made.prompt.take(), id.clone());
            order.set(made, platform::now());
            actions.pending.set(PendingAction::Pay);
            platform::spawn(async move {
                // The provider's way back, and the back button, must lead to this order.
                let here = Route::Order(id).to_string();
                platform::wait_for_address(|| platform::path_and_query() == here).await;
                actions.start_payment(prompt).await;
            });
        }
        None => order.refetch(),
    });

    // An unpaid order changes by itself only after a visit to the cashier.
    let came_back = RwSignal::new(false);
    let is_undecided = Memo::new(move |_| {
        let payment = order.value().map(|order| order.payment);
        payment.is_some_and(|payment| {
            payment.is_moving() || (payment == PaymentState::Created && came_back.get())
        })
    });
    let refetch = Callback::new(move |()| order.refetch());
    let returned = Callback::new(move |()| {
        came_back.set(true);
        // The browser kept the page as it was when it left for the cashier: busy.
        if actions.pending.get_untracked() == PendingAction::Pay {
            actions.pending.set(PendingAction::None);
        }
    });
    poll(is_undecided, asking, refetch, returned);

    // Announces status changes. If the focused button goes with the old status, the focus moves to the
    // page's content.
    let announced = RwSignal::new(String::new());
    let mut before = None;
    effect(move || {
        let Some(order) = order.value() else {
            return;
        };
        let status = OrderStatus::of(&order);
        if before.replace(status).is_some_and(|was| was != status) {
            announced.set(status.words(actions.t).0.to_owned());
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
            back_label=common.tab_orders
        >
            {query_view(order, SkeletonShape::Detail, draw)}
            <LiveRegion text=announced/>
        </Page>
    }
}
