//! Which card to bind.

use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// Which card to bind.
#[component]
pub(crate) fn Choose() -> impl IntoView {
    let route = Route::BindChoose;
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
