//! The headers that every page carries: what it may load, who may frame it, what it tells others.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::state::Settings;

/// The headers of pages, made once at the start.
#[derive(Clone, Debug)]
pub struct PageHeaders {
    policy: HeaderValue,
    encrypted: bool,
}

impl PageHeaders {
    /// `api_origin` is where the pages call the API when that is another origin than their own;
    /// `encrypted` says whether people reach this server by https.
    pub fn new(api_origin: Option<&str>, encrypted: bool) -> Self {
        let api = api_origin.map_or(String::new(), |origin| format!(" {origin}"));
        let policy = format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data:; connect-src 'self'{api}; manifest-src 'self'; \
             worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
        Self {
            // An origin was checked when the settings were read; should it still not fit a header,
            // pages lose the other origin, not their policy.
            policy: HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(
                "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
                 img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; \
                 frame-ancestors 'none'",
            )),
            encrypted,
        }
    }

    /// The headers that go with what the operator set.
    pub fn of(settings: &Settings) -> Self {
        let encrypted = settings
            .public_origin
            .as_ref()
            .is_some_and(|origin| origin.starts_with("https://"));
        Self::new(settings.api_origin.as_deref(), encrypted)
    }

    /// Whether people reach this server by https, so that cookies may ask for it.
    pub fn encrypted(&self) -> bool {
        self.encrypted
    }

    /// Adds what a page needs. Pages are never stored: a page that outlives its release asks for
    /// assets that are gone.
    pub fn dress(&self, headers: &mut HeaderMap) {
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
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        if self.encrypted {
            headers.insert(
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000"),
            );
        }
    }
}
