use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dika_contract::{Issuer, Timestamp};
use url::Url;

use crate::breaker::{self, Breaker};
use crate::error::{ErrorBody, ErrorDetail};
use crate::protocol::{self, Op, Operation};
use crate::signature::{Keyring, SignedHeaders};
use crate::{Malformed, json};

/// An answer longer than this is refused: the longest that the protocol knows is a page of a day's credits.
pub const BODY_LIMIT: usize = 1 << 20;

/// How long a call may take where nobody says otherwise. Students are not kept waiting for so long; the work behind
/// them is.
pub const USUAL_TIME_LIMIT: Duration = Duration::from_secs(8);

/// How a connector is reached.
#[derive(Clone, Debug)]
pub struct Options {
    /// The one address.
    pub url: Url,
    /// Whose cards it serves.
    pub issuer: Issuer,
    /// The keys that sign.
    pub keys: Keyring,
    /// How long a whole call may take.
    pub time_limit: Duration,
    /// When to stop asking.
    pub breaker: breaker::Rules,
    /// Whether proxies named by the environment are skipped: for an address on this machine or network.
    pub direct: bool,
    /// Whether every call is marked as a test.
    pub test: bool,
}

impl Options {
    /// [`USUAL_TIME_LIMIT`] per call, the usual breaker.
    pub fn new(url: Url, issuer: Issuer, keys: Keyring) -> Self {
        Self {
            url,
            issuer,
            keys,
            time_limit: USUAL_TIME_LIMIT,
            breaker: breaker::Rules::default(),
            direct: false,
            test: false,
        }
    }
}

/// Why a call brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No call was made: the connector did not answer the last ones.
    #[error("not asked: it did not answer the last calls (again in {}s)", .0.as_secs())]
    BreakerOpen(Duration),
    /// No connection came about: nothing was sent, nothing was done.
    #[error("could not connect")]
    NotSent,
    /// The time limit passed: whether it was done is unknown.
    #[error("no answer within the time limit")]
    TimedOut,
    /// The connection broke off: whether it was done is unknown.
    #[error("the connection broke off")]
    Interrupted,
    /// The answer is longer than [`BODY_LIMIT`].
    #[error("the answer is too long")]
    TooLong,
    /// Not the connector answered, but something in front of it: an HTML page, an empty body.
    #[error("status {status} with {} in place of JSON", if *.html { "an HTML page" } else { "something else" })]
    NotJson {
        /// The HTTP status.
        status: u16,
        /// Whether it is a page.
        html: bool,
    },
    /// The answer breaks the protocol.
    #[error("the answer is malformed: {0}")]
    Malformed(Malformed),
    /// The connector did not carry the call out, and says why.
    #[error("{}", error_text(.0))]
    Refused(ErrorDetail),
    /// The call could not be written or the random numbers ran out.
    #[error("the call could not be made: {0}")]
    Local(&'static str),
}

fn error_text(detail: &ErrorDetail) -> String {
    let field = detail.field.as_deref().unwrap_or_default();
    if field.is_empty() {
        format!("refused: {}", detail.code)
    } else {
        format!("refused: {} ({field})", detail.code)
    }
}

impl Fault {
    /// Whether it says that the connector as a whole is out of order. A malformed answer to one call
    /// and a refusal do not.
    pub fn is_silence(&self) -> bool {
        match self {
            Self::BreakerOpen(_)
            | Self::NotSent
            | Self::TimedOut
            | Self::Interrupted
            | Self::NotJson { .. } => true,
            Self::Refused(detail) => detail.code.is_outage(),
            Self::TooLong | Self::Malformed(_) | Self::Local(_) => false,
        }
    }

    /// Whether the connector certainly did not carry the call out.
    pub const fn was_not_done(&self) -> bool {
        matches!(self, Self::BreakerOpen(_) | Self::NotSent | Self::Local(_))
    }

    /// A word for metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::BreakerOpen(_) => "breaker_open",
            Self::NotSent => "not_sent",
            Self::TimedOut => "timed_out",
            Self::Interrupted => "interrupted",
            Self::TooLong => "too_long",
            Self::NotJson { .. } => "not_json",
            Self::Malformed(_) => "malformed",
            Self::Refused(_) => "refused",
            Self::Local(_) => "local",
        }
    }
}

/// Is told about every call, for metrics and logs.
pub trait Observer: Send + Sync {
    /// A call ended.
    fn called(&self, issuer: Issuer, op: Op, took: Duration, fault: Option<&Fault>);
}

struct Silent;

impl Observer for Silent {
    fn called(&self, _: Issuer, _: Op, _: Duration, _: Option<&Fault>) {}
}

/// A whole answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// One issuer's connector. Cheap to clone; clones share the breaker.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    http: reqwest::Client,
    breaker: Breaker,
    observer: Arc<dyn Observer>,
}

impl core::fmt::Debug for Client {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Client")
            .field("issuer", &self.shared.options.issuer)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client that tells nobody about its calls.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(options: Options) -> Result<Self, reqwest::Error> {
        Self::observed(options, Arc::new(Silent))
    }

    /// A client whose calls are observed.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn observed(options: Options, observer: Arc<dyn Observer>) -> Result<Self, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("dika-connector/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(options.time_limit)
            .timeout(options.time_limit)
            // Following a redirect would carry a signed call, and a password, elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            // A kept connection that the other side just dropped looks like a call of unknown outcome.
            .pool_idle_timeout(Duration::from_secs(5));
        if options.direct {
            builder = builder.no_proxy();
        }
        Ok(Self {
            shared: Arc::new(Shared {
                http: builder.build()?,
                breaker: Breaker::new(options.breaker),
                observer,
                options,
            }),
        })
    }

    /// Whose cards it serves.
    pub fn issuer(&self) -> Issuer {
        self.shared.options.issuer
    }

    /// How long a call may take.
    pub fn time_limit(&self) -> Duration {
        self.shared.options.time_limit
    }

    /// Whether calls go through.
    pub fn breaker(&self) -> breaker::State {
        self.shared.breaker.state(Instant::now())
    }

    /// Asks. The answer was checked against the question. A caller that waits no longer does not end the call: how the
    /// connector does is judged by the call's own time limit.
    ///
    /// # Errors
    /// A [`Fault`]. Only [`Fault::was_not_done`] says that nothing happened.
    pub async fn call<O: Operation>(&self, operation: &O) -> Result<O::Answer, Fault> {
        let (client, operation) = (self.clone(), operation.clone());
        let call = tokio::spawn(async move {
            let started = Instant::now();
            let result = client.guarded(&operation, started).await;
            client.shared.observer.called(
                client.issuer(),
                O::OP,
                started.elapsed(),
                result.as_ref().err(),
            );
            result
        });
        call.await
            .unwrap_or(Err(Fault::Local("the server is about to end")))
    }

    async fn guarded<O: Operation>(
        &self,
        operation: &O,
        started: Instant,
    ) -> Result<O::Answer, Fault> {
        let permit = self
            .shared
            .breaker
            .admit(started)
            .map_err(|rejected| Fault::BreakerOpen(rejected.retry_in))?;
        let result = self.unguarded(operation).await;
        match &result {
            Err(fault) if fault.is_silence() => permit.silent(Instant::now()),
            // Nothing was asked.
            Err(Fault::Local(_)) => drop(permit),
            _ => permit.answered(),
        }
        result
    }

    async fn unguarded<O: Operation>(&self, operation: &O) -> Result<O::Answer, Fault> {
        let Options { issuer, test, .. } = self.shared.options;
        let body = protocol::body(operation, issuer, test)
            .map_err(|_| Fault::Local("the body cannot be written"))?;
        let headers = self.shared.options.keys.sign(&message_id()?, now(), &body);
        let reply = self.post(&headers, body).await?;
        let answer = answer::<O::Answer>(&reply)?;
        operation.check(&answer).map_err(Fault::Malformed)?;
        Ok(answer)
    }

    /// Sends a body under these headers and reads the whole reply, whatever its status.
    pub(crate) async fn post(
        &self,
        headers: &SignedHeaders,
        body: Vec<u8>,
    ) -> Result<Reply, Fault> {
        let mut request = self
            .shared
            .http
            .post(self.shared.options.url.clone())
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(http::header::ACCEPT, "application/json");
        for (name, value) in headers.pairs() {
            request = request.header(name, value);
        }
        let mut response = request.body(body).send().await.map_err(network_fault)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(network_fault)? {
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(Fault::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            status: response.status().as_u16(),
            body,
        })
    }
}

fn network_fault(error: reqwest::Error) -> Fault {
    // A connect time-out is both; nothing was sent then.
    if error.is_connect() {
        Fault::NotSent
    } else if error.is_timeout() {
        Fault::TimedOut
    } else {
        Fault::Interrupted
    }
}

/// Reads a reply as the answer or as the error that it is.
pub(crate) fn answer<T: serde::de::DeserializeOwned>(reply: &Reply) -> Result<T, Fault> {
    let is_object = reply
        .body
        .iter()
        .find(|byte| !byte.is_ascii_whitespace())
        .is_some_and(|first| *first == b'{');
    let not_json = || Fault::NotJson {
        status: reply.status,
        html: looks_like_html(&reply.body),
    };
    if !is_object {
        return Err(not_json());
    }
    if reply.status == 200 {
        return json::read(&reply.body).map_err(Fault::Malformed);
    }
    // A gateway's own JSON error is not the connector's.
    match json::read::<ErrorBody>(&reply.body) {
        Ok(body) => Err(Fault::Refused(body.error)),
        Err(_) => Err(not_json()),
    }
}

fn looks_like_html(body: &[u8]) -> bool {
    body.iter()
        .find(|byte| !byte.is_ascii_whitespace())
        .is_some_and(|first| *first == b'<')
}

/// A new `webhook-id`.
///
/// # Errors
/// [`Fault::Local`] where the system gives no random numbers.
pub(crate) fn message_id() -> Result<String, Fault> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Fault::Local("no random numbers"))?;
    Ok(bytes
        .iter()
        .fold("msg_".to_owned(), |id, byte| id + &format!("{byte:02x}")))
}

/// This machine's clock: signatures are about real time, also where Dika's clock was moved for a test.
pub(crate) fn now() -> Timestamp {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|passed| i64::try_from(passed.as_secs()).ok())
        .unwrap_or(0);
    Timestamp::from_unix(seconds)
}
