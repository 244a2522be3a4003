//! The frame around every page: contexts, router, tab bar; title, focus and announcement whenever
//! the page changes.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions, WildcardSegment,
    components::{FlatRoutes, Route as RouterRoute, Router},
    hooks::{use_location, use_navigate},
};

use crate::{
    api::{Api, Transport},
    pages, platform,
    route::Route,
    session::{Visit, Who},
    text::{Common, Locale, Title},
    ui::{Icon, Live, SandboxMark, SkipLink, Tab, TabBar, Toast},
};

/// Says something for a moment, from any page.
#[derive(Clone, Copy)]
pub(crate) struct Say(RwSignal<Option<String>>);

impl Say {
    /// The app's voice.
    pub(crate) fn here() -> Self {
        use_context().expect("the voice is provided by App")
    }

    /// Shows and reads out a short text for a few seconds.
    pub(crate) fn say(self, text: impl Into<String>) {
        const SHOWN_MS: u32 = 4_000;
        let text = text.into();
        self.0.try_set(Some(text.clone()));
        platform::spawn(async move {
            platform::sleep(SHOWN_MS).await;
            // Something newer keeps its own time.
            self.0.try_update(|shown| {
                if shown.as_ref() == Some(&text) {
                    *shown = None;
                }
            });
        });
    }
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
    let visit = Visit::new();
    let said = RwSignal::new(None);
    provide_context(locale);
    provide_context(api.clone());
    provide_context(visit);
    provide_context(Say(said));

    Effect::new(move |_| platform::spawn(visit.ask(api.clone())));
    Effect::new(move |before: Option<u32>| {
        let now = expired.get();
        if before.is_some() {
            visit.end();
        }
        now
    });

    view! {
        <Router>
            <Frame said/>
        </Router>
    }
}

#[component]
fn Frame(said: RwSignal<Option<String>>) -> impl IntoView {
    let words = Common::here();
    let titles = Title::here();
    let visit = Visit::here();
    let location = use_location();
    let route = Memo::new(move |_| location.pathname.with(|path| Route::parse(path)));
    let announced = RwSignal::new(String::new());

    // Not on the first page: there the document's own title was read, and focus is the user's.
    Effect::new(move |before: Option<Route>| {
        let route = route.get();
        if let Some(before) = before.filter(|before| *before != route) {
            let title = titles.title(&route);
            platform::set_title(title);
            if before.page() != route.page() {
                announced.set(title.to_owned());
            }
            platform::focus_main();
        }
        route
    });

    // A page that shows a student's own things sends others to sign in first, and gets them back.
    let navigate = use_navigate();
    Effect::new(move |_| {
        if route.with(Route::needs_sign_in) && visit.who() == Who::Nobody {
            // From the router and not from the address bar, which follows only when a page is shown.
            let search = location.search.get_untracked();
            let query = if search.is_empty() {
                search
            } else {
                ["?", &search].concat()
            };
            let wanted = route.read_untracked().to_string() + &query;
            let sign_in = Route::sign_in_then(&wanted);
            navigate(
                &sign_in,
                NavigateOptions {
                    replace: true,
                    ..Default::default()
                },
            );
        }
    });

    let tab =
        move |to: Route, label: &'static str, icon: Icon, pages: &'static [&'static str]| Tab {
            href: to.to_string(),
            label: label.to_owned(),
            icon,
            current: Signal::derive(move || route.with(|route| pages.contains(&route.page()))),
        };
    let tabs = vec![
        tab(Route::Home, words.tab_home, Icon::Home, &["home"]),
        tab(
            Route::Orders,
            words.tab_orders,
            Icon::Orders,
            &["orders", "order"],
        ),
        tab(
            Route::ServicePoints,
            words.tab_points,
            Icon::Pin,
            &["service-points"],
        ),
        tab(
            Route::Guide,
            words.tab_guide,
            Icon::Book,
            &[
                "guide",
                "which-card",
                "new-student",
                "password-helper",
                "money-triage",
            ],
        ),
    ];

    view! {
        <div class="app">
            <SkipLink text=words.skip/>
            {move || visit.is_sandbox().then(|| view! { <SandboxMark text=words.sandbox_mark/> })}
            // One pattern for all: addresses are read by `Route`, which gives pages typed ids and
            // one place for every path, and costs fewer bytes than a pattern per page. (One route
            // for all means that pages take the query from `use_location`: the router renews its
            // per-route copy only when another route matches.)
            <FlatRoutes fallback=|| ()>
                <RouterRoute
                    path=WildcardSegment("path")
                    view=move || move || pages::view(route.get())
                />
            </FlatRoutes>
            <TabBar label=words.main_nav tabs/>
            <Toast text=said/>
            <Live text=announced/>
        </div>
    }
}
