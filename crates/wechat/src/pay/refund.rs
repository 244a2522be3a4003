use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    config::Config,
    id::{OutRefundNo, OutTradeNo, TransactionId},
    pay::fields::insert,
};

/// A refund that can't be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRefund {
    /// Not between one fen and the order's total.
    #[error("the refund must be 1 fen up to the order's total")]
    Amount,
    /// Empty or more than 80 bytes.
    #[error("the reason must have 1 to 80 bytes")]
    Reason,
}

/// A refund to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    pub(super) out_trade_no: OutTradeNo,
    pub(super) out_refund_no: OutRefundNo,
    refund_fen: i64,
    total_fen: i64,
    reason: Option<String>,
}

impl NewRefund {
    /// Sends `refund_fen` of an order's `total_fen` back.
    ///
    /// # Errors
    /// [`InvalidRefund::Amount`].
    pub fn new(
        out_trade_no: OutTradeNo,
        out_refund_no: OutRefundNo,
        refund_fen: i64,
        total_fen: i64,
    ) -> Result<Self, InvalidRefund> {
        if refund_fen < 1 || refund_fen > total_fen {
            return Err(InvalidRefund::Amount);
        }
        Ok(Self {
            out_trade_no,
            out_refund_no,
            refund_fen,
            total_fen,
            reason: None,
        })
    }

    /// What the payer reads in WeChat.
    ///
    /// # Errors
    /// [`InvalidRefund::Reason`].
    pub fn reason(mut self, text: impl Into<String>) -> Result<Self, InvalidRefund> {
        let text = text.into();
        if !(1..=80).contains(&text.len()) {
            return Err(InvalidRefund::Reason);
        }
        self.reason = Some(text);
        Ok(self)
    }

    pub(super) fn body(&self, config: &Config) -> Value {
        let mut body = json!({
            "out_trade_no": self.out_trade_no,
            "out_refund_no": self.out_refund_no,
            "notify_url": config.0.refund_notify_url,
            "amount": { "refund": self.refund_fen, "total": self.total_fen, "currency": "CNY" },
        });
        if let Some(reason) = &self.reason {
            insert(&mut body, "reason", Value::String(reason.clone()));
        }
        body
    }
}

/// WeChat Pay's state of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum RefundStatus {
    /// `SUCCESS`: the money is back.
    Success,
    /// `PROCESSING`: on its way. Not final.
    Processing,
    /// `CLOSED`: it did not happen.
    Closed,
    /// `ABNORMAL`: the bank refused; a person must act in the merchant console.
    Abnormal,
    /// A status this program does not know, as it came.
    Other(String),
}

impl From<String> for RefundStatus {
    fn from(status: String) -> Self {
        match status.as_str() {
            "SUCCESS" => Self::Success,
            "PROCESSING" => Self::Processing,
            "CLOSED" => Self::Closed,
            "ABNORMAL" => Self::Abnormal,
            _ => Self::Other(status),
        }
    }
}

impl From<RefundStatus> for String {
    fn from(status: RefundStatus) -> Self {
        match status {
            RefundStatus::Success => "SUCCESS".to_owned(),
            RefundStatus::Processing => "PROCESSING".to_owned(),
            RefundStatus::Closed => "CLOSED".to_owned(),
            RefundStatus::Abnormal => "ABNORMAL".to_owned(),
            RefundStatus::Other(status) => status,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Amount {
    total: i64,
    refund: i64,
}

/// What WeChat Pay says of a refund. Made only from signed bytes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refund {
    /// Our number of the refund.
    pub out_refund_no: OutRefundNo,
    /// WeChat Pay's number of it.
    #[serde(default)]
    pub refund_id: Option<String>,
    /// Our number of the order.
    pub out_trade_no: OutTradeNo,
    /// WeChat Pay's number of the payment.
    #[serde(default)]
    pub transaction_id: Option<TransactionId>,
    /// The state: `status` in answers, `refund_status` in notifications.
    #[serde(alias = "refund_status")]
    pub status: RefundStatus,
    /// When the money was back, in Unix seconds.
    #[serde(
        default,
        rename = "success_time",
        deserialize_with = "super::order::optional_unix_s"
    )]
    pub refunded_at_unix_s: Option<i64>,
    amount: Amount,
}

impl Refund {
    /// What goes back, in fen.
    #[must_use]
    pub fn refund_fen(&self) -> i64 {
        self.amount.refund
    }

    /// The order's total, in fen.
    #[must_use]
    pub fn total_fen(&self) -> i64 {
        self.amount.total
    }
}
