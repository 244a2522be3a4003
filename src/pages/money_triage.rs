//! Where is my money?

use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// Where is my money?
#[component]
pub(crate) fn MoneyTriage() -> impl IntoView {
    let route = Route::MoneyTriage;
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
