use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::offset};
use url::Url;

use crate::{
    config::Config,
    id::{OpenId, OutTradeNo, TransactionId},
    lenient::if_readable,
    pay::fields::insert,
};

/// China's time: what Tencent's examples write.
const CHINA: UtcOffset = offset!(+8);

/// An order that can't be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrder {
    /// Empty, or more than 127 characters.
    #[error("the description must have 1 to 127 characters")]
    Description,
    /// Less than one fen, or more than Tencent's field holds.
    #[error("the amount must be 1 to 100000000 fen")]
    Amount,
    /// More than 127 bytes.
    #[error("the attached text must have 1 to 127 bytes")]
    Attach,
    /// Not a time that can be written.
    #[error("the end of the time to pay is out of range")]
    Expiry,
}

/// An order to create. Asked for again, it must be the same in everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    out_trade_no: OutTradeNo,
    description: String,
    total_fen: i64,
    expires_at_unix_s: Option<i64>,
    attach: Option<String>,
}

impl NewOrder {
    /// An order of `total_fen`; `description` is what the payer reads in WeChat.
    ///
    /// # Errors
    /// [`InvalidOrder`].
    pub fn new(
        out_trade_no: OutTradeNo,
        description: impl Into<String>,
        total_fen: i64,
    ) -> Result<Self, InvalidOrder> {
        let description = description.into();
        if !(1..=127).contains(&description.chars().count()) {
            return Err(InvalidOrder::Description);
        }
        if !(1..=100_000_000).contains(&total_fen) {
            return Err(InvalidOrder::Amount);
        }
        Ok(Self {
            out_trade_no,
            description,
            total_fen,
            expires_at_unix_s: None,
            attach: None,
        })
    }

    /// Ends the time to pay (Unix seconds; Tencent wants at least a minute from now). It can't be changed later.
    ///
    /// # Errors
    /// [`InvalidOrder::Expiry`].
    pub fn expires_at(mut self, unix_s: i64) -> Result<Self, InvalidOrder> {
        rfc3339_china(unix_s).ok_or(InvalidOrder::Expiry)?;
        self.expires_at_unix_s = Some(unix_s);
        Ok(self)
    }

    /// Text that comes back with queries and notifications. Not for anything private.
    ///
    /// # Errors
    /// [`InvalidOrder::Attach`].
    pub fn attach(mut self, text: impl Into<String>) -> Result<Self, InvalidOrder> {
        let text = text.into();
        if !(1..=127).contains(&text.len()) {
            return Err(InvalidOrder::Attach);
        }
        self.attach = Some(text);
        Ok(self)
    }

    /// The order's number.
    #[must_use]
    pub fn out_trade_no(&self) -> &OutTradeNo {
        &self.out_trade_no
    }

    pub(super) fn body(&self, config: &Config) -> Value {
        let mut body = json!({
            "appid": config.0.appid,
            "mchid": config.0.mchid,
            "description": self.description,
            "out_trade_no": self.out_trade_no,
            "notify_url": config.0.notify_url,
            "amount": { "total": self.total_fen, "currency": "CNY" },
        });
        if let Some(text) = self.expires_at_unix_s.and_then(rfc3339_china) {
            insert(&mut body, "time_expire", Value::String(text));
        }
        if let Some(text) = &self.attach {
            insert(&mut body, "attach", Value::String(text.clone()));
        }
        body
    }
}

fn rfc3339_china(unix_s: i64) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(unix_s)
        .ok()?
        .to_offset(CHINA)
        .format(&Rfc3339)
        .ok()
}

/// Reads an optional RFC 3339 time as Unix seconds; absent, empty or unreadable is `None`.
pub(super) fn optional_unix_s<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    let text: Option<String> = if_readable(deserializer)?;
    Ok(text
        .and_then(|t| OffsetDateTime::parse(&t, &Rfc3339).ok())
        .map(OffsetDateTime::unix_timestamp))
}

/// Where to send an ordinary mobile browser to pay. Never to one inside WeChat.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct H5Url(Url);

impl H5Url {
    /// The address as WeChat Pay gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address with the page to come back to, escaped. That page must lie on the registered domain, and must not
    /// conclude anything from being shown.
    #[must_use]
    pub fn returning_to(&self, page: &Url) -> String {
        let page: String = url::form_urlencoded::byte_serialize(page.as_str().as_bytes()).collect();
        let mark = if self.0.query().is_some() { '&' } else { '?' };
        format!("{}{mark}redirect_url={page}", self.0)
    }
}

impl fmt::Debug for H5Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("H5Url(…)")
    }
}

/// The text to draw as a QR code for a desktop screen. Valid two hours.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeUrl(String);

impl TryFrom<String> for CodeUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.trim().is_empty() {
            Err("an empty code")
        } else {
            Ok(Self(text))
        }
    }
}

impl From<CodeUrl> for String {
    fn from(code: CodeUrl) -> Self {
        code.0
    }
}

impl CodeUrl {
    /// The text to draw.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeUrl(…)")
    }
}

/// WeChat Pay's state of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum TradeState {
    /// `SUCCESS`: paid.
    Success,
    /// `REFUND`: paid, and money has gone back or is going.
    Refund,
    /// `NOTPAY`: not paid yet. Not final.
    NotPay,
    /// `CLOSED`: can't be paid any more.
    Closed,
    /// `REVOKED`: taken back (payment codes only).
    Revoked,
    /// `USERPAYING`: the user is at it (payment codes only).
    UserPaying,
    /// `PAYERROR`: failed (payment codes only).
    PayError,
    /// A state this program does not know, as it came.
    Other(String),
}

impl From<String> for TradeState {
    fn from(state: String) -> Self {
        match state.as_str() {
            "SUCCESS" => Self::Success,
            "REFUND" => Self::Refund,
            "NOTPAY" => Self::NotPay,
            "CLOSED" => Self::Closed,
            "REVOKED" => Self::Revoked,
            "USERPAYING" => Self::UserPaying,
            "PAYERROR" => Self::PayError,
            _ => Self::Other(state),
        }
    }
}

impl From<TradeState> for String {
    fn from(state: TradeState) -> Self {
        match state {
            TradeState::Success => "SUCCESS".to_owned(),
            TradeState::Refund => "REFUND".to_owned(),
            TradeState::NotPay => "NOTPAY".to_owned(),
            TradeState::Closed => "CLOSED".to_owned(),
            TradeState::Revoked => "REVOKED".to_owned(),
            TradeState::UserPaying => "USERPAYING".to_owned(),
            TradeState::PayError => "PAYERROR".to_owned(),
            TradeState::Other(state) => state,
        }
    }
}

/// The form an order was created in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
#[non_exhaustive]
pub enum TradeType {
    /// Inside WeChat.
    Jsapi,
    /// From a mobile browser (`MWEB`).
    H5,
    /// By scanning a code.
    Native,
    /// Another form, as it came.
    Other(String),
}

impl From<String> for TradeType {
    fn from(kind: String) -> Self {
        match kind.as_str() {
            "JSAPI" => Self::Jsapi,
            "MWEB" => Self::H5,
            "NATIVE" => Self::Native,
            _ => Self::Other(kind),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Amount {
    #[serde(default, deserialize_with = "if_readable")]
    total: Option<i64>,
    #[serde(default)]
    currency: Currency,
}

/// What an amount is counted in: yuan unless something else is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Currency {
    #[default]
    Yuan,
    Other,
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::Yuan,
            Value::String(name) if name.is_empty() || name == "CNY" => Self::Yuan,
            _ => Self::Other,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Payer {
    #[serde(default, deserialize_with = "if_readable")]
    openid: Option<OpenId>,
}

/// What WeChat Pay says of an order, in a query's answer or a notification. Made only from signed bytes. Whose order it is,
/// its state and, once it is paid, its amount decide and must be readable; everything else may have any form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Trade {
    appid: String,
    mchid: String,
    /// Our number.
    pub out_trade_no: OutTradeNo,
    /// WeChat Pay's number, once paid, where it can be read.
    #[serde(default, deserialize_with = "if_readable")]
    pub transaction_id: Option<TransactionId>,
    /// The form, once known.
    #[serde(default, deserialize_with = "if_readable")]
    pub trade_type: Option<TradeType>,
    /// The state.
    #[serde(rename = "trade_state")]
    pub state: TradeState,
    /// When it was paid, in Unix seconds.
    #[serde(default, rename = "success_time", deserialize_with = "optional_unix_s")]
    pub paid_at_unix_s: Option<i64>,
    /// The text given when it was created.
    #[serde(default, deserialize_with = "if_readable")]
    pub attach: Option<String>,
    #[serde(default, deserialize_with = "if_readable")]
    amount: Option<Amount>,
    #[serde(default, deserialize_with = "if_readable")]
    payer: Option<Payer>,
}

/// What a [`Trade`] means for an order of a known amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Paid, in full, in yuan.
    Paid {
        /// WeChat Pay's number, where it can be read.
        transaction_id: Option<TransactionId>,
        /// When, in Unix seconds, if told.
        paid_at_unix_s: Option<i64>,
    },
    /// Paid, but not this amount or not in yuan: never to be booked; a person must look.
    WrongAmount {
        /// What was paid, if told, in the smallest unit.
        total: Option<i64>,
    },
    /// Paid, and money has gone back or is going: ask for the refund.
    Refunded {
        /// WeChat Pay's number, where it can be read.
        transaction_id: Option<TransactionId>,
    },
    /// Not paid yet. Not final: WeChat Pay may say so for a while after the user has paid.
    NotPaid,
    /// Can't be paid any more.
    Closed,
    /// Failed for good.
    Failed,
    /// A state this program does not know: keep asking, and tell a person.
    Unknown(String),
}

impl Trade {
    /// The order's amount in fen, where told in yuan.
    #[must_use]
    pub fn total_fen(&self) -> Option<i64> {
        let amount = self.amount.as_ref()?;
        match amount.currency {
            Currency::Yuan => amount.total,
            Currency::Other => None,
        }
    }

    /// Who paid, where told.
    #[must_use]
    pub fn payer(&self) -> Option<&OpenId> {
        self.payer.as_ref()?.openid.as_ref()
    }

    /// Reads the state for an order that we asked `expected_fen` for.
    #[must_use]
    pub fn verdict(&self, expected_fen: i64) -> Verdict {
        match &self.state {
            TradeState::Success | TradeState::Refund if self.total_fen() != Some(expected_fen) => {
                Verdict::WrongAmount {
                    total: self.amount.as_ref().and_then(|amount| amount.total),
                }
            }
            TradeState::Success => Verdict::Paid {
                transaction_id: self.transaction_id.clone(),
                paid_at_unix_s: self.paid_at_unix_s,
            },
            TradeState::Refund => Verdict::Refunded {
                transaction_id: self.transaction_id.clone(),
            },
            TradeState::NotPay | TradeState::UserPaying => Verdict::NotPaid,
            TradeState::Closed => Verdict::Closed,
            TradeState::Revoked | TradeState::PayError => Verdict::Failed,
            TradeState::Other(state) => Verdict::Unknown(state.clone()),
        }
    }

    /// Names the field that is not ours, if any.
    pub(super) fn check_merchant(&self, config: &Config) -> Result<(), &'static str> {
        if self.mchid != config.0.mchid {
            return Err("mchid");
        }
        if self.appid != config.0.appid {
            return Err("appid");
        }
        Ok(())
    }

    /// A paid order must say how much.
    pub(super) fn check_whole(&self) -> Result<(), &'static str> {
        let paid = matches!(self.state, TradeState::Success | TradeState::Refund);
        if paid
            && self
                .amount
                .as_ref()
                .is_none_or(|amount| amount.total.is_none())
        {
            return Err("a paid order without amount");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(state: &str, amount: &str) -> Trade {
        serde_json::from_str(&format!(
            r#"{{"appid":"a","mchid":"m","out_trade_no":"order-1","transaction_id":"42","trade_state":"{state}",
               "success_time":"2026-03-01T08:00:00+08:00","amount":{amount}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn only_the_full_amount_in_yuan_pays() {
        let paid = trade("SUCCESS", r#"{"total":100,"currency":"CNY"}"#);
        assert!(matches!(
            paid.verdict(100),
            Verdict::Paid {
                paid_at_unix_s: Some(1_772_323_200),
                ..
            }
        ));
        assert_eq!(paid.verdict(101), Verdict::WrongAmount { total: Some(100) });
        let foreign = trade("SUCCESS", r#"{"total":100,"currency":"USD"}"#);
        assert_eq!(
            foreign.verdict(100),
            Verdict::WrongAmount { total: Some(100) }
        );
    }

    #[test]
    fn an_unknown_state_survives_and_pays_nothing() {
        let odd = trade("HALF_PAID", r#"{"total":100}"#);
        assert_eq!(odd.verdict(100), Verdict::Unknown("HALF_PAID".to_owned()));
        assert_eq!(String::from(odd.state), "HALF_PAID");
    }

    #[test]
    fn what_decides_nothing_may_have_any_form() {
        let long = "4".repeat(40);
        for odd in [
            r#""payer":{"openid":""}"#.to_owned(),
            r#""payer":"somebody""#.to_owned(),
            r#""payer":null,"trade_type":7,"attach":{}"#.to_owned(),
            r#""success_time":"yesterday""#.to_owned(),
            format!(r#""transaction_id":"{long}""#),
        ] {
            let number = if odd.contains("transaction_id") {
                ""
            } else {
                r#""transaction_id":"42","#
            };
            let trade: Trade = serde_json::from_str(&format!(
                r#"{{"appid":"a","mchid":"m","out_trade_no":"order-1",{number}"trade_state":"SUCCESS",
                   "amount":{{"total":100}},{odd}}}"#
            ))
            .unwrap_or_else(|fault| panic!("{odd}: {fault}"));
            assert!(matches!(trade.verdict(100), Verdict::Paid { .. }), "{odd}");
            assert!(trade.payer().is_none(), "{odd}");
        }
    }

    #[test]
    fn orders_keep_their_bounds() {
        let no = || OutTradeNo::new("order-1").unwrap();
        assert!(NewOrder::new(no(), "x", 0).is_err());
        assert!(NewOrder::new(no(), "", 1).is_err());
        assert!(NewOrder::new(no(), "饭".repeat(128), 1).is_err());
        assert!(NewOrder::new(no(), "饭".repeat(127), 1).is_ok());
        assert_eq!(rfc3339_china(0).unwrap(), "1970-01-01T08:00:00+08:00");
    }
}
