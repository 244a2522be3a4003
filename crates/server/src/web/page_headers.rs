//! The headers that every page carries: what it may load, who may frame it, what it tells others.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::settings::Settings;

/// The headers of pages.
#[derive(Clone, Debug)]
pub struct PageHeaders {
    api_origin: Option<String>,
    encrypted: bool,
}

/// What stands in the pages themselves and may run there: source expressions for the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inline {
    style: String,
    script: String,
}

impl Inline {
    /// Reads the built app's `inline.txt`: lines of `style` or `script` and one `'sha256-…'`. Anything else
    /// allows nothing.
    pub fn read(text: &str) -> Self {
        let source = |kind: &str| {
            text.lines()
                .filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' '))
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
    let agent = request.get(header::USER_AGENT);
    let agent = agent.map_or(&b""[..], HeaderValue::as_bytes);
    let mut parts = agent.windows(WECHAT.len());
    if parts.any(|part| part.eq_ignore_ascii_case(WECHAT)) {
        return "";
    }
    "; require-trusted-types-for 'script'; trusted-types dika 'allow-duplicates'"
}

/// Stands in the user agents of all of WeChat's browsers, WeCom's included.
const WECHAT: &[u8] = b"MicroMessenger";

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
        let both = Inline::read("script 'sha256-x'\nscript 'sha256-y'\n");
        assert_eq!(both.script, " 'sha256-x' 'sha256-y'");
        let inline = Inline::read("style 'sha256-abc+/1='\nscript 'sha256-x'\n");
        assert_eq!(inline.style, " 'sha256-abc+/1='");
        assert_eq!(inline.script, " 'sha256-x'");
        for text in [
            "",
            "script 'unsafe-inline'",
            "script 'sha256-a' *",
            "scripts 'sha256-a'",
        ] {
            assert_eq!(Inline::read(text), Inline::default(), "{text}");
        }
        let policy = PageHeaders::new(None, false).policy(&inline, "");
        let policy = policy.to_str().expect("text");
        assert!(policy.contains(
            "script-src 'self' 'wasm-unsafe-eval' 'sha256-x'; style-src 'self' 'sha256-abc+/1=';"
        ));
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
