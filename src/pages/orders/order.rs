//! One order: where the money is, what to do next.

use dika_contract::OrderId;
use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// One order: where the money is, what to do next.
#[component]
pub(crate) fn OrderPage(id: OrderId) -> impl IntoView {
    let route = Route::Order(id);
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
