use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventKind {
    Payment,
    Refund,
}

impl EventKind {
    pub(crate) fn original_type(self) -> &'static str {
        match self {
            Self::Payment => "transaction",
            Self::Refund => "refund",
        }
    }
}

/// A notification waiting to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) id: String,
    pub(crate) kind: EventKind,
    pub(crate) event_type: &'static str,
    pub(crate) url: String,
    pub(crate) out_trade_no: String,
    pub(crate) asked_key: Option<String>,
    pub(crate) content: Value,
    pub(crate) due_ms: i64,
    pub(crate) attempt: u32,
    pub(crate) held: bool,
    /// A second copy is not tried again: the first one is.
    pub(crate) retries: bool,
}

/// A notification sent, byte for byte, with what came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentNotice {
    /// WeChat Pay's id of it.
    pub id: String,
    /// `TRANSACTION.SUCCESS` or one of `REFUND.…`.
    pub event_type: String,
    /// The order's number.
    pub out_trade_no: String,
    /// 1 for the first try.
    pub attempt: u32,
    /// Where to.
    pub url: String,
    /// All four of WeChat Pay's headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// The status answered, if one was.
    pub status: Option<u16>,
    /// When it was answered or given up, in milliseconds of the simulated clock.
    pub at_ms: i64,
}

/// A notification that is not what it should be, in one respect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// Nothing is wrong with it: to compare with.
    None,
    /// Signed by a stranger under the platform's serial.
    WrongKey,
    /// Signed by a stranger under their own serial.
    UnknownKey,
    /// The signature is over another body.
    BadSignature,
    /// The signature is not Base64.
    GarbledSignature,
    /// No headers of WeChat Pay's at all.
    NoHeaders,
    /// Signed ten minutes ago: what a replay later looks like.
    Stale,
    /// Signed ten minutes from now.
    Future,
    /// The body breaks off; the signature is over the whole.
    Truncated,
    /// The body breaks off; the signature is over what is left.
    TruncatedAndSigned,
    /// The sealed part breaks off; all else is in order.
    TruncatedSeal,
    /// Sealed with another APIv3 key.
    WrongSealKey,
    /// Sealed with other associated data than it names.
    WrongAssociatedData,
    /// Another algorithm is named.
    WrongAlgorithm,
    /// About another merchant.
    OtherMerchant,
    /// About another official account.
    OtherAccount,
    /// One fen more than was asked.
    OtherAmount,
    /// About an order nobody created.
    OtherOrder,
    /// An event of another kind.
    OtherEvent,
}

/// A notification's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeBytes {
    /// WeChat Pay's headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// The order in which held notifications go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseOrder {
    /// As they came about.
    AsIs,
    /// The latest first.
    Reversed,
}
