//! Is this you?

use dika_contract::BindingId;
use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// Is this you?
#[component]
pub(crate) fn Confirm(id: BindingId) -> impl IntoView {
    let route = Route::ConfirmIdentity(id);
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
