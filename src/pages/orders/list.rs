//! All orders, newest first, by month.

use dika_contract::{TopUp, TopUpPage};
use leptos::prelude::*;

use super::{months::chart, order_row};
use crate::{
    api::{Api, Fault},
    effect::effect,
    pages::refusal::Refusal,
    platform,
    reading::Reading,
    route::Route,
    text::{Common, Locale, OrdersText, Title, month},
    ui::{Bones, Button, ButtonLink, ButtonLook, Cells, Empty, Icon, Loaded, Page},
};

/// All orders, by month.
#[component]
pub(crate) fn List() -> impl IntoView {
    let route = Route::Orders;
    let (t, common) = (OrdersText::here(), Common::here());
    let api = StoredValue::new(Api::here());
    let first = Reading::new(|api| Box::pin(async move { api.top_ups(None).await }));

    // Pages after the first, and everything that was ever on the first: when new orders push some
    // off it, they stay in the list.
    let older = RwSignal::new(Vec::<TopUp>::new());
    // The cursor behind the last page that was loaded; none before the student asked for more.
    let cursor = RwSignal::new(None::<Option<String>>);
    effect(move || {
        if let Some(page) = first.value() {
            older.update(|older| *older = merged(page.items, older));
        }
    });

    let loading = RwSignal::new(false);
    let fault = RwSignal::new(None::<Fault>);
    let load_more = Callback::new(move |from: String| {
        if loading.get_untracked() {
            return;
        }
        loading.set(true);
        fault.set(None);
        let api = api.get_value();
        platform::spawn(async move {
            let answer = api.top_ups(Some(&from)).await;
            loading.try_set(false);
            match answer {
                Ok(TopUpPage { items, next_cursor }) => {
                    older.try_update(|older| *older = merged(items, older));
                    cursor.try_set(Some(next_cursor));
                }
                Err(refusal) => {
                    fault.try_set(Some(refusal));
                }
            }
        });
    });

    let draw = move |page: TopUpPage| {
        if page.items.is_empty() {
            return view! {
                <Empty title=t.none text=t.none_text icon=Icon::Orders>
                    <ButtonLink href=Route::Home.to_string() label=t.go_home look=ButtonLook::Default action="home"/>
                </Empty>
            }
            .into_any();
        }
        let six_months = chart(api, &page);
        let TopUpPage { items, next_cursor } = page;
        let more = move || {
            cursor
                .get()
                .unwrap_or_else(|| next_cursor.clone())
                .map(|from| {
                    view! {
                        <Button
                            label=t.load_more
                            action="load-more"
                            look=ButtonLook::Default
                            busy=loading
                            busy_label=t.loading_more
                            on_press=move |()| load_more.run(from.clone())
                        />
                    }
                })
        };
        view! {
            {six_months}
            {move || months(&older.with(|older| merged(items.clone(), older)))}
            <Refusal fault/>
            {more}
        }
        .into_any()
    };

    view! {
        <Page name=route.page() title=Title::here().title(&route)>
            <Loaded
                state=first.load()
                retry_label=common.retry
                on_retry=move |()| first.ask()
                waiting=Bones::Cells
                waiting_label=common.loading
                draw
            />
        </Page>
    }
}

/// What was just read, and the rest of what was known before; newest first.
pub(super) fn merged(read: Vec<TopUp>, known: &[TopUp]) -> Vec<TopUp> {
    let mut all = read;
    for order in known {
        if !all.iter().any(|read| read.id == order.id) {
            all.push(order.clone());
        }
    }
    // Stable: orders of one second stay as the server gave them.
    all.sort_by_key(|order| core::cmp::Reverse(order.created_at));
    all
}

/// One group of rows per month in China.
fn months(orders: &[TopUp]) -> AnyView {
    let locale = Locale::here();
    orders
        .chunk_by(|one, next| {
            let (one, next) = (one.created_at.in_china(), next.created_at.in_china());
            (one.year, one.month) == (next.year, next.month)
        })
        .map(|group| {
            let title = group
                .first()
                .map(|order| month(locale, order.created_at))
                .unwrap_or_default();
            let rows = group.iter().map(order_row).collect_view();
            view! { <Cells title>{rows}</Cells> }
        })
        .collect_view()
        .into_any()
}

#[cfg(test)]
mod tests {
    use dika_contract::{ClaimState, OrderId, PaymentState, Timestamp};

    use super::*;

    fn order(id: &str, at: i64, payment: PaymentState) -> TopUp {
        let mut order = super::super::evidence::tests::order(payment, ClaimState::NotNeeded);
        order.id = OrderId::parse(id).expect("an id");
        order.created_at = Timestamp::from_unix(at);
        order
    }

    #[test]
    fn what_is_read_replaces_what_was_known_and_drops_nothing() {
        let known = [
            order("b", 20, PaymentState::Created),
            order("a", 10, PaymentState::Paid),
        ];
        let read = vec![
            order("c", 30, PaymentState::Created),
            order("b", 20, PaymentState::Paid),
        ];
        let all = merged(read, &known);
        let ids: Vec<&str> = all.iter().map(|order| order.id.as_str()).collect();
        assert_eq!(ids, ["c", "b", "a"]);
        assert_eq!(all[1].payment, PaymentState::Paid);
    }
}
