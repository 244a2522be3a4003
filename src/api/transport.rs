//! The seam between the app and the network. Behind it: HTTP here, held replies in component tests,
//! the server's own router in contract tests.

use std::{future::Future, pin::Pin};

use super::Fault;

/// A future that stays on its thread: the browser has only one.
pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Writes something new, or acts.
    Post,
    /// Sets.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A call, before it leaves. No `Debug`: bodies carry passwords.
pub struct Request {
    /// What it does.
    pub method: Method,
    /// Path and query below the API's base, `/top-ups?open=true`.
    pub path: String,
    /// JSON.
    pub body: Option<String>,
    /// Headers beside the content type.
    pub headers: Vec<(&'static str, String)>,
}

/// An answer, before it is read.
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body as text.
    pub body: String,
}

/// Carries calls to the API and answers back.
pub trait Transport: Send + Sync {
    /// Sends one request; any HTTP status is an answer.
    ///
    /// # Errors
    /// [`Fault::Offline`] or [`Fault::Timeout`] where no answer came.
    fn send(&self, request: Request) -> LocalFuture<Result<Reply, Fault>>;
}

#[cfg(target_arch = "wasm32")]
pub use http::HttpTransport;

#[cfg(target_arch = "wasm32")]
mod http {
    use gloo_net::http::RequestBuilder;
    use gloo_timers::callback::Timeout;
    use web_sys::{AbortController, RequestCredentials};

    use super::{Fault, LocalFuture, Method, Reply, Request, Transport};
    use crate::platform;

    /// Seconds are long on a campus network at noon: a read may take this many milliseconds.
    const READ_LIMIT_MS: u32 = 15_000;
    /// A write waits longer, because nobody knows what it did when it is given up.
    const WRITE_LIMIT_MS: u32 = 30_000;

    /// Calls over HTTP, with the session's cookie.
    pub struct HttpTransport {
        base: String,
    }

    impl HttpTransport {
        /// The API of this page: its own origin, or the one that the deploying school named in the
        /// `dika-api` meta tag.
        pub fn for_page() -> Self {
            Self {
                base: platform::api_origin() + dika_contract::endpoint::BASE,
            }
        }
    }

    impl Transport for HttpTransport {
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
                let mut builder = RequestBuilder::new(&url)
                    .method(request.method.into())
                    .credentials(RequestCredentials::Include)
                    .abort_signal(aborted.as_ref());
                for (name, value) in &request.headers {
                    builder = builder.header(name, value);
                }
                let sent = match request.body {
                    Some(body) => builder
                        .header("content-type", "application/json")
                        .body(body),
                    None => builder.build(),
                };
                let answer = async {
                    let response = sent.ok()?.send().await.ok()?;
                    Some(Reply {
                        status: response.status(),
                        body: response.text().await.ok()?,
                    })
                };
                let answer = answer.await;
                drop(timer);
                let late = aborted.is_some_and(|signal| signal.aborted());
                answer.ok_or(if late { Fault::Timeout } else { Fault::Offline })
            })
        }
    }

    impl From<Method> for gloo_net::http::Method {
        fn from(method: Method) -> Self {
            match method {
                Method::Get => Self::GET,
                Method::Post => Self::POST,
                Method::Put => Self::PUT,
                Method::Delete => Self::DELETE,
            }
        }
    }
}
