//! Pages leave out the style that the browser keeps as a file (docs/decisions/0013-style-from-the-cache.md).

use axum::http::HeaderMap;

use crate::http::cookies::cookie_named;

/// Names the style sheet that the browser keeps: the file's name without its folder. The page's script sets it once the
/// file is there (`crates/ship/src/style_sheet.js`). It says nothing about anybody.
const COOKIE: &str = "dika_style";

/// The first of a page's styles, and the last one, which says where all of them stand in one file.
const FIRST: &str = "<style>";
const LAST: &str = "<style id=\"own\" data-sheet=\"";
const END: &str = "</style>";

/// The page with a link in place of its styles, if the browser says that it keeps the file that the page names. A
/// browser that is wrong about that fetches the file before it paints.
pub fn linked(page: &str, headers: &HeaderMap) -> Option<String> {
    let kept = cookie_named(headers, COOKIE)?;
    let (before, rest) = page.split_once(FIRST)?;
    let (styles, rest) = rest.split_once(LAST)?;
    let (address, rest) = rest.split_once('"')?;
    let (_, after) = rest.split_once(END)?;
    if styles.contains("<script") {
        return None;
    }
    let (_, name) = address.rsplit_once('/')?;
    (name == kept).then(|| {
        let link = "<link rel=\"stylesheet\" data-sheet href=\"";
        [before, link, address, "\">", after].concat()
    })
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    const PAGE: &str = "<head><style>a{}</style><style id=\"forms\">c{}</style><style id=\"own\" data-sheet=\"/assets/style-0a.css\">b{}</style>\
                        <script></script></head><body></body>";

    fn with_cookie(page: &str, cookie: &'static str) -> Option<String> {
        let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookie))]);
        linked(page, &headers)
    }

    #[test]
    fn a_browser_that_keeps_this_release_s_file_gets_a_link() {
        let page = with_cookie(PAGE, "dika_lang=en; dika_style=style-0a.css");
        let page = page.expect("a link");
        assert_eq!(
            page,
            "<head><link rel=\"stylesheet\" data-sheet href=\"/assets/style-0a.css\">\
             <script></script></head><body></body>"
        );
    }

    #[test]
    fn any_other_browser_gets_the_styles() {
        for cookie in [
            "dika_lang=en",
            "dika_style=",
            "dika_style=0",
            "dika_style=style-0b.css",
            "dika_style=/assets/style-0a.css",
        ] {
            assert_eq!(with_cookie(PAGE, cookie), None, "{cookie}");
        }
        assert_eq!(linked(PAGE, &HeaderMap::new()), None);
    }

    #[test]
    fn a_page_without_such_a_file_stays_as_it_is() {
        let cookie = "dika_style=style-0a.css";
        for page in [
            "",
            "<head></head>",
            "<head><style>a{}</style></head>",
            "<head><style>a{}</style><style id=\"own\">b{}</style></head>",
            "<head><style>a{}</style><script></script><style id=\"own\" data-sheet=\"/style-0a.css\"></style>",
        ] {
            assert_eq!(with_cookie(page, cookie), None, "{page}");
        }
    }
}
