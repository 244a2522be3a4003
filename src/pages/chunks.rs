//! Pages whose code is downloaded on the first visit to one of them. The app itself stays small, however
//! many pages there are.
//!
//! The build splits the module at functions that `wasm_split` marks. Only the shipped build does (feature
//! `split`); elsewhere, natively too, a split point is an ordinary function.

#[cfg(all(feature = "split", target_arch = "wasm32"))]
use core::sync::atomic::{AtomicBool, Ordering};

use dika_markup::{Node, view};

use super::{
    bind, card, guide, home, money_triage, orders, service_points, settings, sign_in, top_up,
};
use crate::route::{Chunk, Route, app_pages, public_pages, student_pages};
#[cfg(all(feature = "split", target_arch = "wasm32"))]
use crate::{api::SEED_WHOLE, platform};

/// A chunk could not be downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkNotFetched;

/// Calls a split point whose chunk was fetched before: its future is ready at once.
#[cfg(all(feature = "split", target_arch = "wasm32"))]
macro_rules! call_loaded {
    ($call:expr) => {{
        use futures_util::FutureExt;
        $call
            .now_or_never()
            .and_then(Result::ok)
            .unwrap_or(Node::Nothing)
    }};
}
#[cfg(not(all(feature = "split", target_arch = "wasm32")))]
macro_rules! call_loaded {
    ($call:expr) => {
        $call
    };
}

/// Declares a function at which the build splits the module, and the function that fetches its chunk.
macro_rules! split_point {
    ($name:ident ($fetch:ident) ($($param:ident: $type:ty)?) $view:expr) => {
        #[cfg(all(feature = "split", target_arch = "wasm32"))]
        #[leptos::wasm_split::wasm_split(
            $name,
            wasm_split_path = ::leptos::wasm_split,
            preload($fetch),
            fallible
        )]
        fn $name($($param: $type)?) -> Result<Node, leptos::wasm_split::SplitLoaderError> {
            Ok($view)
        }

        #[cfg(not(all(feature = "split", target_arch = "wasm32")))]
        fn $name($($param: $type)?) -> Node {
            $view
        }
    };
}

// Two chunks of pages: the splitter writes a file for each combination of chunks that share code. With ten
// chunks there were over a hundred files, and a page fetched dozens of them.
split_point! { own_pages (fetch_own) (route: Route) student_page(route) }
split_point! { open_pages (fetch_open) (route: Route) public_page(route) }
split_point! { student_home (fetch_student) () view! { <home::StudentHome/> } }

/// The name of the chunk with a page's code. Returns `None` for pages of the app itself.
#[cfg(feature = "ssr")]
pub(crate) fn chunk_of(route: &Route) -> Option<&'static str> {
    match route.chunk() {
        Chunk::App => None,
        Chunk::Student => Some("own_pages"),
        Chunk::Public => Some("open_pages"),
    }
}

/// The name of the chunk with the student's home page.
#[cfg(feature = "ssr")]
pub(crate) const STUDENT_HOME: &str = "student_home";

/// Fetches the code of a page, unless it is loaded.
///
/// # Errors
/// [`ChunkNotFetched`] if there is no network, or the server has a newer release than this page.
pub(crate) async fn fetch(route: &Route) -> Result<(), ChunkNotFetched> {
    #[cfg(all(feature = "split", target_arch = "wasm32"))]
    match route.chunk() {
        Chunk::Student => fetch_own().await.map_err(|_| ChunkNotFetched)?,
        Chunk::Public => fetch_open().await.map_err(|_| ChunkNotFetched)?,
        Chunk::App => {
            // A page that came whole stays as it came at first (`home::as_it_came`).
            if *route == Route::Home
                && platform::has_html_attribute(platform::KNOWN_STUDENT)
                && platform::seed(SEED_WHOLE).is_none()
            {
                fetch_student_home().await?;
            }
        }
    }
    let _ = route;
    Ok(())
}

/// Fetches the code of the student's home page, unless it is loaded.
///
/// # Errors
/// As for [`fetch`].
pub(super) async fn fetch_student_home() -> Result<(), ChunkNotFetched> {
    #[cfg(all(feature = "split", target_arch = "wasm32"))]
    {
        fetch_student().await.map_err(|_| ChunkNotFetched)?;
        IS_STUDENT_HOME_FETCHED.store(true, Ordering::Relaxed);
    }
    Ok(())
}

#[cfg(all(feature = "split", target_arch = "wasm32"))]
static IS_STUDENT_HOME_FETCHED: AtomicBool = AtomicBool::new(false);

/// Whether [`student_home_view`] has its code.
pub(super) fn is_student_home_fetched() -> bool {
    #[cfg(all(feature = "split", target_arch = "wasm32"))]
    return IS_STUDENT_HOME_FETCHED.load(Ordering::Relaxed);
    #[cfg(not(all(feature = "split", target_arch = "wasm32")))]
    true
}

/// A page whose chunk was fetched. Empty for pages of the app itself.
pub(super) fn view(route: Route) -> Node {
    match route.chunk() {
        Chunk::App => Node::Nothing,
        Chunk::Student => call_loaded!(own_pages(route)),
        Chunk::Public => call_loaded!(open_pages(route)),
    }
}

/// The student's home page, once its chunk was fetched.
pub(super) fn student_home_view() -> Node {
    call_loaded!(student_home())
}

fn student_page(route: Route) -> Node {
    match route {
        Route::SignIn => view! { <sign_in::SignInPage/> },
        Route::BindChoose => view! { <bind::Choose/> },
        Route::Bind(issuer) => view! { <bind::Form issuer/> },
        Route::ConfirmIdentity(id) => view! { <bind::Confirm id/> },
        Route::Card(id) => view! { <card::CardPage id/> },
        Route::TopUp(card, wallet) => view! { <top_up::TopUpPage card wallet/> },
        Route::Orders => view! { <orders::List/> },
        Route::Order(id) => view! { <orders::OrderPage id/> },
        app_pages!() | public_pages!() => Node::Nothing,
    }
}

fn public_page(route: Route) -> Node {
    match route {
        Route::ServicePoints => view! { <service_points::ServicePoints/> },
        Route::Guide => view! { <guide::Index/> },
        Route::WhichCard => view! { <guide::WhichCard/> },
        Route::NewStudent => view! { <guide::NewStudent/> },
        Route::PasswordHelper => view! { <guide::PasswordHelper/> },
        Route::MoneyTriage => view! { <money_triage::MoneyTriage/> },
        Route::Settings => view! { <settings::Settings/> },
        app_pages!() | student_pages!() => Node::Nothing,
    }
}
