//! All orders, by month.

use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// All orders, by month.
#[component]
pub(crate) fn List() -> impl IntoView {
    let route = Route::Orders;
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
