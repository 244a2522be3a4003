use core::fmt;

use serde::{Deserialize, Serialize};

/// An amount of money in fen (1 yuan = 100 fen). Never a float, on no side of the network.
///
/// On the wire an integer that every reader of JSON keeps exactly; fields that hold it end in `_fen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("minimum" = -9_007_199_254_740_991_i64, "maximum" = 9_007_199_254_740_991_i64))
)]
#[serde(transparent)]
pub struct Fen(i64);

/// Why typed text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountFault {
    /// Nothing was typed.
    Empty,
    /// Something else than an amount of money in yuan.
    NotANumber,
    /// More than two digits behind the point.
    TooFine,
    /// More than any top-up could be.
    TooLarge,
    /// Written in words, or in yuan and jiao: `二十`, `20块5`.
    InWords,
    /// It can be read in more than one way. The two readings of `20,5`, where there are two.
    Doubtful(Option<(Fen, Fen)>),
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
            ("1,000", 100_000),
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
