//! Pages that arrive as code of their own, when somebody goes to them: the home page and what all pages
//! need are small that way, however many pages there are.
//!
//! The build cuts the module where `wasm_split` marks a function. Only the shipped build does
//! (feature `split`); elsewhere, natively included, a chunk is a function like any other.

use leptos::prelude::*;

use super::{
    bind, card, guide, home, money_triage, orders, service_points, settings, sign_in, top_up,
};
#[cfg(all(feature = "split", target_arch = "wasm32"))]
use crate::platform;
use crate::route::Route;

/// A chunk's code could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkNotFetched;

/// Calls into a chunk. It was fetched before, so its answer is there at once.
#[cfg(all(feature = "split", target_arch = "wasm32"))]
macro_rules! call_loaded {
    ($call:expr) => {{
        use futures_util::FutureExt;
        $call
            .now_or_never()
            .and_then(Result::ok)
            .unwrap_or_else(|| ().into_any())
    }};
}
#[cfg(not(all(feature = "split", target_arch = "wasm32")))]
macro_rules! call_loaded {
    ($call:expr) => {
        $call
    };
}

/// Declares a function where the build cuts, and the one that fetches what is behind it.
macro_rules! split_point {
    ($name:ident ($fetch:ident) ($($given:ident: $type:ty)?) $view:expr) => {
        #[cfg(all(feature = "split", target_arch = "wasm32"))]
        #[leptos::wasm_split::wasm_split(
            $name,
            wasm_split_path = ::leptos::wasm_split,
            preload($fetch),
            fallible
        )]
        fn $name($($given: $type)?) -> Result<AnyView, leptos::wasm_split::SplitLoaderError> {
            Ok($view)
        }

        #[cfg(not(all(feature = "split", target_arch = "wasm32")))]
        fn $name($($given: $type)?) -> AnyView {
            $view
        }
    };
}

/// Declares chunks of pages: a name, the addresses of its pages, and what is drawn there.
macro_rules! chunks {
    ($($name:ident ($fetch:ident): $pattern:pat => |$route:ident| $view:expr;)+) => {
        $(split_point! { $name ($fetch) ($route: Route) $view })+

        /// The name of the chunk that holds a page; none for pages that come with the app itself.
        #[cfg(feature = "ssr")]
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
        pub(crate) async fn fetch(route: &Route) -> Result<(), ChunkNotFetched> {
            #[cfg(all(feature = "split", target_arch = "wasm32"))]
            match route {
                $($pattern => $fetch().await.map_err(|_| ChunkNotFetched)?,)+
                Route::Home if platform::has_html_attribute(platform::KNOWN_STUDENT) => {
                    fetch_student_home().await?;
                }
                _ => {}
            }
            let _ = route;
            Ok(())
        }

        /// A page of a chunk that was fetched.
        pub(super) fn view(route: Route) -> AnyView {
            match route {
                $($pattern => call_loaded!($name(route)),)+
                _ => ().into_any(),
            }
        }
    };
}

// Two of pages, because the splitter makes a file of its own for what each combination of chunks shares: ten
// chunks were over a hundred files, and a page fetched dozens of them.
chunks! {
    own_pages (fetch_own): Route::SignIn
        | Route::BindChoose
        | Route::Bind(_)
        | Route::ConfirmIdentity(_)
        | Route::Card(_)
        | Route::TopUp(..)
        | Route::Orders
        | Route::Order(_) => |route| own(route);
    open_pages (fetch_open): Route::ServicePoints
        | Route::Guide
        | Route::WhichCard
        | Route::NewStudent
        | Route::PasswordHelper
        | Route::MoneyTriage
        | Route::Settings => |route| open(route);
}

split_point! { student_home (fetch_student) () view! { <home::StudentHome/> }.into_any() }

/// The name of the chunk with what the home page shows a student.
#[cfg(feature = "ssr")]
pub(crate) const STUDENT_HOME: &str = "student_home";

/// Fetches what the home page shows a student, unless it is here.
///
/// # Errors
/// As for [`fetch`].
pub(super) async fn fetch_student_home() -> Result<(), ChunkNotFetched> {
    #[cfg(all(feature = "split", target_arch = "wasm32"))]
    fetch_student().await.map_err(|_| ChunkNotFetched)?;
    Ok(())
}

/// What the home page shows a student, once fetched.
pub(super) fn student_home_view() -> AnyView {
    call_loaded!(student_home())
}

/// A student's own things, and the way to them.
fn own(route: Route) -> AnyView {
    match route {
        Route::SignIn => view! { <sign_in::SignInPage/> }.into_any(),
        Route::BindChoose => view! { <bind::Choose/> }.into_any(),
        Route::Bind(issuer) => view! { <bind::Form issuer/> }.into_any(),
        Route::ConfirmIdentity(id) => view! { <bind::Confirm id/> }.into_any(),
        Route::Card(id) => view! { <card::CardPage id/> }.into_any(),
        Route::TopUp(card, wallet) => view! { <top_up::TopUpPage card wallet/> }.into_any(),
        Route::Orders => view! { <orders::List/> }.into_any(),
        Route::Order(id) => view! { <orders::OrderPage id/> }.into_any(),
        _ => ().into_any(),
    }
}

/// What is open to everyone.
fn open(route: Route) -> AnyView {
    match route {
        Route::ServicePoints => view! { <service_points::ServicePoints/> }.into_any(),
        Route::Guide => view! { <guide::Index/> }.into_any(),
        Route::WhichCard => view! { <guide::WhichCard/> }.into_any(),
        Route::NewStudent => view! { <guide::NewStudent/> }.into_any(),
        Route::PasswordHelper => view! { <guide::PasswordHelper/> }.into_any(),
        Route::MoneyTriage => view! { <money_triage::MoneyTriage/> }.into_any(),
        Route::Settings => view! { <settings::Settings/> }.into_any(),
        _ => ().into_any(),
    }
}
