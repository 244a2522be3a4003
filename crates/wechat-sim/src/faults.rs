use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One kind of call, to be counted and made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Create an order, in any form.
    Create,
    /// Ask what became of it.
    Query,
    /// Close it.
    Close,
    /// Ask for a refund.
    Refund,
    /// Ask what became of that.
    QueryRefund,
    /// Ask for a day's bill.
    TradeBill,
    /// Download it.
    BillFile,
    /// Swap a sign-in code.
    SwapCode,
    /// Fetch an access token.
    Token,
    /// Fetch a JS-SDK ticket.
    Ticket,
    /// Send a one-time subscription message.
    Message,
}

/// One way to fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Not done; a gateway's unsigned HTML page with this status.
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
    /// Done; the answer bears no signature.
    Unsigned,
    /// Done; the answer's signature is over something else.
    BadSignature,
    /// Done; the answer's signature is ten minutes old.
    StaleSignature,
    /// Done; the answer is signed by a key that nobody knows.
    UnknownKey,
    /// Done; the answer is signed, but not JSON.
    Garbage,
    /// Not done; a signed refusal.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// Tencent's code.
        code: String,
    },
    /// Not done; a refusal of the public platform's API.
    ErrCode {
        /// Tencent's number.
        errcode: i64,
    },
    /// A query's answer, signed, is about another order.
    OtherOrder,
    /// A query's answer, signed, is about another merchant.
    OtherMerchant,
    /// A query's answer, signed, tells one fen more.
    OtherAmount,
    /// An answer, signed, has another value at a place than Tencent documents.
    Odd {
        /// The place, `/payer/openid`.
        at: String,
        /// What stands there.
        value: Value,
    },
    /// A query's answer, signed, tells this state.
    State {
        /// Tencent's text, known or not.
        state: String,
    },
}

/// A fault with where and how often it strikes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Which call; all of them if left out.
    #[serde(default)]
    pub call: Option<Call>,
    /// What happens.
    pub fault: Fault,
    /// How often; without end if left out.
    #[serde(default)]
    pub times: Option<u32>,
}

/// The answer that a fault gives in place of the call, if it is one that does.
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

/// The answer to a call that was done, changed as the fault says.
pub(crate) async fn response_after(fault: Option<&Fault>, answer: Response) -> Response {
    match fault {
        Some(Fault::DoneThenStatus { status }) => gateway_page(*status),
        Some(Fault::DoneThenSlow { ms }) => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            answer
        }
        Some(Fault::CutOff) => cut_off(answer).await,
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
    // A body of nothing can't be halved: pretend there was one.
    let announced = whole.len().max(2);
    let half = whole.slice(..whole.len() / 2);
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(announced));
    if parts.status == StatusCode::NO_CONTENT {
        parts.status = StatusCode::OK;
    }
    let pieces: [Result<Bytes, std::io::Error>; 2] =
        [Ok(half), Err(std::io::Error::other("cut off on purpose"))];
    Response::from_parts(parts, Body::from_stream(stream::iter(pieces)))
}
