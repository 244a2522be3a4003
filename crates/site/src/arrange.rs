//! The order in which a page arrives. First its beginning and the styles for that alone; then the fold, with all styles
//! and the page's first script; then the rest. A browser paints the beginning while the rest is on its way.
//!
//! ```text
//! <head> … <style id="first"> … </head><body><div class="app"> the beginning
//! <div hidden id="fold"> icon, styles, public/boot.js </div>
//! the rest of the app </div> what brings the app, scripts </body>
//! ```
//!
//! `public/boot.js` takes the fold out of the page before the app sees it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use dika_server::web::pages::{FOLD, FOLD_END};

use crate::first_style::Sheet;

/// Empty in the frame.
const FIRST_STYLE: &str = "<style id=\"first\">";
const STYLE_END: &str = "</style>";

/// How many bytes of markup a phone's screen shows, about.
const SCREEN: usize = 2_400;
/// What is best seen whole.
const WHOLE: [&str; 3] = ["</article>", "</li>", "</section>"];
/// Behind the end of one of these, too, an element of any kind may stand.
const ENDS: [&str; 3] = ["</h1>", "</p>", "</header>"];
/// What only a script answers, or shows (`src/pages/home`), must not be there before the script.
const NEEDS_SCRIPT: [&str; 3] = ["<button", "<form", "<div class=\"first-visit\""];

/// A document in the parts that drawing changes.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// Up to the body's content.
    pub head: &'a str,
    /// Icon, styles, script.
    pub fold: &'a str,
    /// The body's content without the fold, in the two pieces around it.
    pub body: (&'a str, &'a str),
}

impl<'a> Parts<'a> {
    /// Takes a document apart. `None` where it has no fold.
    pub fn of(html: &'a str) -> Option<Self> {
        let at = html.find(BODY)? + BODY.len();
        let (head, body) = html.split_at(at);
        let (beginning, rest) = body.split_once(FOLD)?;
        let end = rest.find(FOLD_END)? + FOLD_END.len();
        Some(Self {
            head,
            fold: &body[beginning.len()..][..FOLD.len() + end],
            body: (beginning, &rest[end..]),
        })
    }
}

const BODY: &str = "<body>";

/// Puts pages in order. Keeps what it has read of style sheets.
#[derive(Debug, Default)]
pub struct Arranger {
    sheets: Mutex<HashMap<u64, Arc<Sheet>>>,
}

/// More than there are different sheets, of two releases.
const MOST_SHEETS: usize = 16;

impl Arranger {
    /// The document with this head and fold and with `app` and `rest` in its body. Where the head links to the styles,
    /// the fold has none, and nothing is put into the head.
    pub fn arranged(&self, head: &str, fold: &str, app: &str, rest: &str) -> String {
        let (beginning, remainder) = app.split_at(beginning(app));
        let styles = styles_in(fold);
        let place = head.split_once(FIRST_STYLE).and_then(|(before, rest)| {
            Some((before, rest.split_once(STYLE_END)?.1)).filter(|_| !styles.is_empty())
        });
        let head = place.map_or_else(
            || head.to_owned(),
            |(before, after)| {
                let first = self.sheet(&styles).used_by(before, beginning);
                [before, FIRST_STYLE, &first, STYLE_END, after].concat()
            },
        );
        [&head, beginning, fold, remainder, rest].concat()
    }

    fn sheet(&self, styles: &[&str]) -> Arc<Sheet> {
        let mut hash = DefaultHasher::new();
        styles.hash(&mut hash);
        let hash = hash.finish();
        let sheets = self.sheets.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sheets.get(&hash).cloned();
        drop(sheets);
        known.unwrap_or_else(|| {
            let sheet = Arc::new(Sheet::read(&styles.concat()));
            let mut sheets = self.sheets.lock().unwrap_or_else(PoisonError::into_inner);
            if sheets.len() >= MOST_SHEETS {
                sheets.clear();
            }
            sheets.insert(hash, sheet.clone());
            sheet
        })
    }
}

/// The texts of the style elements.
fn styles_in(fold: &str) -> Vec<&str> {
    fold.split("<style")
        .skip(1)
        .filter_map(|rest| rest.split_once('>')?.1.split_once(STYLE_END))
        .map(|(text, _)| text)
        .collect()
}

/// How long the beginning of an app's markup is.
fn beginning(app: &str) -> usize {
    let needs_script = NEEDS_SCRIPT.iter().filter_map(|it| app.find(it)).min();
    let most = needs_script.unwrap_or(app.len());
    let ends_of = |elements: &[&str]| {
        let all = elements.iter().flat_map(|it| app.match_indices(it));
        let mut ends: Vec<usize> = all
            .map(|(at, end)| at + end.len())
            .filter(|at| *at <= most)
            .collect();
        ends.sort_unstable();
        ends
    };
    let ends = ends_of(&[&WHOLE[..], &ENDS[..]].concat());
    let beyond = |ends: &[usize]| ends.iter().copied().find(|at| *at >= SCREEN);
    let whole = beyond(&ends_of(&WHOLE)).filter(|at| *at <= 2 * SCREEN);
    match (whole.or_else(|| beyond(&ends)), needs_script) {
        (Some(at), _) => at,
        // A page shorter than the screen.
        (None, None) => app.len(),
        // What stands in one line with a button would move when the button comes.
        (None, Some(most)) => ends
            .into_iter()
            .rfind(|at| {
                let is_beside = app[*at..most].replace("<!>", "").is_empty();
                !(is_beside && app[most..].starts_with("<button"))
            })
            .unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "<html lang=\"en\"><head><style id=\"first\"></style><script>early()</script></head><body>";
    const FOLD_OF_PAGE: &str = "<div hidden id=\"fold\"><style>p{margin:0}h1{margin:1px}</style><script>boot()</script></div>";

    #[test]
    fn the_beginning_comes_with_its_own_styles_ahead_of_the_fold() {
        let beginning = format!("<div class=\"app\"><p>{}</p>", "a".repeat(SCREEN));
        let app = format!("{beginning}<p>b</p><h1>c</h1></div>");
        let html = Arranger::default().arranged(
            HEAD,
            FOLD_OF_PAGE,
            &app,
            "<script>wait()</script></body>",
        );
        assert_eq!(
            html,
            [
                "<html lang=\"en\"><head><style id=\"first\">p{margin:0}</style><script>early()</script></head><body>",
                &beginning,
                FOLD_OF_PAGE,
                "<p>b</p><h1>c</h1></div><script>wait()</script></body>"
            ]
            .concat()
        );
        let parts = Parts::of(&html).expect("parts");
        assert_eq!(parts.fold, FOLD_OF_PAGE);
        assert_eq!(
            [parts.body.0, parts.body.1].concat(),
            format!("{app}<script>wait()</script></body>")
        );
        // Again from these parts.
        let again = Arranger::default().arranged(
            parts.head,
            parts.fold,
            &app,
            "<script>wait()</script></body>",
        );
        assert_eq!(again, html);
    }

    #[test]
    fn a_head_with_a_link_stays_as_it_is() {
        let head = "<html><head><link rel=\"stylesheet\" href=\"/a.css\"></head><body>";
        let fold = "<div hidden id=\"fold\"><script>boot()</script></div>";
        let html = Arranger::default().arranged(head, fold, "<p>a</p>", "</body>");
        assert_eq!(html, [head, "<p>a</p>", fold, "</body>"].concat());
    }

    #[test]
    fn what_only_a_script_answers_comes_behind_it() {
        let long = "a".repeat(SCREEN);
        for (app, first) in [
            (
                format!("<div><p>a</p><div><p>b</p><!><button>b</button></div><p>{long}</p></div>"),
                "<div><p>a</p>".len(),
            ),
            (format!("<div><button>b</button><p>{long}</p></div>"), 0),
            (
                format!("<div><p>a</p><form><p>{long}</p></form></div>"),
                "<div><p>a</p>".len(),
            ),
            (
                format!("<div><ul><li>{long}<p>a</p></li></ul><p>b</p></div>"),
                format!("<div><ul><li>{long}<p>a</p></li>").len(),
            ),
            (
                format!("<div><p>{long}</p><p>b</p></div>"),
                format!("<div><p>{long}</p>").len(),
            ),
            (
                "<div><p>a</p></div>".to_owned(),
                "<div><p>a</p></div>".len(),
            ),
            (String::new(), 0),
        ] {
            assert_eq!(beginning(&app), first, "{app}");
        }
    }
}
