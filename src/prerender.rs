//! Each static page's HTML, rendered natively with no browser, no server and nobody signed in: just
//! what the browser's first render gives too.

use std::sync::Arc;

use leptos::{prelude::*, reactive::owner::Owner};
use leptos_router::location::RequestUrl;

use crate::{
    api::{Fault, LocalFuture, Reply, Request, Transport},
    app::App,
    route::Route,
    text::{Locale, Rescue, Title},
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
    /// What is said where no scripts run, and links to pages that need none: address and words. None on
    /// pages that need none themselves.
    pub without_scripts: Option<(&'static str, [(String, &'static str); 2])>,
    /// What `public/rescue.js` says on this page, as JSON that can stand in a page.
    pub rescue: String,
    /// The chunk that holds the page's code, to be fetched with the app; none where the app holds it.
    pub chunk: Option<&'static str>,
    /// The chunk that the page needs too where a student was here before.
    pub student_chunk: Option<&'static str>,
}

/// There is no network while a page is prerendered, and nothing asks for it: calls are made in
/// effects, which do not run here.
struct NoNetwork;

impl Transport for NoNetwork {
    fn send(&self, _: Request) -> LocalFuture<Result<Reply, Fault>> {
        Box::pin(core::future::ready(Err(Fault::Offline)))
    }
}

/// Renders the page at a path.
pub fn page(path: &str, locale: Locale) -> Page {
    // Leptos marks nodes for hydration only where it knows that it renders for a browser.
    let owner = Owner::new_root(Some(Arc::new(hydration_context::SsrSharedContext::new())));
    let body = owner.with(|| {
        provide_context(RequestUrl::new(path));
        view! { <App locale transport=Arc::new(NoNetwork)/> }.to_html()
    });
    let route = Route::parse(path);
    let words = Title::of(locale);
    Page {
        title: words.title(&route).to_owned(),
        description: words.description(&route).to_owned(),
        body,
        without_scripts: route.needs_scripts().then(|| {
            let link = |to: Route| (to.to_string(), words.title(&to));
            (
                words.needs_scripts(),
                [link(Route::Guide), link(Route::ServicePoints)],
            )
        }),
        rescue: rescue(locale),
        chunk: crate::pages::chunk_of(&route),
        student_chunk: (route == Route::Home).then_some(crate::pages::STUDENT_HOME),
    }
}

fn rescue(locale: Locale) -> String {
    let words: std::collections::BTreeMap<_, _> = Rescue::of(locale).named().into_iter().collect();
    let json = serde_json::to_string(&words).expect("texts are JSON");
    // Nothing in it may end the element that it stands in.
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_static_page_says_its_name_in_both_languages() {
        for route in Route::prerendered().into_iter().chain(Route::shells()) {
            for locale in Locale::ALL {
                let page = page(&route.to_string(), *locale);
                let mark = format!("data-page=\"{}\"", route.page());
                assert!(page.body.contains(&mark), "{route} {locale:?}");
                assert!(page.body.contains("<h1"), "{route} {locale:?}");
                assert!(!page.title.is_empty() && !page.description.is_empty());
            }
        }
    }

    #[test]
    fn rendering_twice_gives_the_same() {
        let once = page("/", Locale::ZhCn);
        assert_eq!(once, page("/", Locale::ZhCn));
        assert_ne!(once.body, page("/", Locale::En).body);
    }
}
