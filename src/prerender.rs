//! Prerenders a page natively, without browser, server and session: the same HTML as the browser's first
//! render.

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
    /// A text for browsers without scripts, and links to pages that work there: address and label. `None`
    /// if the page itself works there.
    pub without_scripts: Option<(&'static str, [(String, &'static str); 2])>,
    /// The texts of `public/rescue.js`, as JSON that can be embedded in HTML.
    pub rescue: String,
    /// The chunk with the page's code; `None` if it is in the app itself.
    pub chunk: Option<&'static str>,
    /// The chunk that the page needs if a student was here before.
    pub student_chunk: Option<&'static str>,
}

/// Prerendering sends no requests: they are sent by effects, which don't run natively.
struct NoNetwork;

impl Transport for NoNetwork {
    fn send(&self, _: Request) -> LocalFuture<Result<Reply, Fault>> {
        Box::pin(core::future::ready(Err(Fault::Offline)))
    }
}

/// Renders the page at a path.
pub fn page(path: &str, locale: Locale) -> Page {
    // Without this context Leptos does not mark nodes for hydration.
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
    // Must not end the script element.
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_pages_have_their_name_and_title_in_both_languages() {
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
