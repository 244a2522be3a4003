//! One card: amounts, wallets, recent orders.

use dika_contract::CardId;
use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// One card: amounts, wallets, recent orders.
#[component]
pub(crate) fn CardPage(id: CardId) -> impl IntoView {
    let route = Route::Card(id);
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
