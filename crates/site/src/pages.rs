use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use dika::api::{SEED_AGAIN, SEED_TIME, SEED_WHOLE};
use dika::prerender::{Seeds, page, page_with};
use dika::route::Route;
use dika_contract::Language;
use dika_server::web::pages::{Audience, Drawn, Known, Pages};

use crate::arrange::{Arranger, Parts};
use crate::{behind_app, nodes, with_code_at_once};

/// More than there are pages, of two releases.
const MOST_JUDGED: usize = 128;

/// The app's pages for the server. One for the whole program.
#[derive(Debug, Default)]
pub struct SitePages {
    /// How long the body of a built page is that this program draws, too, by the page's hash; `None` where it draws
    /// another one.
    judged: Mutex<HashMap<u64, Option<usize>>>,
    arranger: Arranger,
}

impl Pages for SitePages {
    fn audience(&self, path: &str) -> Audience {
        match Route::parse(path) {
            Route::Home | Route::ServicePoints | Route::Settings => Audience::Anyone,
            route if route.needs_sign_in() => Audience::Student,
            _ => Audience::Everybody,
        }
    }

    fn sign_in(&self, wanted: &str) -> String {
        Route::sign_in_then(wanted)
    }

    fn draw(&self, address: &str, language: Language, known: &Known, built: &str) -> Option<Drawn> {
        let length = self.length_of_ours(address, language, built)?;
        let (page, missing) = page_with(address, language, seeds(known));
        let is_home = page.name == Route::Home.page();
        // Nothing on it is late, and nothing is to be tapped that only the app answers.
        let is_whole =
            is_home && !known.again && missing.is_empty() && !page.body.contains("<button");
        let whole = is_whole.then(|| nodes::said(content(&page.body)));
        let at_once;
        let built = if is_home {
            // A student goes on from here: the app is on its way while they read.
            at_once = with_code_at_once(built, is_whole);
            &at_once
        } else {
            built
        };
        let Parts { head, fold, body } = Parts::of(built)?;
        let body = [body.0, body.1].concat();
        let scripts = &body[length..];
        // Read before the first paint (`public/boot.js`): a student is here, and what the page brings along need not
        // be asked for.
        let head = head.replacen("<html ", "<html data-known data-seeded ", 1);
        // What is shown first is shown at once: an amount must not move when what stands beside it arrives.
        let head = head.replacen("</head>", EXPECTED, 1);
        let rest = [
            &behind_app(&page),
            "<script type=\"application/json\" id=\"seeds\">",
            &json(known, whole),
            "</script>",
            scripts,
        ]
        .concat();
        let html = self.arranger.arranged(&head, fold, &page.body, &rest);
        Some(Drawn { html, missing })
    }
}

/// Holds the first paint until the beginning of the page is there, in engines that know it.
const EXPECTED: &str = "<link rel=\"expect\" href=\"#fold\" blocking=\"render\"></head>";

impl SitePages {
    /// How long the part of a built page is that is drawn anew. `None` where the app was built from other sources than
    /// this program: it would not find its own nodes in a page that is drawn here. Drawn without data, its page must be
    /// the one that was built.
    fn length_of_ours(&self, address: &str, language: Language, built: &str) -> Option<usize> {
        let mut hash = DefaultHasher::new();
        (built, language.tag()).hash(&mut hash);
        let hash = hash.finish();
        let judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        let known = judged.get(&hash).copied();
        drop(judged);
        if let Some(length) = known {
            return length;
        }
        let route = Route::parse(address.split('?').next().unwrap_or_default());
        // One page is built for all ids.
        let built_for = Route::shells()
            .into_iter()
            .find(|shell| shell.page() == route.page())
            .unwrap_or(route);
        let page = page(&built_for.to_string(), language);
        let body = page.body.clone() + &behind_app(&page);
        let length = Parts::of(built)
            .filter(|parts| [parts.body.0, parts.body.1].concat().starts_with(&body))
            .map(|_| body.len());
        if length.is_none() {
            tracing::warn!(
                page = %built_for,
                "built from other sources than this program: it goes out without data"
            );
        }
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        if judged.len() >= MOST_JUDGED {
            judged.clear();
        }
        judged.insert(hash, length);
        length
    }
}

/// What is in the page's `<main>`.
fn content(body: &str) -> &str {
    body.split_once("<main ")
        .and_then(|(_, main)| main.split_once('>')?.1.split_once("</main>"))
        .map_or("", |(content, _)| content)
}

/// What the app reads while it draws.
fn seeds(known: &Known) -> Seeds {
    let mut seeds = known.replies.clone();
    seeds.insert(SEED_TIME.to_owned(), known.time_ms.to_string());
    if known.again {
        seeds.insert(SEED_AGAIN.to_owned(), "true".to_owned());
    }
    seeds
}

/// The same as one JSON object that can stand in HTML.
fn json(known: &Known, whole: Option<i32>) -> String {
    let mut seeds = seeds(known);
    seeds.extend(whole.map(|sum| (SEED_WHOLE.to_owned(), sum.to_string())));
    let members: Vec<String> = seeds
        .iter()
        // Paths of the API and names of our own: nothing that JSON escapes.
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    // Must not end the script element, nor begin a comment in it.
    format!("{{{}}}", members.join(",")).replace('<', "\\u003c")
}
