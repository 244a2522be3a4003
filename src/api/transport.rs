//! How requests are sent: over HTTP in the browser, to held replies in component tests, to the server's own
//! router in contract tests.

use std::{future::Future, pin::Pin};

use super::Fault;

/// A future that is not `Send`: the browser has one thread.
pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// The HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates something, or acts.
    Post,
    /// Sets something.
    Put,
    /// Removes something.
    Delete,
}

impl Method {
    /// As in HTTP.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A request. Without `Debug`: bodies contain passwords.
#[derive(Clone)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// Path and query below the API's base, `/top-ups?open=true`.
    pub path: String,
    /// The body as JSON.
    pub body: Option<String>,
    /// Headers other than the content type.
    pub headers: Vec<(&'static str, String)>,
}

/// A reply.
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body as text.
    pub body: String,
    /// What time it is at the server, in milliseconds since 1970 UTC; `None` where it doesn't say.
    pub server_time_ms: Option<i64>,
}

/// Sends requests to the API.
pub trait Transport: Send + Sync {
    /// Sends a request. A reply with any HTTP status is `Ok`.
    ///
    /// # Errors
    /// [`Fault::Offline`] or [`Fault::Timeout`] if there is no reply.
    fn send(&self, request: Request) -> LocalFuture<Result<Reply, Fault>>;

    /// What the page brought along under this name, until it has been drawn: under a path of the API the body of
    /// its reply, under [`SEED_TIME`], [`SEED_AGAIN`] and [`SEED_WHOLE`] what these say. `None` for a page that came
    /// without.
    fn seed(&self, _name: &str) -> Option<String> {
        None
    }
}

/// The seed with the server's time at which the page was drawn, in milliseconds since 1970 UTC.
pub const SEED_TIME: &str = "time";

/// The seed that is there if replies were cut short to be in time, and are to be read again.
pub const SEED_AGAIN: &str = "again";

/// The seed that is there if nothing on the page needs the code that draws it until something changes: the sum of what the
/// page says (`crates/site/src/nodes.rs`).
pub const SEED_WHOLE: &str = "whole";

#[cfg(target_arch = "wasm32")]
pub use http::HttpTransport;

#[cfg(target_arch = "wasm32")]
mod http {
    use dika_contract::endpoint;
    use gloo_timers::callback::Timeout;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{
        AbortController, AbortSignal, Headers, RequestCredentials, RequestInit, Response,
    };

    use super::{Fault, LocalFuture, Method, Reply, Request, Transport};
    use crate::platform;

    /// Time limit of a read, in milliseconds: the campus network is slow at noon.
    const READ_LIMIT_MS: u32 = 15_000;
    /// Time limit of a write: longer, because after giving up its outcome is unknown.
    const WRITE_LIMIT_MS: u32 = 30_000;

    /// Sends over HTTP, with the session cookie.
    pub struct HttpTransport {
        base: String,
    }

    impl HttpTransport {
        /// For this page's API: at the origin in the `dika-api` meta tag, or the page's own.
        pub fn for_page() -> Self {
            Self {
                base: platform::api_origin() + endpoint::BASE,
            }
        }
    }

    impl Transport for HttpTransport {
        fn seed(&self, name: &str) -> Option<String> {
            platform::seed(name)
        }

        fn send(&self, request: Request) -> LocalFuture<Result<Reply, Fault>> {
            let url = self.base.clone() + &request.path;
            Box::pin(async move {
                let controller = AbortController::new().ok();
                let limit = if request.method == Method::Get {
                    READ_LIMIT_MS
                } else {
                    WRITE_LIMIT_MS
                };
                let timer = controller
                    .clone()
                    .map(|controller| Timeout::new(limit, move || controller.abort()));
                let aborted = controller.as_ref().map(AbortController::signal);
                let answer = answer(&url, request, aborted.as_ref()).await;
                drop(timer);
                let late = aborted.is_some_and(|signal| signal.aborted());
                answer.map_err(|_| if late { Fault::Timeout } else { Fault::Offline })
            })
        }
    }

    /// The whole reply, or what the browser says of there being none.
    async fn answer(
        url: &str,
        request: Request,
        signal: Option<&AbortSignal>,
    ) -> Result<Reply, JsValue> {
        let headers = Headers::new()?;
        for (name, value) in &request.headers {
            headers.set(name, value)?;
        }
        let options = RequestInit::new();
        options.set_method(request.method.as_str());
        options.set_credentials(RequestCredentials::Include);
        options.set_signal(signal);
        if let Some(body) = request.body {
            headers.set("content-type", "application/json")?;
            options.set_body(&body.into());
        }
        options.set_headers(&headers);
        let request = web_sys::Request::new_with_str_and_init(url, &options)?;
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let response = JsFuture::from(window.fetch_with_request(&request)).await?;
        let response: Response = response.unchecked_into();
        let time = response.headers().get(endpoint::SERVER_TIME_HEADER)?;
        let body = JsFuture::from(response.text()?).await?;
        Ok(Reply {
            server_time_ms: time.and_then(|time| time.parse().ok()),
            status: response.status(),
            body: body.as_string().unwrap_or_default(),
        })
    }
}
