//! Which card, which wallet?

use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// Which card, which wallet?
#[component]
pub(crate) fn WhichCard() -> impl IntoView {
    let route = Route::WhichCard;
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
