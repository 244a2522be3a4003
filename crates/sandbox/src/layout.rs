//! What the sandbox's pages share: frame, words in two languages, escaping.

use std::fmt::{self, Display, Write};

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use dika_contract::{Campus, Issuer, TerminalKind, WalletKind};

use dika_contract::Language;
use dika_server::settings::Settings;
use dika_server::web::page_headers::{Inline, PageHeaders};

const CSS: &str = include_str!("../assets/sandbox.css");
const JS: &str = include_str!("../assets/sandbox.js");
const BRIDGE: &str = include_str!("../assets/bridge.js");

/// Text that is safe between tags and inside a quoted attribute.
pub(crate) struct Safe<T>(pub(crate) T);

impl<T: Display> Display for Safe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.to_string().chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// The words of a language.
pub(crate) trait Words {
    /// The Chinese words or the English ones.
    fn say(self, chinese: &'static str, english: &'static str) -> &'static str;
}

impl Words for Language {
    fn say(self, chinese: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

/// A whole page around `main`: title, the sandbox's mark, the way to the other language.
pub(crate) fn page(
    settings: &Settings,
    language: Language,
    status: StatusCode,
    name: &str,
    title: &str,
    main: &str,
) -> Response {
    let mark = language.say(
        "<b>沙盒</b> 这里的人、钱和卡都是虚构的",
        "<b>Sandbox</b> Everyone, all money and every card here is invented",
    );
    let (other, other_word) = match language {
        Language::Chinese => (Language::English, "English"),
        Language::English => (Language::Chinese, "中文"),
    };
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title><link rel=\"icon\" href=\"data:,\">\
         <link rel=\"stylesheet\" href=\"/sandbox/assets/sandbox.css\">\
         <script src=\"/sandbox/assets/sandbox.js\" defer></script></head>\
         <body><header class=\"mark\"><span>{mark}</span>\
         <a href=\"?lang={other}\" lang=\"{other}\" hreflang=\"{other}\">{other_word}</a></header>\
         <main data-page=\"{name}\">{main}</main></body></html>",
        lang = language.tag(),
        title = Safe(title),
        other = other.tag(),
    );
    let mut response = (status, Html(html)).into_response();
    PageHeaders::of(settings).dress(response.headers_mut(), &Inline::default());
    response
}

/// The style sheet and the script, from the binary itself.
pub(crate) async fn asset(Path(file): Path<String>) -> Response {
    let (media_type, text) = match file.as_str() {
        "sandbox.css" => ("text/css; charset=utf-8", CSS),
        "sandbox.js" => ("text/javascript; charset=utf-8", JS),
        "bridge.js" => ("text/javascript; charset=utf-8", BRIDGE),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    (
        [
            (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
        ],
        text,
    )
        .into_response()
}

pub(crate) fn campus(language: Language, campus: Campus) -> &'static str {
    match campus {
        Campus::Daxuecheng => language.say("大学城", "University Town (大学城)"),
        Campus::Longdong => language.say("龙洞", "Longdong (龙洞)"),
        Campus::Dongfenglu => language.say("东风路", "Dongfeng Road (东风路)"),
        Campus::Panyu => language.say("番禺", "Panyu (番禺)"),
        Campus::Other => "—",
    }
}

pub(crate) fn issuer(language: Language, issuer: Issuer) -> &'static str {
    match issuer {
        Issuer::Gdut => language.say("校园卡", "GDUT card (校园卡)"),
        Issuer::Hemc => language.say("大学城一卡通", "University Town card (大学城一卡通)"),
        Issuer::Other => "—",
    }
}

pub(crate) fn wallet(language: Language, wallet: WalletKind) -> &'static str {
    match wallet {
        WalletKind::Main => language.say("主钱包", "main wallet (主钱包)"),
        WalletKind::Utilities => language.say("水电钱包", "utilities wallet (水电钱包)"),
        WalletKind::Other => "—",
    }
}

pub(crate) fn terminal(language: Language, terminal: TerminalKind) -> &'static str {
    match terminal {
        TerminalKind::ServicePoint => language.say("服务点", "Service point (服务点)"),
        TerminalKind::GdutLoad => language.say("校园卡圈存机", "GDUT loading machine (圈存机)"),
        TerminalKind::GdutTopUp => language.say(
            "校园卡圈存补登机",
            "GDUT loading and top-up machine (圈存补登机)",
        ),
        TerminalKind::HemcTopUp => language.say(
            "大学城一卡通补登机",
            "University Town top-up machine (补登机)",
        ),
        TerminalKind::Other => "—",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(
            Safe("<a href='x'>\"&").to_string(),
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;"
        );
    }
}
