//! Which of the two languages a request is answered in. One address serves both: the cookie that the
//! settings page sets decides, else the browser's `Accept-Language`.

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar};
use dika_contract::language::{COOKIE, Language};

/// The language for a request: the cookie's, else the one that `Accept-Language` ranks higher.
///
/// Chinese where the two are level or the header is missing; English where a header accepts no
/// Chinese.
pub fn of(headers: &HeaderMap) -> Language {
    let cookies = CookieJar::from_headers(headers);
    let chosen = cookies.get(COOKIE).map(Cookie::value);
    if let Some(chosen) = chosen.and_then(Language::from_tag) {
        return chosen;
    }
    let Some(accepted) = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .filter(|value| !value.trim().is_empty())
    else {
        return Language::Chinese;
    };
    let (chinese, english) = (rank(accepted, "zh"), rank(accepted, "en"));
    if chinese == 0 || english > chinese {
        Language::English
    } else {
        Language::Chinese
    }
}

/// The `Set-Cookie` value that remembers a language for a year.
pub fn remember(language: Language, secure: bool) -> HeaderValue {
    let mark = if secure { "; Secure" } else { "" };
    let text = format!(
        "{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax{mark}",
        language.tag()
    );
    // Made of the constants above, so it is always a good header value.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// Where a page is asked for with `?lang=`: remembers the language and goes on at the same address
/// without it.
pub fn switch(uri: &Uri, secure: bool) -> Option<Response> {
    let pairs = || uri.query().into_iter().flat_map(|query| query.split('&'));
    let language = pairs().find_map(|pair| pair.strip_prefix("lang="))?;
    let rest: Vec<&str> = pairs()
        .filter(|pair| !pair.is_empty() && !pair.starts_with("lang="))
        .collect();
    let mark = if rest.is_empty() { "" } else { "?" };
    // `//host` would lead to another site; to browsers, `/\host` is the same.
    let path = uri.path().trim_start_matches(['/', '\\']);
    let clean = format!("/{path}{mark}{}", rest.join("&"));
    let mut response = redirect(StatusCode::SEE_OTHER, &clean);
    if let Some(language) = Language::from_tag(language) {
        let cookie = remember(language, secure);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Some(response)
}

/// Sends the browser to another address of this origin.
pub fn redirect(status: StatusCode, to: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(to) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    (
        status,
        [
            (header::LOCATION, location),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ],
    )
        .into_response()
}

/// How much a language is wanted, in thousandths: the best of its variants, else the wildcard's.
fn rank(accepted: &str, language: &str) -> u16 {
    let mut named = None;
    let mut wildcard = 0;
    for (range, weight) in weighted(accepted) {
        let primary = range.split('-').next().unwrap_or(range);
        if primary.eq_ignore_ascii_case(language) {
            named = named.max(Some(weight));
        } else if range == "*" {
            wildcard = weight;
        }
    }
    named.unwrap_or(wildcard)
}

/// The items of a header with q-values and their weights in thousandths; a weight that cannot be
/// read counts as 0.
pub(crate) fn weighted(list: &str) -> impl Iterator<Item = (&str, u16)> {
    list.split(',').filter_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map_or(1000, thousandths);
        Some((name, weight))
    })
}

/// `0.85` as 850, without a float.
fn thousandths(text: &str) -> u16 {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    if rest.len() > 3 || !rest.bytes().all(|digit| digit.is_ascii_digit()) {
        return 0;
    }
    let part = rest
        .bytes()
        .chain(*b"000")
        .take(3)
        .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match whole {
        "1" => 1000,
        "0" | "" => part,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_header(name: header::HeaderName, value: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        of(&headers)
    }

    #[test]
    fn the_header_is_weighed() {
        use Language::{Chinese, English};
        for (accepted, language) in [
            ("zh-CN,zh;q=0.9,en-US;q=0.8,en;q=0.7", Chinese),
            ("en-US,en;q=0.9", English),
            ("en-US,en;q=0.9,zh-CN;q=0.8", English),
            ("en;q=0.2, zh-Hant;q=0.21", Chinese),
            ("fr-FR,fr", English),
            ("fr, zh;q=0.1", Chinese),
            ("zh;q=0, *", English),
            ("*", Chinese),
            ("ZH", Chinese),
            ("en;q=nonsense", English),
            ("", Chinese),
        ] {
            assert_eq!(
                of_header(header::ACCEPT_LANGUAGE, accepted),
                language,
                "{accepted}"
            );
        }
        assert_eq!(of(&HeaderMap::new()), Chinese);
    }

    #[test]
    fn the_cookie_wins() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("zh-CN"));
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=b; dika_lang=en"),
        );
        assert_eq!(of(&headers), Language::English);
        headers.insert(header::COOKIE, HeaderValue::from_static("dika_lang=tlh"));
        assert_eq!(of(&headers), Language::Chinese);
    }

    #[test]
    fn weights_are_read_without_floats() {
        for (text, weight) in [
            ("1", 1000),
            ("1.0", 1000),
            ("0.85", 850),
            ("0", 0),
            (".5", 500),
            ("0.1234", 0),
        ] {
            assert_eq!(thousandths(text), weight, "{text}");
        }
    }
}
