use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    http::NetworkFault,
    key::{SignFault, SignatureFault},
    lenient,
};

/// What a failed call says about whether the other side did what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did not.
    NotDone,
    /// It may have: only a query tells.
    Unknown,
}

/// How a call to WeChat Pay failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No whole answer came.
    #[error("WeChat Pay was not reached: {0}")]
    Network(#[from] NetworkFault),
    /// WeChat Pay refused (4xx).
    #[error("WeChat Pay refused: {0}")]
    Rejected(Rejection),
    /// WeChat Pay, or a gateway before it, is in trouble (5xx).
    #[error("WeChat Pay is in trouble: status {status}")]
    Unavailable {
        /// The HTTP status.
        status: u16,
    },
    /// An answer that WeChat Pay can't be shown to have signed; its content was not read.
    #[error("an answer was not believed: {0}")]
    Signature(#[from] SignatureFault),
    /// A signed answer that is not what Tencent documents.
    #[error("WeChat Pay's answer is unreadable: {0}")]
    Malformed(&'static str),
    /// A signed answer about another merchant, account, order or refund; names the field.
    #[error("WeChat Pay's answer is about another {0}")]
    Mismatch(&'static str),
    /// Our own request could not be signed.
    #[error(transparent)]
    Sign(#[from] SignFault),
}

impl Error {
    /// Whether what was asked may have been done all the same.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Network(NetworkFault::NotSent) | Self::Sign(_) => Outcome::NotDone,
            // WeChat Pay does not sign a refusal of our signature, nor of our rate.
            Self::Rejected(r) if r.proven || r.status == 401 || r.status == 429 => Outcome::NotDone,
            _ => Outcome::Unknown,
        }
    }

    /// WeChat Pay's code, where it refused and that refusal is proven to be its own.
    #[must_use]
    pub fn proven_code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Rejected(r) if r.proven => Some(&r.code),
            _ => None,
        }
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The HTTP status, 400 to 499.
    pub status: u16,
    /// Why.
    pub code: ErrorCode,
    /// Tencent's words, for logs only: never shown to a user.
    pub message: String,
    /// Whether the refusal bears WeChat Pay's signature. Draw no conclusion about an order from one that doesn't.
    pub proven: bool,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}: {}", self.status, self.code, self.message)?;
        if self.proven {
            Ok(())
        } else {
            f.write_str(" (unsigned)")
        }
    }
}

impl Rejection {
    pub(super) fn read(status: u16, body: &[u8], proven: bool) -> Self {
        #[derive(Deserialize)]
        struct Body {
            code: ErrorCode,
            #[serde(default, deserialize_with = "lenient::text")]
            message: String,
        }
        match serde_json::from_slice::<Body>(body) {
            Ok(Body { code, message }) => Self {
                status,
                code,
                message,
                proven,
            },
            Err(_) => Self {
                status,
                code: ErrorCode::Other(String::new()),
                message: "no code given".to_owned(),
                proven,
            },
        }
    }
}

/// WeChat Pay's codes that a caller acts on; all others survive as [`ErrorCode::Other`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum ErrorCode {
    /// `PARAM_ERROR`: a field is wrong.
    ParamError,
    /// `INVALID_REQUEST`: not allowed as asked; also an order created again with other content.
    InvalidRequest,
    /// `SIGN_ERROR`: our signature was not accepted.
    SignError,
    /// `NO_AUTH`: the merchant may not use this.
    NoAuth,
    /// `ORDERPAID`: paid already.
    OrderPaid,
    /// `ORDERCLOSED` or `ORDER_CLOSED`: closed already.
    OrderClosed,
    /// `ORDERNOTEXIST` or `ORDER_NOT_EXIST`: never created here.
    OrderNotExist,
    /// `OUT_TRADE_NO_USED`: the number belongs to another order.
    OutTradeNoUsed,
    /// `APPID_MCHID_NOT_MATCH`: account and merchant are not bound to each other.
    AppidMchidNotMatch,
    /// `MCH_NOT_EXISTS`: no such merchant.
    MchNotExists,
    /// `OPENID_MISMATCH`: the payer is not one of this account's users.
    OpenidMismatch,
    /// `USERPAYING`: the user is at it.
    UserPaying,
    /// `RULE_LIMIT` or `RULELIMIT`: forbidden by a rule of Tencent's.
    RuleLimit,
    /// `TRADE_ERROR`: refused for this trade.
    TradeError,
    /// `ACCOUNT_ERROR`: the payer's account can't pay.
    AccountError,
    /// `NOT_ENOUGH`: the merchant has too little for the refund.
    NotEnough,
    /// `RESOURCE_NOT_EXISTS`: no such refund.
    ResourceNotExists,
    /// `FREQUENCY_LIMITED` and its like: asked too often.
    FrequencyLimited,
    /// `SYSTEM_ERROR`: trouble at Tencent's.
    SystemError,
    /// `BANK_ERROR`: trouble at the bank's.
    BankError,
    /// Any other code, as it came.
    Other(String),
}

impl From<String> for ErrorCode {
    fn from(code: String) -> Self {
        match code.as_str() {
            "PARAM_ERROR" => Self::ParamError,
            "INVALID_REQUEST" => Self::InvalidRequest,
            "SIGN_ERROR" => Self::SignError,
            "NO_AUTH" => Self::NoAuth,
            "ORDERPAID" | "ORDER_PAID" => Self::OrderPaid,
            "ORDERCLOSED" | "ORDER_CLOSED" => Self::OrderClosed,
            "ORDERNOTEXIST" | "ORDER_NOT_EXIST" => Self::OrderNotExist,
            "OUT_TRADE_NO_USED" => Self::OutTradeNoUsed,
            "APPID_MCHID_NOT_MATCH" => Self::AppidMchidNotMatch,
            "MCH_NOT_EXISTS" => Self::MchNotExists,
            "OPENID_MISMATCH" => Self::OpenidMismatch,
            "USERPAYING" | "USER_PAYING" => Self::UserPaying,
            "RULE_LIMIT" | "RULELIMIT" => Self::RuleLimit,
            "TRADE_ERROR" => Self::TradeError,
            "ACCOUNT_ERROR" | "ACCOUNTERROR" => Self::AccountError,
            "NOT_ENOUGH" => Self::NotEnough,
            "RESOURCE_NOT_EXISTS" => Self::ResourceNotExists,
            "FREQUENCY_LIMITED" | "FREQUENCY_LIMIT_EXCEEDED" | "RATELIMIT_EXCEEDED" => {
                Self::FrequencyLimited
            }
            "SYSTEM_ERROR" | "SYSTEMERROR" => Self::SystemError,
            "BANK_ERROR" | "BANKERROR" => Self::BankError,
            _ => Self::Other(code),
        }
    }
}

impl From<ErrorCode> for String {
    fn from(code: ErrorCode) -> Self {
        let text = match code {
            ErrorCode::ParamError => "PARAM_ERROR",
            ErrorCode::InvalidRequest => "INVALID_REQUEST",
            ErrorCode::SignError => "SIGN_ERROR",
            ErrorCode::NoAuth => "NO_AUTH",
            ErrorCode::OrderPaid => "ORDERPAID",
            ErrorCode::OrderClosed => "ORDERCLOSED",
            ErrorCode::OrderNotExist => "ORDER_NOT_EXIST",
            ErrorCode::OutTradeNoUsed => "OUT_TRADE_NO_USED",
            ErrorCode::AppidMchidNotMatch => "APPID_MCHID_NOT_MATCH",
            ErrorCode::MchNotExists => "MCH_NOT_EXISTS",
            ErrorCode::OpenidMismatch => "OPENID_MISMATCH",
            ErrorCode::UserPaying => "USERPAYING",
            ErrorCode::RuleLimit => "RULE_LIMIT",
            ErrorCode::TradeError => "TRADE_ERROR",
            ErrorCode::AccountError => "ACCOUNT_ERROR",
            ErrorCode::NotEnough => "NOT_ENOUGH",
            ErrorCode::ResourceNotExists => "RESOURCE_NOT_EXISTS",
            ErrorCode::FrequencyLimited => "FREQUENCY_LIMITED",
            ErrorCode::SystemError => "SYSTEM_ERROR",
            ErrorCode::BankError => "BANK_ERROR",
            ErrorCode::Other(code) => return code,
        };
        text.to_owned()
    }
}
