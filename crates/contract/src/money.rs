use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

/// An amount of money in fen (1 yuan = 100 fen). Never a float, on no side of the network.
///
/// On the wire an integer; fields that hold it end in `_fen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Fen(i64);

/// Why typed text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountFault {
    /// Nothing was typed.
    Empty,
    /// Something else than digits and one decimal point.
    NotANumber,
    /// More than two digits behind the point.
    TooFine,
    /// More than any top-up could be.
    TooLarge,
}

impl Fen {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// So many fen.
    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    /// So many whole yuan.
    pub const fn from_yuan(yuan: i32) -> Self {
        Self(yuan as i64 * 100)
    }

    /// The number of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum, or nothing where it would leave the range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or nothing where it would leave the range.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Reads what a person typed as yuan: `20`, `19.98`, `.5`, with a leading `¥`, blanks, full-width
    /// digits and a Chinese full stop forgiven. At most two decimals; no sign.
    ///
    /// # Errors
    /// An [`AmountFault`] that says what is wrong with the text.
    pub fn parse_yuan(text: &str) -> Result<Self, AmountFault> {
        const MOST_DIGITS: usize = 9;
        let mut yuan = String::new();
        let mut decimals: Option<String> = None;
        for typed in text
            .trim()
            .trim_start_matches(['\u{a5}', '\u{ffe5}'])
            .trim_start()
            .chars()
        {
            let plain = match typed {
                '0'..='9' => typed,
                // Full-width digits, as Chinese keyboards type them.
                '\u{ff10}'..='\u{ff19}' => {
                    char::from_digit(typed as u32 - 0xff10, 10).unwrap_or('0')
                }
                '.' | '。' | '\u{ff0e}' if decimals.is_none() => {
                    decimals = Some(String::new());
                    continue;
                }
                _ => return Err(AmountFault::NotANumber),
            };
            decimals.as_mut().unwrap_or(&mut yuan).push(plain);
        }
        let decimals = decimals.unwrap_or_default();
        if yuan.is_empty() && decimals.is_empty() {
            let empty = text.trim().is_empty();
            return Err(if empty {
                AmountFault::Empty
            } else {
                AmountFault::NotANumber
            });
        }
        if decimals.len() > 2 {
            return Err(AmountFault::TooFine);
        }
        if yuan.trim_start_matches('0').len() > MOST_DIGITS {
            return Err(AmountFault::TooLarge);
        }
        let digits = yuan
            .bytes()
            .chain(decimals.bytes().chain([b'0', b'0']).take(2));
        Ok(Self(
            digits.fold(0, |fen, digit| fen * 10 + i64::from(digit - b'0')),
        ))
    }
}

/// Yuan with two decimals, without a sign of currency: `12.30`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, fen) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_type() {
        for (typed, fen) in [
            ("20", 2000),
            ("19.98", 1998),
            ("0.01", 1),
            (".5", 50),
            ("7.", 700),
            (" ¥100.00 ", 10000),
            ("20。5", 2050),
            ("007", 700),
            ("\u{ffe5}\u{ff12}\u{ff10}\u{ff0e}\u{ff15}", 2050),
        ] {
            assert_eq!(Fen::parse_yuan(typed), Ok(Fen::new(fen)), "{typed}");
        }
        for (typed, fault) in [
            ("", AmountFault::Empty),
            ("  ", AmountFault::Empty),
            (".", AmountFault::NotANumber),
            ("¥", AmountFault::NotANumber),
            ("-5", AmountFault::NotANumber),
            ("1e3", AmountFault::NotANumber),
            ("1.2.3", AmountFault::NotANumber),
            ("1,000", AmountFault::NotANumber),
            ("0.001", AmountFault::TooFine),
            ("99999999999999999999", AmountFault::TooLarge),
        ] {
            assert_eq!(Fen::parse_yuan(typed), Err(fault), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(fen in 0i64..100_000_000_000) {
            prop_assert_eq!(Fen::parse_yuan(&Fen::new(fen).to_string()), Ok(Fen::new(fen)));
        }

        #[test]
        fn no_text_panics(text in ".{0,24}") {
            let _ = Fen::parse_yuan(&text);
        }
    }
}
