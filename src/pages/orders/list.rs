//! All orders, newest first, by month.

use dika_contract::{TopUp, TopUpPage};
use leptos::prelude::*;

use super::{chart::chart, merge::merged, order_row};
use crate::{
    api::{Api, Fault},
    effect::effect,
    pages::{fault_notice::FaultNotice, query_view::query_view},
    platform,
    query::Query,
    route::Route,
    text::{Locale, OrdersText, Title, month},
    ui::{Button, ButtonLink, ButtonVariant, Cells, Empty, Icon, Page, SkeletonShape},
};

/// All orders, by month.
#[component]
pub(crate) fn List() -> impl IntoView {
    let route = Route::Orders;
    let t = OrdersText::current();
    let api = StoredValue::new(Api::from_context());
    let first = Query::new(|api| Box::pin(async move { api.top_ups(None).await }));

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
                    <ButtonLink href=Route::Home.to_string() label=t.go_home variant=ButtonVariant::Default action="home"/>
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
                            variant=ButtonVariant::Default
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
            <FaultNotice fault/>
            {more}
        }
        .into_any()
    };

    view! {
        <Page name=route.page() title=Title::current().title(&route)>
            {query_view(first, SkeletonShape::Cells, draw)}
        </Page>
    }
}

/// One group of rows per month in China.
fn months(orders: &[TopUp]) -> AnyView {
    let locale = Locale::current();
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
