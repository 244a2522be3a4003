//! A student's page comes in the appearance that was chosen in the settings, so that no script has to ask for it ahead of all
//! that is seen: that takes 10 ms on a slow processor (docs/decisions/0014-what-is-seen-first.md).

use axum::http::HeaderMap;
use dika_contract::appearance::Appearance;

use crate::http::channel::is_in_wechat;
use crate::http::cookies::cookie_named;
use crate::web::style_sheet::FIRST;

const ROOT: &str = "<html";
const SCRIPT: &str = "<script>";
const SCRIPT_END: &str = "</script>";

/// The page in the appearance that the cookies name, without the script ahead of its first style (`public/early.js`). `None` where
/// that has to stay: in WeChat, whose text size no cookie knows.
///
/// Who chose one and has lost the cookie sees it a moment later, from `public/boot.js`.
pub fn drawn_in(page: &str, headers: &HeaderMap) -> Option<String> {
    if is_in_wechat(headers) {
        return None;
    }
    let (head, rest) = page.split_once(FIRST)?;
    let (start, head) = head.split_once(ROOT)?;
    let (before, script) = head.split_once(SCRIPT)?;
    let (_, after) = script.split_once(SCRIPT_END)?;
    Some(
        [
            start,
            ROOT,
            &attributes(headers),
            before,
            after,
            FIRST,
            rest,
        ]
        .concat(),
    )
}

/// The root's attributes, each after a space.
fn attributes(headers: &HeaderMap) -> String {
    let chosen = Appearance::ALL.iter().filter_map(|choice| {
        let cookie = cookie_named(headers, choice.cookie())?;
        let value = choice.values().iter().find(|value| **value == cookie)?;
        Some(format!(" {}=\"{value}\"", choice.attribute()))
    });
    chosen.collect()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    const PAGE: &str = "<!doctype html><html lang=\"en\"><head><script>early()</script><style id=\"first\"></style></head>\
                        <body><script>boot()</script></body>";

    fn drawn(cookie: &'static str, agent: &'static str) -> Option<String> {
        let headers = [
            (header::COOKIE, HeaderValue::from_static(cookie)),
            (header::USER_AGENT, HeaderValue::from_static(agent)),
        ];
        drawn_in(PAGE, &HeaderMap::from_iter(headers))
    }

    #[test]
    fn the_appearance_is_what_the_cookies_name() {
        for (cookie, attributes) in [
            ("dika_lang=en", ""),
            ("dika_theme=dark", " data-theme=\"dark\""),
            (
                "dika_theme=light; dika_text=care",
                " data-theme=\"light\" data-text=\"care\"",
            ),
            ("dika_text=care", " data-text=\"care\""),
            ("dika_theme=; dika_text=normal", ""),
            ("dika_theme=\"><b>; dika_text=Care", ""),
        ] {
            let page = drawn(cookie, "Mozilla/5.0").expect("a page without the script");
            let start =
                format!("<!doctype html><html{attributes} lang=\"en\"><head><style id=\"first\">");
            assert!(page.starts_with(&start), "{cookie}: {page}");
            assert!(
                page.ends_with("<body><script>boot()</script></body>"),
                "{page}"
            );
        }
    }

    #[test]
    fn in_wechat_the_script_asks_for_its_text_size() {
        assert_eq!(
            drawn("dika_theme=dark", "Mozilla/5.0 MicroMessenger/8.0.49"),
            None
        );
    }

    #[test]
    fn a_page_without_such_a_script_stays_as_it_is() {
        for page in [
            "",
            "<html><head><style>a{}</style><script>1</script></head>",
            "<html><head><style id=\"first\">a{}</style><script>1</script></head>",
        ] {
            assert_eq!(drawn_in(page, &HeaderMap::new()), None, "{page}");
        }
    }
}
