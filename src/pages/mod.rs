//! Which page is behind which address.

use leptos::prelude::*;

use crate::route::Route;

/// Putting a card into a student's hands.
mod bind;
/// One card.
mod card;
/// A bound card's face and its ways to top up.
mod card_face;
/// Why a write failed.
mod fault_notice;
/// Every part in every state; development builds only.
#[cfg(debug_assertions)]
mod gallery;
/// What everyone may read.
mod guide;
/// Cards, waiting money, unpaid orders.
mod home;
/// Where is my money?
mod money_triage;
/// Service points that help with a card.
mod nearby_points;
/// No such page.
mod not_found;
/// Orders.
mod orders;
/// Draws a query.
mod query_view;
/// Service points, phones, machines.
mod service_points;
/// Language, text size, theme, sign-out.
mod settings;
/// Signing in by phone.
mod sign_in;
/// Amount, review, payment.
mod top_up;

/// Pages that arrive as code of their own, when somebody goes to them.
mod chunks;

pub(crate) use chunks::{ChunkNotFetched, fetch};
#[cfg(feature = "ssr")]
pub(crate) use chunks::{STUDENT_HOME, chunk_of};

/// The page at an address. Its code must have been fetched; a page whose code is missing is empty.
pub(crate) fn view(route: Route) -> AnyView {
    match route {
        // What a first visit most often sees comes with the app itself.
        Route::Home => view! { <home::Home/> }.into_any(),
        #[cfg(debug_assertions)]
        Route::Gallery => view! { <gallery::Gallery/> }.into_any(),
        #[cfg(not(debug_assertions))]
        Route::Gallery => ().into_any(),
        Route::NotFound => view! { <not_found::NotFound/> }.into_any(),
        other => chunks::view(other),
    }
}
