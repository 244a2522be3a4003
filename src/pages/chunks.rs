//! Pages that arrive as code of their own, when somebody goes to them: the home page and what all pages
//! need are small that way, however many pages there are.
//!
//! The build cuts the module where `wasm_split` marks a function. Only the shipped build does
//! (feature `split`); elsewhere, natively included, a chunk is a function like any other.

use leptos::prelude::*;

use super::{bind, card, guide, money_triage, orders, service_points, settings, sign_in, top_up};
use crate::route::Route;

/// A chunk's code could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFetched;

/// Calls into a chunk. It was fetched before, so its answer is there at once.
#[cfg(all(feature = "split", target_arch = "wasm32"))]
macro_rules! opened {
    ($call:expr) => {{
        use futures_util::FutureExt;
        $call
            .now_or_never()
            .and_then(Result::ok)
            .unwrap_or_else(|| ().into_any())
    }};
}
#[cfg(not(all(feature = "split", target_arch = "wasm32")))]
macro_rules! opened {
    ($call:expr) => {
        $call
    };
}

/// Declares chunks: a name, the addresses of its pages, and what is drawn there.
macro_rules! chunks {
    ($($name:ident ($fetch:ident): $pattern:pat => |$route:ident| $view:expr;)+) => {
        $(
            #[cfg(all(feature = "split", target_arch = "wasm32"))]
            #[expect(unsafe_code, reason = "the cut is a call across modules")]
            #[leptos::wasm_split::wasm_split(
                $name,
                wasm_split_path = ::leptos::wasm_split,
                preload($fetch),
                fallible
            )]
            fn $name($route: Route) -> Result<AnyView, leptos::wasm_split::SplitLoaderError> {
                Ok($view)
            }

            #[cfg(not(all(feature = "split", target_arch = "wasm32")))]
            fn $name($route: Route) -> AnyView {
                $view
            }
        )+

        /// The name of the chunk that holds a page; none for pages that come with the app itself.
        pub(crate) fn chunk_of(route: &Route) -> Option<&'static str> {
            match route {
                $($pattern => Some(stringify!($name)),)+
                _ => None,
            }
        }

        /// Fetches the code of a page, unless it is here.
        ///
        /// # Errors
        /// When it does not come: no network, or a release since this page was loaded.
        pub(crate) async fn fetch(route: &Route) -> Result<(), NotFetched> {
            #[cfg(all(feature = "split", target_arch = "wasm32"))]
            match route {
                $($pattern => $fetch().await.map_err(|_| NotFetched)?,)+
                _ => {}
            }
            let _ = route;
            Ok(())
        }

        /// A page of a chunk that was fetched.
        pub(super) fn view(route: Route) -> AnyView {
            match route {
                $($pattern => opened!($name(route)),)+
                _ => ().into_any(),
            }
        }
    };
}

chunks! {
    sign_in_page (fetch_sign_in): Route::SignIn => |_route| view! { <sign_in::SignIn/> }.into_any();
    bind_pages (fetch_bind): Route::BindChoose | Route::Bind(_) | Route::ConfirmIdentity(_) => |route| match route {
        Route::Bind(issuer) => view! { <bind::Form issuer/> }.into_any(),
        Route::ConfirmIdentity(id) => view! { <bind::Confirm id/> }.into_any(),
        _ => view! { <bind::Choose/> }.into_any(),
    };
    card_page (fetch_card): Route::Card(_) => |route| match route {
        Route::Card(id) => view! { <card::CardPage id/> }.into_any(),
        _ => ().into_any(),
    };
    top_up_page (fetch_top_up): Route::TopUp(..) => |route| match route {
        Route::TopUp(card, wallet) => view! { <top_up::TopUpPage card wallet/> }.into_any(),
        _ => ().into_any(),
    };
    order_pages (fetch_orders): Route::Orders | Route::Order(_) => |route| match route {
        Route::Order(id) => view! { <orders::OrderPage id/> }.into_any(),
        _ => view! { <orders::List/> }.into_any(),
    };
    points_page (fetch_points): Route::ServicePoints => |_route| view! { <service_points::ServicePoints/> }.into_any();
    guide_pages (fetch_guide): Route::Guide | Route::WhichCard | Route::NewStudent => |route| match route {
        Route::WhichCard => view! { <guide::WhichCard/> }.into_any(),
        Route::NewStudent => view! { <guide::NewStudent/> }.into_any(),
        _ => view! { <guide::Index/> }.into_any(),
    };
    password_page (fetch_password): Route::PasswordHelper => |_route| view! { <guide::PasswordHelper/> }.into_any();
    triage_page (fetch_triage): Route::MoneyTriage => |_route| view! { <money_triage::MoneyTriage/> }.into_any();
    settings_page (fetch_settings): Route::Settings => |_route| view! { <settings::Settings/> }.into_any();
}
