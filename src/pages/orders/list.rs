//! The list of all orders, newest first, by month.

use dika_contract::{TopUp, TopUpPage};
use dika_markup::{Node, view};
use leptos::prelude::*;

use super::{chart::chart, merge::merged, order_row};
use crate::{
    api::Api,
    effect::effect,
    pages::{fault_notice::FaultNotice, query_view::query_view},
    query::Query,
    route::Route,
    submit::Submit,
    text::{self, OrdersText, Title, month},
    ui::{Button, ButtonLink, ButtonVariant, Cells, Empty, Icon, Page, SkeletonShape},
};

/// All orders, by month.
#[component]
pub(crate) fn List() -> Node {
    let route = Route::Orders;
    let t = OrdersText::current();
    let api = StoredValue::new(Api::from_context());
    let first = Query::new(|api| Box::pin(async move { api.top_ups(None).await }));

    // All orders loaded so far. An order that newer ones push off the first page stays in the list.
    let older = RwSignal::new(Vec::<TopUp>::new());
    // The cursor after the last page; `None` until the student loads another page than the first.
    let cursor = RwSignal::new(None::<Option<String>>);
    effect(move || {
        if let Some(page) = first.value() {
            older.update(|older| *older = merged(page.items, older));
        }
    });

    let load_more = Submit::new();
    let on_load_more = Callback::new(move |from: String| {
        let api = api.get_value();
        load_more.run(
            async move { api.top_ups(Some(&from)).await },
            move |reply| {
                let TopUpPage { items, next_cursor } = reply?;
                older.try_update(|older| *older = merged(items, older));
                cursor.try_set(Some(next_cursor));
                Ok(())
            },
        );
    });

    let draw = move |page: TopUpPage| {
        if page.items.is_empty() {
            return view! {
                <Empty title=t.none text=t.none_text icon=Icon::Orders>
                    <ButtonLink href=Route::Home.to_string() label=t.go_home variant=ButtonVariant::Default action="home"/>
                </Empty>
            };
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
                            busy=load_more.busy
                            busy_label=t.loading_more
                            on_press=move |()| on_load_more.run(from.clone())
                        />
                    }
                })
        };
        view! {
            {six_months}
            {move || months(&older.with(|older| merged(items.clone(), older)))}
            <FaultNotice fault=load_more.fault/>
            {more}
        }
    };

    view! {
        <Page name=route.page() title=Title::current().title(&route)>
            {query_view(first, SkeletonShape::Cells, draw)}
        </Page>
    }
}

/// A group of rows for each month in China.
fn months(orders: &[TopUp]) -> Node {
    let language = text::language();
    orders
        .chunk_by(|one, next| {
            let (one, next) = (one.created_at.in_china(), next.created_at.in_china());
            (one.year, one.month) == (next.year, next.month)
        })
        .map(|group| {
            let title = group
                .first()
                .map(|order| month(language, order.created_at))
                .unwrap_or_default();
            let rows = group.iter().map(order_row).collect::<Node>();
            view! { <Cells title>{rows}</Cells> }
        })
        .collect::<Node>()
}
