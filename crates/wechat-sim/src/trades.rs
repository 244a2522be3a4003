use std::net::IpAddr;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{clock::china_time, keys::Merchant};

/// The form an order was created in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Inside WeChat.
    Jsapi,
    /// From a mobile browser.
    H5,
    /// By scanning a code.
    Native,
}

impl Form {
    pub(crate) fn trade_type(self) -> &'static str {
        match self {
            Self::Jsapi => "JSAPI",
            Self::H5 => "MWEB",
            Self::Native => "NATIVE",
        }
    }
}

/// The state of an order, as the simulator knows it (a query may be told less).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Not paid yet.
    Notpay,
    /// Paid.
    Success,
    /// Paid, and money asked back.
    Refund,
    /// Closed.
    Closed,
}

/// An order on Tencent's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimTrade {
    /// The merchant's number.
    pub out_trade_no: String,
    /// The form.
    pub form: Form,
    /// The state.
    pub state: State,
    /// What is to be paid, in fen.
    pub total_fen: i64,
    /// What the payer reads.
    pub description: String,
    /// Text that comes back.
    pub attach: Option<String>,
    /// Who is to pay (JSAPI), or paid.
    pub openid: Option<String>,
    /// Where it is notified.
    pub notify_url: String,
    /// WeChat Pay's number, once paid.
    pub transaction_id: Option<String>,
    /// The latest name to pay by: prepay id, or the `pr` of a Native code.
    pub ticket: String,
    /// The text of a Native order's code.
    pub code_url: Option<String>,
    /// The latest address of an H5 order's cashier.
    pub h5_url: Option<String>,
    /// When it was created, in milliseconds of the simulated clock.
    pub created_ms: i64,
    /// The payer's address that an H5 order was created with.
    pub payer_ip: Option<IpAddr>,
    /// When it was paid, in milliseconds of the simulated clock.
    pub paid_ms: Option<i64>,
    /// When it can't be paid any more, likewise.
    pub expires_ms: Option<i64>,
    /// How much was asked back, in fen.
    pub refunded_fen: i64,
    /// How many queries since the payment were answered `NOTPAY`.
    #[serde(skip)]
    pub(crate) notpay_answers: u32,
    /// The key the creating request named.
    #[serde(skip)]
    pub(crate) asked_key: Option<String>,
}

/// A refund on Tencent's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimRefund {
    /// The merchant's number of it.
    pub out_refund_no: String,
    /// The order's number.
    pub out_trade_no: String,
    /// WeChat Pay's number of it.
    pub refund_id: String,
    /// What goes back, in fen.
    pub refund_fen: i64,
    /// `PROCESSING`, `SUCCESS`, `ABNORMAL` or `CLOSED`.
    pub status: String,
    /// Where it is notified.
    pub notify_url: String,
    /// When it ends, in milliseconds of the simulated clock.
    pub ends_ms: i64,
}

/// A refusal: HTTP status, Tencent's code, message.
pub(crate) type Refusal = (u16, &'static str, &'static str);

impl SimTrade {
    /// The order as answers and notifications carry it.
    pub(crate) fn to_json(&self, merchant: &Merchant) -> Value {
        let description = match self.state {
            State::Notpay => "订单未支付",
            State::Success => "支付成功",
            State::Refund => "转入退款",
            State::Closed => "订单已关闭",
        };
        let mut fields = json!({
            "appid": merchant.appid,
            "mchid": merchant.mchid,
            "out_trade_no": self.out_trade_no,
            "trade_state": self.state,
            "trade_state_desc": description,
            "amount": { "total": self.total_fen, "currency": "CNY" },
        });
        if let Some(object) = fields.as_object_mut() {
            if let Some(attach) = &self.attach {
                object.insert("attach".to_owned(), json!(attach));
            }
            if let (Some(id), Some(paid_ms)) = (&self.transaction_id, self.paid_ms) {
                object.insert("transaction_id".to_owned(), json!(id));
                object.insert("trade_type".to_owned(), json!(self.form.trade_type()));
                object.insert("bank_type".to_owned(), json!("OTHERS"));
                object.insert("success_time".to_owned(), json!(china_time(paid_ms)));
                object.insert("payer".to_owned(), json!({ "openid": self.openid }));
                object.insert(
                    "amount".to_owned(),
                    json!({ "total": self.total_fen, "payer_total": self.total_fen, "currency": "CNY", "payer_currency": "CNY" }),
                );
            }
        }
        fields
    }
}

impl SimRefund {
    /// The refund as answers carry it.
    pub(crate) fn to_json(&self, trade: &SimTrade) -> Value {
        let mut fields = json!({
            "refund_id": self.refund_id,
            "out_refund_no": self.out_refund_no,
            "transaction_id": trade.transaction_id,
            "out_trade_no": self.out_trade_no,
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": china_time(self.ends_ms),
            "status": self.status,
            "amount": { "total": trade.total_fen, "refund": self.refund_fen, "payer_total": trade.total_fen,
                "payer_refund": self.refund_fen, "currency": "CNY" },
        });
        if self.status == "SUCCESS"
            && let Some(object) = fields.as_object_mut()
        {
            object.insert("success_time".to_owned(), json!(china_time(self.ends_ms)));
        }
        fields
    }
}
