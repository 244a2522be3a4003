//! Cards, waiting money, unpaid orders.

use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// Cards, waiting money, unpaid orders.
#[component]
pub(crate) fn Home() -> impl IntoView {
    let route = Route::Home;
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
