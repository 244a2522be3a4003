//! Renders a page natively, without a browser: the same HTML as the browser's first render. Ahead of time without
//! anybody's data; for a student with the replies that the page then carries.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use dika_contract::Language;
use leptos::{prelude::*, reactive::owner::Owner};
use leptos_router::location::RequestUrl;

use crate::{
    api::{Fault, LocalFuture, Reply, Request, Transport},
    app::App,
    route::Route,
    text::{Rescue, Title},
};

/// A page as HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// For `<title>`.
    pub title: String,
    /// For `<meta name="description">`.
    pub description: String,
    /// What goes into `<body>`.
    pub body: String,
    /// A text for browsers without scripts, and links to pages that work there: address and label. `None`
    /// if the page itself works there.
    pub without_scripts: Option<(&'static str, [(String, &'static str); 2])>,
    /// For when the app can't run.
    pub rescue: RescueNotice,
    /// The page's name, as in `<main data-page="…">`.
    pub name: &'static str,
    /// Whether the page's code comes later than the page ([`Route::waits_with_code`]).
    pub waits_with_code: bool,
    /// The chunk with the page's code; `None` if it is in the app itself.
    pub chunk: Option<&'static str>,
    /// The chunk that the page needs if a student was here before.
    pub student_chunk: Option<&'static str>,
}

/// The notice that stands hidden in a page, and is shown by `public/rescue.js`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RescueNotice {
    /// That something did not come: what it says in place of words that don't come either.
    pub text: &'static str,
    /// Of the button that loads the page again.
    pub reload: &'static str,
    /// Pages that work without the app: address and label.
    pub links: [(String, &'static str); 2],
    /// What it says of each thing that can happen, as a JSON object of texts.
    pub words: String,
}

/// What a page brings along, by the names of [`Transport::seed`]: JSON each.
pub type Seeds = BTreeMap<String, String>;

/// Rendering sends no requests: they are sent by effects, which don't run natively. What the first render wants to
/// know is in the seeds, or is noted as missing.
#[derive(Default)]
struct NoNetwork {
    seeds: Seeds,
    missing: Mutex<Vec<String>>,
}

impl Transport for NoNetwork {
    fn send(&self, _: Request) -> LocalFuture<Result<Reply, Fault>> {
        Box::pin(core::future::ready(Err(Fault::Offline)))
    }

    fn seed(&self, name: &str) -> Option<String> {
        let seed = self.seeds.get(name).cloned();
        if seed.is_none() && name.starts_with('/') {
            let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
            if !missing.iter().any(|known| known == name) {
                missing.push(name.to_owned());
            }
        }
        seed
    }
}

/// Renders the page at a path, for everybody.
pub fn page(path: &str, language: Language) -> Page {
    page_with(path, language, Seeds::new()).0
}

/// Renders the page at an address with what it brings along. Also gives the paths of the API whose replies the
/// render wanted and were not there.
///
/// Leptos keeps what a render makes in the thread's current owner: nothing else may be rendered on this thread
/// meanwhile, so not in a task of an async runtime. All of it is gone when this returns.
pub fn page_with(address: &str, language: Language, seeds: Seeds) -> (Page, Vec<String>) {
    let transport = Arc::new(NoNetwork {
        seeds,
        ..NoNetwork::default()
    });
    // Without this context Leptos does not mark nodes for hydration.
    let owner = Owner::new_root(Some(Arc::new(hydration_context::SsrSharedContext::new())));
    let body = owner.with(|| {
        provide_context(RequestUrl::new(address));
        view! { <App language transport=transport.clone()/> }.to_html()
    });
    // Drops what the render made before anything else is rendered here.
    owner.unset_with_forced_cleanup();
    let route = Route::parse(address.split('?').next().unwrap_or_default());
    let missing = transport.missing.lock();
    let missing = std::mem::take(&mut *missing.unwrap_or_else(PoisonError::into_inner));
    (described(&route, language, body), missing)
}

fn described(route: &Route, language: Language, body: String) -> Page {
    let words = Title::of(language);
    Page {
        title: words.title(route).to_owned(),
        description: words.description(route).to_owned(),
        body,
        without_scripts: route.needs_scripts().then(|| {
            let link = |to: Route| (to.to_string(), words.title(&to));
            (
                words.needs_scripts(),
                [link(Route::Guide), link(Route::ServicePoints)],
            )
        }),
        rescue: rescue(language),
        name: route.page(),
        waits_with_code: route.waits_with_code(),
        chunk: crate::pages::chunk_of(route),
        student_chunk: (*route == Route::Home).then_some(crate::pages::STUDENT_HOME),
    }
}

/// The notice of every page in a language.
pub fn rescue(language: Language) -> RescueNotice {
    let texts = Rescue::of(language);
    let words: BTreeMap<_, _> = Rescue::said(language).into_iter().collect();
    RescueNotice {
        text: texts.failed,
        reload: texts.reload,
        links: [
            (Route::Guide.to_string(), texts.guide),
            (Route::ServicePoints.to_string(), texts.points),
        ],
        words: serde_json::to_string(&words).expect("texts are JSON"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_pages_have_their_name_and_title_in_both_languages() {
        for route in Route::prerendered().into_iter().chain(Route::shells()) {
            for language in Language::ALL {
                let page = page(&route.to_string(), *language);
                let mark = format!("data-page=\"{}\"", route.page());
                assert!(page.body.contains(&mark), "{route} {language:?}");
                assert!(page.body.contains("<h1"), "{route} {language:?}");
                assert!(!page.title.is_empty() && !page.description.is_empty());
            }
        }
    }

    #[test]
    fn rendering_twice_gives_the_same() {
        let once = page("/", Language::Chinese);
        assert_eq!(once, page("/", Language::Chinese));
        assert_ne!(once.body, page("/", Language::English).body);
    }
}
