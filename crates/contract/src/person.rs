use alloc::string::String;

use serde::{Deserialize, Serialize};

/// Digits only, so many of them.
fn digits(text: &str, count: core::ops::RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

wire_text!(
    /// A mobile number in mainland China: eleven digits, the first a 1. The account of `hemc`'s
    /// own service is a mobile number too (seed, part 二, second step).
    pub struct Phone, typed phone, "11 digits, the first a 1", pattern "^1[0-9]{10}$",
    |text: &str| digits(text, 11..=11) && text.starts_with('1')
);

impl Phone {
    /// `138****1234`: enough for its owner to know it.
    pub fn masked(&self) -> String {
        [&self.as_str()[..3], "****", &self.as_str()[7..]].concat()
    }
}

wire_text!(
    /// The six digits that came by SMS.
    pub struct SmsCode, typed sms_code, "6 digits", pattern "^[0-9]{6}$",
    |text: &str| digits(text, 6..=6)
);
wire_text!(
    /// The account of a `gdut` card: the student or staff number.
    pub struct AccountNo, typed account, "4 to 20 letters or digits", pattern "^[0-9A-Za-z]{4,20}$",
    |text: &str| (4..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
);
wire_text!(
    /// The number printed on a card (seed, part 二, third step: 卡号请查看卡面).
    pub struct CardNo, typed card_no, "4 to 20 digits", pattern "^[0-9]{4,20}$",
    |text: &str| digits(text, 4..=20)
);

impl CardNo {
    /// `**** 5678`: the last four digits.
    pub fn masked(&self) -> String {
        ["**** ", &self.as_str()[self.as_str().len() - 4..]].concat()
    }
}

wire_text!(
    /// A card's password: the first one is six digits; one that was changed may be longer.
    pub struct CardPassword, typed password, "1 to 32 printable ASCII characters",
    pattern "^[!-~]{1,32}$",
    |text: &str| (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
);

/// What a student may see of a card's holder to tell whose it is. Masked at the server: a full name,
/// student number or ID never leaves it (seed, 特别提醒: check the data, else ask a service point).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MaskedIdentity {
    /// Family name and stars: `陈*`, `陈*明`.
    pub name: String,
    /// Student or staff number with its middle hidden: `3124****08`.
    pub student_no: String,
    /// Where the holder studies.
    pub campus: crate::Campus,
    /// College or department, in Chinese, where the card system knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub college: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_checked() {
        assert!(Phone::parse("13800001234").is_some());
        assert!(Phone::parse("23800001234").is_none());
        assert!(Phone::parse("1380000123").is_none());
        assert!(CardNo::parse("123").is_none());
        assert!(CardPassword::parse("12345 ").is_none());
        assert!(AccountNo::parse("3124001234").is_some());
    }

    #[test]
    fn masks_hide_the_middle() {
        assert_eq!(
            Phone::parse("13812345678").map(|p| p.masked()).as_deref(),
            Some("138****5678")
        );
        assert_eq!(
            CardNo::parse("12345678").map(|c| c.masked()).as_deref(),
            Some("**** 5678")
        );
    }

    #[test]
    fn private_values_do_not_show_in_debug() {
        let phone = Phone::parse("13812345678");
        let password = CardPassword::parse("123450");
        assert_eq!(
            alloc::format!("{phone:?} {password:?}"),
            "Some(Phone(…)) Some(CardPassword(…))"
        );
    }
}
