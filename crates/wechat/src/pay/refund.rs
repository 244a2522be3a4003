use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    config::Config,
    id::{OutRefundNo, OutTradeNo, TransactionId},
    lenient::if_readable,
    pay::{fields::insert, order::optional_unix_s},
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

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
struct Amount {
    #[serde(default, deserialize_with = "if_readable")]
    total: Option<i64>,
    #[serde(default, deserialize_with = "if_readable")]
    refund: Option<i64>,
}

/// What WeChat Pay says of a refund. Made only from signed bytes. Whose refund it is and its state decide and must be
/// readable; everything else may have any form. That money is back is only proven by an amount that can be read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Answer")]
pub struct Refund {
    /// Our number of the refund.
    pub out_refund_no: OutRefundNo,
    /// WeChat Pay's number of it, where it can be read.
    pub refund_id: Option<String>,
    /// Our number of the order.
    pub out_trade_no: OutTradeNo,
    /// WeChat Pay's number of the payment, where it can be read.
    pub transaction_id: Option<TransactionId>,
    /// The state: `status` in answers, `refund_status` in notifications.
    pub status: RefundStatus,
    /// When the money was back, in Unix seconds.
    pub refunded_at_unix_s: Option<i64>,
    amount: Amount,
}

/// A refund as it comes.
#[derive(Deserialize)]
struct Answer {
    out_refund_no: OutRefundNo,
    #[serde(default, deserialize_with = "if_readable")]
    refund_id: Option<String>,
    out_trade_no: OutTradeNo,
    #[serde(default, deserialize_with = "if_readable")]
    transaction_id: Option<TransactionId>,
    #[serde(default)]
    status: Option<RefundStatus>,
    #[serde(default)]
    refund_status: Option<RefundStatus>,
    #[serde(default, deserialize_with = "optional_unix_s")]
    success_time: Option<i64>,
    #[serde(default, deserialize_with = "if_readable")]
    amount: Option<Amount>,
}

impl TryFrom<Answer> for Refund {
    type Error = &'static str;

    fn try_from(answer: Answer) -> Result<Self, Self::Error> {
        Ok(Self {
            out_refund_no: answer.out_refund_no,
            refund_id: answer.refund_id,
            out_trade_no: answer.out_trade_no,
            transaction_id: answer.transaction_id,
            status: answer
                .status
                .or(answer.refund_status)
                .ok_or("a refund without a status")?,
            refunded_at_unix_s: answer.success_time,
            amount: answer.amount.unwrap_or_default(),
        })
    }
}

impl Refund {
    /// What goes back, in fen, where it can be read.
    #[must_use]
    pub fn refund_fen(&self) -> Option<i64> {
        self.amount.refund
    }

    /// The order's total, in fen, where it can be read.
    #[must_use]
    pub fn total_fen(&self) -> Option<i64> {
        self.amount.total
    }
}
