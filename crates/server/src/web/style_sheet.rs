//! Pages leave out styles and scripts that the browser keeps as files (docs/decisions/0013-style-from-the-cache.md).

use axum::http::HeaderMap;

use crate::http::cookies::cookie_named;

/// Names the style sheet that the browser keeps, beside the scripts of the same release: the file's name without its
/// folder. The app sets it once the files are there (`crates/ship/src/style_sheet.js`). It says nothing about anybody.
const COOKIE: &str = "dika_style";

/// The styles of what is seen first, in the head.
pub const FIRST: &str = "<style id=\"first\">";
/// All styles, with the address at which they stand in one file.
const WHOLE: &str = "<style data-sheet=\"";
const END: &str = "</style>";
/// A style sheet that comes with the app, after what is read; the one file has it, too.
const LATER: &str = "<link rel=\"stylesheet\" id=\"";
/// A script, with the address at which it stands in a file.
const SCRIPT: &str = "<script data-file=\"";
const SCRIPT_END: &str = "</script>";

/// The page with a link in place of its styles, and with files in place of its scripts, if the browser says that it keeps
/// the style sheet that the page names. A browser that is wrong about that fetches the file before it paints.
pub fn linked(page: &str, headers: &HeaderMap) -> Option<String> {
    let kept = cookie_named(headers, COOKIE)?;
    let (head, rest) = page.split_once(FIRST)?;
    let (_, rest) = rest.split_once(END)?;
    let (beginning, rest) = rest.split_once(WHOLE)?;
    let (address, rest) = rest.split_once('"')?;
    let (_, after) = rest.split_once(END)?;
    let (_, name) = address.rsplit_once('/')?;
    (name == kept).then(|| {
        let link = "<link rel=\"stylesheet\" data-sheet href=\"";
        let page = [head, link, address, "\">", beginning, after].concat();
        from_files(&without_later(&page))
    })
}

/// The page without the style sheets that come with the app.
fn without_later(page: &str) -> String {
    let mut parts = page.split(LATER);
    let mut html = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        html += part.split_once('>').map_or("", |(_, rest)| rest);
    }
    html
}

/// The page with the files in place of its scripts.
fn from_files(page: &str) -> String {
    let mut parts = page.split(SCRIPT);
    let mut html = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let script = part
            .split_once('"')
            .and_then(|(file, rest)| Some((file, rest.split_once(SCRIPT_END)?.1)));
        html += &match script {
            Some((file, rest)) => {
                ["<script data-kept src=\"", file, "\">", SCRIPT_END, rest].concat()
            }
            None => [SCRIPT, part].concat(),
        };
    }
    html
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    const PAGE: &str = "<head><style id=\"first\">d{}</style><script>1</script></head><body><p>a</p>\
                        <style data-sheet=\"/assets/style-0a.css\">a{}b{}</style>\
                        <script data-file=\"/assets/boot-0c.js\">2</script><b></b><link rel=\"stylesheet\" id=\"forms-later\" href=\"/assets/forms-0d.css\"><script>3</script></body>";

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
             <script>1</script></head><body><p>a</p>\
             <script data-kept src=\"/assets/boot-0c.js\"></script><b></b><script>3</script></body>"
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
            "<head><style id=\"first\">a{}</style></head><style>b{}</style>",
            "<head><style data-sheet=\"/assets/style-0a.css\">a{}</style></head>",
        ] {
            assert_eq!(with_cookie(page, cookie), None, "{page}");
        }
    }
}
