//! The headers that every page carries: what it may load, who may frame it, what it tells others.

use std::path::Path;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::http::channel::is_in_wechat;
use crate::settings::Settings;

/// The headers of pages.
#[derive(Clone, Debug)]
pub struct PageHeaders {
    api_origin: Option<String>,
    encrypted: bool,
}

/// The file in the built app that says of each page what its policy must let in ([`Inline::lines`]).
pub const INLINE_FILE: &str = "inline.txt";

/// What stands in a page itself and may run there: source expressions for the policy (Content Security Policy Level 3,
/// 2.3.1), each after a space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inline {
    style: String,
    script: String,
}

impl Inline {
    /// The styles and scripts in a page.
    pub fn of(html: &str) -> Self {
        let sources = |element: &str| {
            let (start, end) = (format!("<{element}"), format!("</{element}>"));
            html.split(start.as_str())
                .skip(1)
                .filter_map(|rest| rest.split_once('>'))
                // Data, and what comes from files.
                .filter(|(attributes, _)| {
                    !attributes.contains(" type=") && !attributes.contains(" src=")
                })
                .filter_map(|(_, rest)| rest.split_once(end.as_str()))
                .filter(|(text, _)| !text.is_empty())
                .map(|(text, _)| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(text))))
                .collect()
        };
        Self {
            style: sources("style"),
            script: sources("script"),
        }
    }

    /// Lines for [`INLINE_FILE`]: the page's file below the app's folder, `style` or `script`, one source expression.
    pub fn lines(&self, file: &Path) -> String {
        [("style", &self.style), ("script", &self.script)]
            .into_iter()
            .flat_map(|(kind, sources)| {
                sources.split_whitespace().map(move |source| (kind, source))
            })
            .map(|(kind, source)| format!("{} {kind} {source}\n", file.display()))
            .collect()
    }

    /// What [`INLINE_FILE`] says of the page in `file`. Anything else than hashes allows nothing.
    pub fn read(text: &str, file: &Path) -> Self {
        let source = |kind: &str| {
            let start = format!("{} {kind} ", file.display());
            text.lines()
                .filter_map(|line| line.strip_prefix(start.as_str()))
                .filter(|source| is_hash(source))
                .map(|source| format!(" {source}"))
                .collect::<String>()
        };
        Self {
            style: source("style"),
            script: source("script"),
        }
    }
}

/// Whether this is one hash as a policy names it, and nothing that could open more.
fn is_hash(source: &str) -> bool {
    source
        .strip_prefix("'sha256-")
        .and_then(|rest| rest.strip_suffix('\''))
        .is_some_and(|digest| {
            digest
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
        })
}

/// The rule that HTML and addresses of scripts come from the app's own policy alone, for engines that know Trusted
/// Types. More than one instance of the app may make that policy. Not in WeChat's browsers: the bridge that WeChat puts into
/// pages is bound by it, too, and nobody outside knows what it writes; paying must not depend on that.
fn trusted_types(request: &HeaderMap) -> &'static str {
    if is_in_wechat(request) {
        return "";
    }
    "; require-trusted-types-for 'script'; trusted-types dika 'allow-duplicates'"
}

impl PageHeaders {
    /// `api_origin` is where the pages call the API when that is another origin than their own;
    /// `encrypted` says whether people reach this server by https.
    pub fn new(api_origin: Option<&str>, encrypted: bool) -> Self {
        Self {
            api_origin: api_origin.map(str::to_owned),
            encrypted,
        }
    }

    fn policy(&self, inline: &Inline, trusted_types: &str) -> HeaderValue {
        // `frame-src weixin:` is for WeChat's own bridge alone: older versions of it talk to the app around
        // them by frames of that scheme, which they put into the page, and paying waits for the answer.
        let of = |api: &str| {
            let Inline { style, script } = inline;
            HeaderValue::from_str(&format!(
                "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{script}; style-src 'self'{style}; \
                 img-src 'self' data:; connect-src 'self'{api}; manifest-src 'self'; \
                 worker-src 'self'; frame-src weixin:; base-uri 'none'; form-action 'self'; \
                 frame-ancestors 'none'{trusted_types}"
            ))
        };
        // An origin was checked when the settings were read; should it still not fit a header, pages
        // lose the other origin, not their policy.
        let api = self
            .api_origin
            .as_ref()
            .map_or(String::new(), |origin| format!(" {origin}"));
        of(&api)
            .or_else(|_| of(""))
            .unwrap_or(HeaderValue::from_static("default-src 'none'"))
    }

    /// The headers that go with what the operator set.
    pub fn of(settings: &Settings) -> Self {
        Self::new(settings.api_origin.as_deref(), settings.is_encrypted())
    }

    /// Whether people reach this server by https, so that cookies may ask for it.
    pub fn encrypted(&self) -> bool {
        self.encrypted
    }

    /// Adds what a page of the app needs that `request` asked for: as [`PageHeaders::dress`], with the rule that HTML
    /// comes from the app alone.
    pub fn dress_app(&self, headers: &mut HeaderMap, inline: &Inline, request: &HeaderMap) {
        self.dress(headers, inline);
        let policy = self.policy(inline, trusted_types(request));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }

    /// Adds what a page needs. Pages are never stored: a page that outlives its release asks for
    /// assets that are gone.
    pub fn dress(&self, headers: &mut HeaderMap, inline: &Inline) {
        for (name, value) in [
            (header::CACHE_CONTROL, "no-store"),
            (header::VARY, "Accept-Language, Cookie, Accept-Encoding"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            // Mobile payment outside WeChat wants to see which domain a payer comes from, so not
            // `no-referrer`; the path stays private.
            (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
            (
                HeaderName::from_static("permissions-policy"),
                "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            ),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                "same-origin",
            ),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy(inline, ""));
        if self.encrypted {
            headers.insert(
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashes_are_let_into_the_policy() {
        let file = Path::new("en/index.html");
        let read = |text| Inline::read(text, file);
        let both = read("en/index.html script 'sha256-x'\nen/index.html script 'sha256-y'\n");
        assert_eq!(both.script, " 'sha256-x' 'sha256-y'");
        let inline = read(
            "en/index.html style 'sha256-abc+/1='\nindex.html style 'sha256-z'\nen/index.html script 'sha256-x'\n",
        );
        assert_eq!(inline.style, " 'sha256-abc+/1='");
        assert_eq!(inline.script, " 'sha256-x'");
        for text in [
            "",
            "en/index.html script 'unsafe-inline'",
            "en/index.html script 'sha256-a' *",
            "en/index.html scripts 'sha256-a'",
            "index.html script 'sha256-a'",
            "script 'sha256-a'",
        ] {
            assert_eq!(read(text), Inline::default(), "{text}");
        }
        let policy = PageHeaders::new(None, false).policy(&inline, "");
        let policy = policy.to_str().expect("text");
        assert!(policy.contains(
            "script-src 'self' 'wasm-unsafe-eval' 'sha256-x'; style-src 'self' 'sha256-abc+/1=';"
        ));
    }

    #[test]
    fn what_stands_in_a_page_is_let_in_by_its_hash() {
        let html = "<style id=\"first\">a</style><style></style><script type=\"application/json\">a</script>\
                    <script src=\"/a.js\"></script><script>a</script>";
        let inline = Inline::of(html);
        // printf a | openssl dgst -sha256 -binary | base64
        let hash = "'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='";
        let lines = inline.lines(Path::new("404.html"));
        assert_eq!(
            lines,
            format!("404.html style {hash}\n404.html script {hash}\n")
        );
        assert_eq!(Inline::read(&lines, Path::new("404.html")), inline);
    }

    #[test]
    fn html_comes_from_the_app_alone_but_in_wechat() {
        let policy = |agent: &'static str| {
            let request =
                HeaderMap::from_iter([(header::USER_AGENT, HeaderValue::from_static(agent))]);
            let mut headers = HeaderMap::new();
            PageHeaders::new(None, true).dress_app(&mut headers, &Inline::default(), &request);
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str();
            policy.expect("text").to_owned()
        };
        let rule = "; require-trusted-types-for 'script'; trusted-types dika 'allow-duplicates'";
        assert!(policy("Mozilla/5.0 Chrome/130").ends_with(rule));
        assert!(policy("").ends_with(rule));
        for wechat in [
            "Mozilla/5.0 MicroMessenger/8.0.50",
            "Mozilla/5.0 wxwork/4.1 micromessenger/7",
        ] {
            let policy = policy(wechat);
            assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
        }
    }

    #[test]
    fn only_the_frames_of_wechat_s_bridge_are_let_in() {
        let policy =
            PageHeaders::new(Some("https://api.example"), true).policy(&Inline::default(), "");
        let policy = policy.to_str().expect("text");
        let frames: Vec<&str> = policy
            .split("; ")
            .filter(|rule| rule.starts_with("frame-src") || rule.starts_with("child-src"))
            .collect();
        assert_eq!(frames, ["frame-src weixin:"]);
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
    }
}
