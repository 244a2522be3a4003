//! The guide.

use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// The guide.
#[component]
pub(crate) fn Index() -> impl IntoView {
    let route = Route::Guide;
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
