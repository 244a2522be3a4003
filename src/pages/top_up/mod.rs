//! Amount, then review, then payment.

use dika_contract::{CardId, WalletKind};
use leptos::prelude::*;

use crate::{route::Route, text::Title, ui::Page};

/// Amount, then review, then payment.
#[component]
pub(crate) fn TopUpPage(card: CardId, wallet: WalletKind) -> impl IntoView {
    let route = Route::TopUp(card, wallet);
    view! { <Page name=route.page() title=Title::here().title(&route)>{()}</Page> }
}
