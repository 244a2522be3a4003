//! Desks, phones, machines.

use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// Desks, phones, machines.
#[component]
pub(crate) fn ServicePoints() -> impl IntoView {
    let route = Route::ServicePoints;
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
