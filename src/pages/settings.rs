//! Language, text size, theme, sign-out.

use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// Language, text size, theme, sign-out.
#[component]
pub(crate) fn Settings() -> impl IntoView {
    let route = Route::Settings;
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
