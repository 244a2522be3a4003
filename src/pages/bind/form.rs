//! Account or card number, and password.

use dika_contract::Issuer;
use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// Account or card number, and password.
#[component]
pub(crate) fn Form(issuer: Issuer) -> impl IntoView {
    let route = Route::Bind(issuer);
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
