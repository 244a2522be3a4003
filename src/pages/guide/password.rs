//! Both first passwords from the end of an ID.

use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// Both first passwords from the end of an ID.
#[component]
pub(crate) fn PasswordHelper() -> impl IntoView {
    let route = Route::PasswordHelper;
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
