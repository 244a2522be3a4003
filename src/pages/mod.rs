//! Which page is behind which address.

use leptos::prelude::*;

use crate::route::Route;

/// Putting a card into a student's hands.
mod bind;
/// One card.
mod card;
/// Where to ask about a card.
mod desks;
/// What everyone may read.
mod guide;
/// Cards, waiting money, unpaid orders.
mod home;
/// Where is my money?
mod money_triage;
/// No such page.
mod not_found;
/// Orders.
mod orders;
/// What a write was refused with.
mod refusal;
/// Desks, phones, machines.
mod service_points;
/// Language, text size, theme, sign-out.
mod settings;
/// Signing in by phone.
mod sign_in;
/// Amount, review, payment.
mod top_up;

/// The page at an address.
pub(crate) fn view(route: Route) -> AnyView {
    match route {
        Route::Home => view! { <home::Home/> }.into_any(),
        Route::SignIn => view! { <sign_in::SignIn/> }.into_any(),
        Route::BindChoose => view! { <bind::Choose/> }.into_any(),
        Route::Bind(issuer) => view! { <bind::Form issuer/> }.into_any(),
        Route::ConfirmIdentity(id) => view! { <bind::Confirm id/> }.into_any(),
        Route::Card(id) => view! { <card::CardPage id/> }.into_any(),
        Route::TopUp(card, wallet) => view! { <top_up::TopUpPage card wallet/> }.into_any(),
        Route::Orders => view! { <orders::List/> }.into_any(),
        Route::Order(id) => view! { <orders::OrderPage id/> }.into_any(),
        Route::ServicePoints => view! { <service_points::ServicePoints/> }.into_any(),
        Route::Guide => view! { <guide::Index/> }.into_any(),
        Route::WhichCard => view! { <guide::WhichCard/> }.into_any(),
        Route::NewStudent => view! { <guide::NewStudent/> }.into_any(),
        Route::PasswordHelper => view! { <guide::PasswordHelper/> }.into_any(),
        Route::MoneyTriage => view! { <money_triage::MoneyTriage/> }.into_any(),
        Route::Settings => view! { <settings::Settings/> }.into_any(),
        Route::Gallery | Route::NotFound => view! { <not_found::NotFound/> }.into_any(),
    }
}
