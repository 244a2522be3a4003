//! The frame around every page: contexts, router, tab bar; title, focus and announcement whenever
//! the page changes.

use std::sync::Arc;

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
    pages, platform,
    route::{Route, Tab},
    session::{Session, SignInState},
    text::{Common, Locale, Title},
    ui::{
        Icon, LiveRegion, SandboxMark, SkipLink, TabBar, TabLink, Toast, Toaster,
        live_region::Announcer,
    },
};

/// Fetches the code of the page at the browser's address, before the app takes that page over.
///
/// # Errors
/// When it does not come.
pub async fn fetch_first_page() -> Result<(), pages::ChunkNotFetched> {
    let address = platform::path_and_query();
    pages::fetch(&Route::parse(address.split('?').next().unwrap_or_default())).await
}

/// The whole app.
#[component]
pub fn App(
    /// The language of this load of the page.
    locale: Locale,
    /// What carries calls to the API.
    transport: Arc<dyn Transport>,
) -> impl IntoView {
    let expired = RwSignal::new(0);
    let api = Api::new(transport, expired);
    let session = Session::new();
    let toast = RwSignal::new(None);
    provide_context(locale);
    provide_context(api.clone());
    provide_context(session);
    provide_context(Toaster::new(toast));

    effect(move || platform::spawn(session.request(api.clone())));
    effect(move || {
        if expired.get() > 0 {
            session.end();
        }
    });

    view! {
        <Router>
            <Frame toast/>
        </Router>
    }
}

#[component]
fn Frame(toast: RwSignal<Option<String>>) -> impl IntoView {
    let words = Common::current();
    let titles = Title::current();
    let session = Session::from_context();
    let location = use_location();
    let route = Memo::new(move |_| location.pathname.with(|path| Route::parse(path)));
    let announced = RwSignal::new(String::new());
    provide_context(Announcer::new(announced));
    // What is shown follows the address as soon as the page's code is here.
    let shown = RwSignal::new(route.get_untracked());
    let toaster = Toaster::from_context();
    // From the router and not from the address bar, which follows only when a page is shown.
    let search = location.search;
    let whole = move |route: &Route| {
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
        platform::spawn(async move {
            let fetched = pages::fetch(&wanted).await;
            if route.try_get_untracked().as_ref() != Some(&wanted) {
                return;
            }
            match fetched {
                Ok(()) => {
                    shown.try_set(wanted);
                }
                // No network, or the server has a newer release: loading the page anew tells.
                Err(pages::ChunkNotFetched) => {
                    toaster.show(words.page_not_fetched);
                    platform::open_url(&whole(&wanted));
                }
            }
        });
    });

    // Not on the first page: there the document's own title was read, and focus is the user's.
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
            // What was said of the last page must not cover this one.
            toaster.clear();
            platform::focus_main();
        }
    });

    // A link's address goes to the address bar, and to the history, once its page is shown.
    let address_bar = use_context::<BrowserUrl>();
    effect(move || {
        let is_shown = location
            .pathname
            .with(|path| shown.with(|shown| Route::parse(path) == *shown));
        if let Some(address_bar) = address_bar.as_ref().filter(|_| is_shown) {
            address_bar.ready_to_complete();
        }
    });

    // From tab to tab nothing is left to come back to: the back button does not walk through them, and
    // WeChat on iOS has no reason for a bar of its own. A property in each link's view would cost a kilobyte.
    effect(move || platform::make_links_replace(".tab", shown.with(Route::is_tab)));

    // A page that shows a student's own things sends others to sign in first, and gets them back.
    let navigate = use_navigate();
    effect(move || {
        if route.with(Route::needs_sign_in) && session.state() == SignInState::SignedOut {
            let wanted = whole(&route.read_untracked());
            let sign_in = Route::sign_in_then(&wanted);
            navigate(
                &sign_in,
                NavigateOptions {
                    // The page wanted is no place to come back to; the one before it is, and may
                    // still be what stands in the history.
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
                current: Signal::derive(move || shown.with(|route| route.tab() == Some(tab))),
            }
        })
        .to_vec();

    view! {
        <div class="app">
            <SkipLink text=words.skip/>
            {move || session.is_sandbox().then(|| view! { <SandboxMark text=words.sandbox_mark/> })}
            // Addresses are read by `Route`, which gives pages typed ids and one place for every path; the
            // router's own patterns would cost bytes and say less. Pages take the query from
            // `use_location`.
            {move || pages::view(shown.get())}
            <TabBar label=words.main_nav tabs/>
            <Toast text=toast/>
            <LiveRegion text=announced/>
        </div>
    }
}
