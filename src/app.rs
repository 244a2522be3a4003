//! The frame around every page: contexts, router, tab bar; title, focus and announcement whenever
//! the page changes.

use core::cell::Cell;
use std::{rc::Rc, sync::Arc};

use dika_contract::Language;
use dika_markup::{Node, view};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    components::Router,
    hooks::{use_location, use_navigate},
    location::{BrowserUrl, LocationProvider},
};

use crate::{
    api::{Api, Transport},
    effect::effect,
    pages,
    platform::{self, StorageKey},
    route::{Route, Tab},
    session::{Session, SignInState},
    text::{FrameText, Title},
    ui::{
        Icon, LiveRegion, SandboxMark, SkipLink, TabBar, TabLink, Toast, Toaster,
        live_region::Announcer,
    },
};

/// Longer than the sixtieth of a second after which a browser paints, in milliseconds.
const FRAME_MS: u32 = 20;

/// How long a page's code may take before the browser is asked for that page, in milliseconds: longer than a cheap phone
/// needs for code that it keeps, and much shorter than a slow network needs for code.
const CODE_PATIENCE_MS: u32 = 500;

/// Fetches the code of the page in the address bar, which hydration needs.
///
/// # Errors
/// If the chunk can't be downloaded.
pub async fn fetch_first_page() -> Result<(), pages::ChunkNotFetched> {
    let address = platform::path_and_query();
    pages::fetch(&Route::parse(address.split('?').next().unwrap_or_default())).await
}

/// The whole app.
#[component]
pub fn App(
    /// The document's language.
    language: Language,
    /// Sends requests to the API.
    transport: Arc<dyn Transport>,
) -> impl IntoView {
    let expired = RwSignal::new(0);
    let api = Api::new(transport, expired);
    let session = Session::of_page(&api);
    let toast = RwSignal::new(None);
    provide_context(language);
    provide_context(api.clone());
    provide_context(session);
    provide_context(Toaster::new(toast));

    let (first, again) = (api.clone(), api.clone());
    effect(move || platform::spawn(session.request(first.clone())));
    effect(move || {
        let api = again.clone();
        platform::on_page_shown(move || {
            if matches!(
                session.state_untracked(),
                SignInState::SignedIn(_) | SignInState::SignedOut
            ) {
                platform::spawn(session.recheck(api.clone()));
            }
        });
    });
    effect(move || {
        if expired.get() > 0 {
            session.end();
        }
    });
    // Another student has signed in, in another tab: nothing of the one before stays on this page.
    let replaced = api.replaced();
    effect(move || {
        if replaced.get() {
            platform::remove(&StorageKey::Home);
            platform::remove_drafts();
            let route = Route::parse(&platform::path());
            let next = if route.needs_sign_in() && !route.is_tab() {
                Route::Home
            } else {
                route
            };
            platform::replace_url(&next.to_string());
        }
    });

    leptos::view! {
        <Router>
            <Frame toast/>
        </Router>
    }
}

#[component]
fn Frame(toast: RwSignal<Option<String>>) -> Node {
    let words = FrameText::current();
    let titles = Title::current();
    let session = Session::from_context();
    let location = use_location();
    let route = Memo::new(move |_| location.pathname.with(|path| Route::parse(path)));
    let announced = RwSignal::new(String::new());
    provide_context(Announcer::new(announced));
    // The page shown follows the address once the page's code was fetched.
    let shown = RwSignal::new(route.get_untracked());
    let toaster = Toaster::from_context();
    // From the router: the address bar changes only once the page is shown.
    let search = location.search;
    let with_query = move |route: &Route| {
        let search = search.get_untracked();
        let query = if search.is_empty() {
            search
        } else {
            ["?", &search].concat()
        };
        route.to_string() + &query
    };
    effect(move || {
        let wanted = route.get();
        if shown.read_untracked() == wanted {
            return;
        }
        let is_left = Rc::new(Cell::new(false));
        // Where the server draws pages with their data, they are there before their code. Only from a page on which nothing
        // is typed or under way.
        if shown.with_untracked(Route::is_tab)
            && wanted != Route::SignIn
            && platform::has_html_attribute(platform::CAME_WITH_DATA)
        {
            let (wanted, is_left) = (wanted.clone(), is_left.clone());
            platform::spawn(async move {
                platform::sleep(CODE_PATIENCE_MS).await;
                let is = |page: Option<Route>| page.as_ref() == Some(&wanted);
                if is(route.try_get_untracked()) && !is(shown.try_get_untracked()) {
                    is_left.set(true);
                    platform::stop_loading();
                    let address = with_query(&wanted);
                    // From tab to tab, as `make_links_replace` has it.
                    if wanted.is_tab() {
                        platform::replace_url(&address);
                    } else {
                        platform::open_url(&address);
                    }
                }
            });
        }
        platform::spawn(async move {
            let fetched = pages::fetch(&wanted).await;
            // Drawing a page may take longer than a frame: what the tap changed at once is painted before.
            platform::sleep(FRAME_MS).await;
            if route.try_get_untracked().as_ref() != Some(&wanted) {
                return;
            }
            match fetched {
                Ok(()) => {
                    shown.try_set(wanted);
                }
                Err(pages::ChunkNotFetched) if is_left.get() => {}
                // No network, or a newer release: a page load finds out.
                Err(pages::ChunkNotFetched) => {
                    toaster.show(words.page_not_fetched);
                    platform::open_url(&with_query(&wanted));
                }
            }
        });
    });

    // Not for the first page: its title was read with the document, and the focus must not move.
    let mut before = None;
    effect(move || {
        let route = shown.get();
        if let Some(before) = before
            .replace(route.clone())
            .filter(|before| *before != route)
        {
            let title = titles.title(&route);
            platform::set_title(title);
            if before.page() != route.page() {
                announced.set(title.to_owned());
            }
            // A message about the previous page must not cover this one.
            toaster.clear();
            platform::focus_main();
        }
    });

    // Updates the address bar and the history once the page is shown.
    let address_bar = use_context::<BrowserUrl>();
    effect(move || {
        let is_shown = location
            .pathname
            .with(|path| shown.with(|shown| Route::parse(path) == *shown));
        if let Some(address_bar) = address_bar.as_ref().filter(|_| is_shown) {
            address_bar.ready_to_complete();
        }
    });

    // Going from tab to tab adds no history entries: the back button skips them, and WeChat on iOS shows no
    // navigation bar. Set here, because a property in each link's view would cost a kilobyte.
    effect(move || platform::make_links_replace(".tab", shown.with(Route::is_tab)));

    // A page with a student's own data sends others to sign in, and gets them back.
    let navigate = use_navigate();
    effect(move || {
        if route.with(Route::needs_sign_in) && session.state() == SignInState::SignedOut {
            let wanted = with_query(&route.read_untracked());
            let sign_in = Route::sign_in_then(&wanted);
            navigate(
                &sign_in,
                NavigateOptions {
                    // Replaces the wanted page in the history, if it is there already: the back button
                    // must lead to the page before it.
                    replace: platform::path_and_query() == wanted,
                    ..Default::default()
                },
            );
        }
    });

    let tabs = Tab::ALL
        .map(|tab| {
            let (label, icon) = match tab {
                Tab::Home => (words.tab_home, Icon::Home),
                Tab::Orders => (words.tab_orders, Icon::Orders),
                Tab::ServicePoints => (words.tab_points, Icon::Pin),
                Tab::Guide => (words.tab_guide, Icon::Book),
            };
            TabLink {
                href: tab.route().to_string(),
                label: label.to_owned(),
                icon,
                // At once, also while the page's code is still on its way.
                current: Signal::derive(move || route.with(|route| route.tab() == Some(tab))),
            }
        })
        .to_vec();

    view! {
        <div class="app">
            <SkipLink text=words.skip/>
            {move || session.is_sandbox().then(|| view! { <SandboxMark text=words.sandbox_mark/> })}
            // Routes are matched by `Route`, not by the router's patterns, which would add bytes and give no
            // typed ids. Pages read the query from `use_location`.
            {move || pages::view(shown.get())}
            <TabBar label=words.main_nav tabs/>
            <Toast text=toast/>
            <LiveRegion text=announced/>
        </div>
    }
}
