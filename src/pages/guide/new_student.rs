//! First steps of a new student.

use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// First steps of a new student.
#[component]
pub(crate) fn NewStudent() -> impl IntoView {
    let route = Route::NewStudent;
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
