//! The pages, by address.

use dika_markup::{Node, view};

use crate::route::{Route, public_pages, student_pages};

/// Binding a card.
mod bind;
/// The cards that the student has bound.
mod bound_cards;
/// One card.
mod card;
/// A bound card's face and its ways to top up.
mod card_face;
/// Why a write failed.
mod fault_notice;
/// All components in all states; development builds only.
#[cfg(debug_assertions)]
mod gallery;
/// The guide and its pages.
mod guide;
/// Cards that are hidden because the phone number may have changed hands.
mod hidden_cards;
/// Cards, waiting money, unpaid orders.
mod home;
/// Passes a card that was just bound to its page.
mod just_added;
/// What a student agrees to.
mod legal_links;
/// Questions that lead to missing money.
mod money_triage;
/// Service points that help with a card.
mod nearby_points;
/// The page for unknown addresses.
mod not_found;
/// The orders: the list, and one order.
mod orders;
/// An amount to pay once, and its draft.
mod payment_intent;
/// Draws a query.
mod query_view;
/// Service points, phones, machines.
mod service_points;
/// Language, text size, theme, sign-out.
mod settings;
/// Signing in.
mod sign_in;
/// What the sign-in page keeps for its tab.
mod sign_in_draft;
/// Amount, review, payment.
mod top_up;

/// Pages whose code is downloaded on the first visit.
mod chunks;

pub(crate) use chunks::{ChunkNotFetched, fetch};
#[cfg(feature = "ssr")]
pub(crate) use chunks::{STUDENT_HOME, chunk_of};

/// The page at an address. Its chunk must have been fetched; otherwise the page is empty.
pub(crate) fn view(route: Route) -> Node {
    match route {
        // A first visit most often starts here.
        Route::Home => view! { <home::Home/> },
        #[cfg(debug_assertions)]
        Route::Gallery => view! { <gallery::Gallery/> },
        #[cfg(not(debug_assertions))]
        Route::Gallery => Node::Nothing,
        Route::NotFound => view! { <not_found::NotFound/> },
        student_pages!() | public_pages!() => chunks::view(route),
    }
}
