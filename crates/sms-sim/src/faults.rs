use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use futures_util::stream;
use serde::{Deserialize, Serialize};

use crate::messages::Provider;

/// One way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Not done; a refusal with this code of the provider's.
    Refuse {
        /// E.g. `isv.BUSINESS_LIMIT_CONTROL`, `LimitExceeded.PhoneNumberDailyLimit`.
        code: String,
    },
    /// Not done; a gateway's HTML page with this status.
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// Done; then the same page.
    DoneThenStatus {
        /// The HTTP status.
        status: u16,
    },
    /// Not done; after this time a gateway's 504.
    Hang {
        /// Milliseconds.
        ms: u64,
    },
    /// Done at once; answered after this time.
    DoneThenSlow {
        /// Milliseconds.
        ms: u64,
    },
    /// Done; the answer breaks off half-way.
    CutOff,
    /// Done; the answer is not JSON.
    Garbage,
}

/// A fault with where and how often it strikes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Which provider; both if left out.
    #[serde(default)]
    pub provider: Option<Provider>,
    /// What happens.
    pub fault: Fault,
    /// How often; without end if left out.
    #[serde(default)]
    pub times: Option<u32>,
}

/// Takes the fault that strikes a call, if any: the oldest rule first.
pub(crate) fn take(rules: &mut Vec<FaultRule>, provider: Provider) -> Option<Fault> {
    let place = rules
        .iter()
        .position(|rule| rule.provider.is_none_or(|of| of == provider))?;
    let rule = rules.get_mut(place)?;
    let fault = rule.fault.clone();
    if let Some(times) = &mut rule.times {
        *times = times.saturating_sub(1);
        if *times == 0 {
            rules.remove(place);
        }
    }
    Some(fault)
}

/// What of a fault takes the place of the call.
pub(crate) async fn response_before(fault: Option<&Fault>) -> Option<Response> {
    match fault {
        Some(Fault::Status { status }) => Some(gateway_page(*status)),
        Some(Fault::Hang { ms }) => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            Some(gateway_page(504))
        }
        _ => None,
    }
}

/// What of a fault comes after the call is done, to the answer itself.
pub(crate) async fn response_after(fault: Option<&Fault>, answer: Response) -> Response {
    match fault {
        Some(Fault::DoneThenStatus { status }) => gateway_page(*status),
        Some(Fault::DoneThenSlow { ms }) => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            answer
        }
        Some(Fault::CutOff) => cut_off(answer).await,
        Some(Fault::Garbage) => Response::new(Body::from("{\"Code\":")),
        _ => answer,
    }
}

/// The page of a dead gateway.
fn gateway_page(status: u16) -> Response {
    let mut response = Response::new(Body::from("<html><body><h1>Bad Gateway</h1></body></html>"));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

/// Announces the whole body and breaks off in its middle.
async fn cut_off(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let whole = axum::body::to_bytes(body, 1 << 20)
        .await
        .unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let pieces: [Result<Bytes, std::io::Error>; 2] =
        [Ok(half), Err(std::io::Error::other("cut off on purpose"))];
    Response::from_parts(parts, Body::from_stream(stream::iter(pieces)))
}
