use std::fmt;

use serde::{Deserialize, Serialize};

/// A name that does not have the shape its kind must have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be {rule}")]
pub struct InvalidId {
    kind: &'static str,
    rule: &'static str,
}

/// Makes one checked name type: private text, checked on construction and on deserialising.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $ok:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the shape and wraps the text.
            ///
            /// # Errors
            /// [`InvalidId`] with the rule in words; the refused text is not repeated.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let ok: fn(&str) -> bool = $ok;
                if ok(&text) { Ok(Self(text)) } else { Err(InvalidId { kind: $kind, rule: $rule }) }
            }

            /// The text as it goes over the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

/// Gives a name type `Display` and a plain `Debug`: for names that may stand in a log.
macro_rules! shown {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )*};
}

/// Gives a name type a `Debug` of its first letters only, and no `Display`: for names that point at a person.
macro_rules! private {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let shown: String = self.0.chars().take(3).collect();
                write!(f, concat!(stringify!($name), "({}…)"), shown)
            }
        }
    )*};
}

/// Letters, digits and the given marks, with a length between the bounds.
fn plain(text: &str, least: usize, most: usize, marks: &str) -> bool {
    (least..=most).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
}

/// Visible ASCII, at most so many characters, at least one.
fn visible(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic())
}

name!(
    /// The merchant's number of one order (`out_trade_no`), unique for the merchant: 6 to 32 of `0-9A-Za-z_-|*`.
    OutTradeNo,
    "out_trade_no",
    "6 to 32 of 0-9 A-Z a-z _ - | *",
    |text| plain(text, 6, 32, "_-|*")
);
name!(
    /// The merchant's number of one refund (`out_refund_no`), unique for the merchant: 1 to 64 of `0-9A-Za-z_-|*@`.
    OutRefundNo,
    "out_refund_no",
    "1 to 64 of 0-9 A-Z a-z _ - | * @",
    |text| plain(text, 1, 64, "_-|*@")
);
name!(
    /// WeChat Pay's number of one payment (`transaction_id`). At most 32 characters today; people search by it and nothing
    /// depends on it, so whatever can be printed is taken.
    TransactionId,
    "transaction_id",
    "1 to 256 characters, none of them a control character",
    |text| (1..=256).contains(&text.chars().count()) && !text.chars().any(char::is_control)
);
name!(
    /// The ticket that opens one JSAPI payment (`prepay_id`), valid for two hours. At most 64 characters today; it is only
    /// handed on.
    PrepayId,
    "prepay_id",
    "1 to 512 visible characters",
    |text| visible(text, 512)
);
name!(
    /// A WeChat user as seen by one official account (`openid`).
    OpenId,
    "openid",
    "1 to 128 visible characters",
    |text| visible(text, 128)
);
name!(
    /// A WeChat user across the accounts of one open-platform owner (`unionid`).
    UnionId,
    "unionid",
    "1 to 128 visible characters",
    |text| visible(text, 128)
);
shown!(OutTradeNo, OutRefundNo, TransactionId);
private!(PrepayId, OpenId, UnionId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_number_keeps_tencents_bounds() {
        for good in ["abc123", "A_-|*0", &"x".repeat(32)] {
            assert!(OutTradeNo::new(good).is_ok(), "{good}");
        }
        for bad in [
            "abc12",
            &"x".repeat(33),
            "abc 123",
            "abc/123",
            "订单123456",
            "abc123\n",
        ] {
            assert!(OutTradeNo::new(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<OutTradeNo>("\"x\"").is_err());
    }

    #[test]
    fn a_person_is_not_printed() {
        let openid = OpenId::new("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").unwrap();
        assert_eq!(format!("{openid:?}"), "OpenId(oUp…)");
    }
}
