use std::time::Duration;

use ::http::HeaderMap;

/// An answer longer than this is not one of Tencent's: the largest here is a few kilobytes.
const BODY_LIMIT: usize = 1 << 20;

/// How a call failed before an answer was there to read. Never holds the address: it may carry a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFault {
    /// No connection came about, so nothing was sent and nothing was done.
    #[error("could not connect")]
    NotSent,
    /// The time limit passed: whether the other side did it is unknown.
    #[error("no answer within the time limit")]
    TimedOut,
    /// The connection broke, or the answer was cut off: whether the other side did it is unknown.
    #[error("the connection broke off")]
    Interrupted,
}

impl From<reqwest::Error> for NetworkFault {
    fn from(error: reqwest::Error) -> Self {
        // A connect time-out is both; nothing was sent then.
        if error.is_connect() {
            Self::NotSent
        } else if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Interrupted
        }
    }
}

/// A whole answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// The HTTP client of one host's calls.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: reqwest::Client,
}

impl Http {
    /// A client with `limit` for a whole call. `direct` skips proxies from the environment: for hosts on this machine.
    pub(crate) fn new(limit: Duration, direct: bool) -> Result<Self, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("dika-wechat/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(limit.min(Duration::from_secs(5)))
            .timeout(limit)
            // Tencent never redirects these calls; following one would carry a signature or a secret elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            // A kept connection that the other side just dropped looks like a broken call of unknown outcome.
            .pool_idle_timeout(Duration::from_secs(20));
        if direct {
            builder = builder.no_proxy();
        }
        Ok(Self {
            client: builder.build()?,
        })
    }

    pub(crate) fn request(&self, method: ::http::Method, url: url::Url) -> reqwest::RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends and reads the whole answer, whatever its status.
    pub(crate) async fn send(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<Reply, NetworkFault> {
        self.send_up_to(request, BODY_LIMIT).await
    }

    /// As [`Self::send`], for answers of up to so many bytes.
    pub(crate) async fn send_up_to(
        &self,
        request: reqwest::RequestBuilder,
        limit: usize,
    ) -> Result<Reply, NetworkFault> {
        let mut response = request.send().await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > limit {
                return Err(NetworkFault::Interrupted);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }
}
