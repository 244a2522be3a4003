use core::fmt;

use dika_contract::wire_enum;
use serde::{Deserialize, Serialize};

/// A message that cannot be read: which field, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The field's path, `wallets[0].on_card_fen`; empty where it is the body as a whole.
    pub field: String,
    /// What is wrong. Never holds the value.
    pub problem: String,
}

impl Malformed {
    /// A fault of a field.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.problem)
        } else {
            write!(f, "{}: {}", self.field, self.problem)
        }
    }
}

impl core::error::Error for Malformed {}

wire_enum!(
    /// Why a call was not carried out. Nothing was booked by a call that ends in one of these.
    pub enum ErrorCode {
        /// The body cannot be read; `field` says where.
        Malformed = "malformed",
        /// No signature fits, or a header is missing.
        BadSignature = "bad_signature",
        /// The timestamp is more than five minutes away: one of the clocks is wrong, or the message is old.
        StaleTimestamp = "stale_timestamp",
        /// The operation is not offered.
        UnsupportedOp = "unsupported_op",
        /// There is no card with this reference.
        UnknownCard = "unknown_card",
        /// There is no order with this id.
        UnknownOrder = "unknown_order",
        /// The order id was used before with another card, wallet or amount.
        OrderConflict = "order_conflict",
        /// The call is marked as a test and its card is not a test account.
        NotATestAccount = "not_a_test_account",
        /// The card system behind the connector does not answer; ask again.
        Unavailable = "unavailable",
        /// The connector failed; ask again.
        Internal = "internal",
    } else {
        /// A code that this version does not know. Treated as [`ErrorCode::Unavailable`].
        Other = "other",
    }
);

impl ErrorCode {
    /// The HTTP status that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::BadSignature | Self::StaleTimestamp => 401,
            Self::NotATestAccount => 403,
            Self::UnknownCard | Self::UnknownOrder => 404,
            Self::OrderConflict => 409,
            Self::UnsupportedOp => 501,
            Self::Unavailable => 503,
            Self::Internal | Self::Other => 500,
        }
    }

    /// Whether the connector, or what stands behind it, is out of order as a whole.
    pub const fn is_outage(self) -> bool {
        matches!(self, Self::Unavailable | Self::Internal | Self::Other)
    }
}

/// The body of an answer that is no success: `{"error":{"code":"malformed","field":"amount_fen"}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// The code.
    pub code: ErrorCode,
    /// The field that is wrong, for [`ErrorCode::Malformed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// For developers, in any language. No student sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
