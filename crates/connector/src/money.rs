//! Every amount is a JSON integer of fen. A string, a fraction (also `20.0`), a negative or a missing
//! amount is a fault of the whole message: no amount is ever guessed.

use dika_contract::Fen;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};

/// More than any wallet, order or day can hold: ten thousand million yuan.
const MOST: i64 = 1_000_000_000_000;

/// Reads an amount of zero or more.
///
/// # Errors
/// Anything but an integer from 0 to the largest amount.
pub fn not_negative<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Fen, D::Error> {
    in_range(
        i64::deserialize(deserializer)?,
        0,
        "an amount in fen, 0 or more",
    )
}

/// Reads an amount of one fen or more.
///
/// # Errors
/// Anything but an integer from 1 to the largest amount.
pub fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Fen, D::Error> {
    in_range(
        i64::deserialize(deserializer)?,
        1,
        "an amount in fen, 1 or more",
    )
}

/// Reads a movement, which may be negative.
///
/// # Errors
/// Anything but an integer in range.
pub fn signed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Fen, D::Error> {
    in_range(i64::deserialize(deserializer)?, -MOST, "an amount in fen")
}

/// As [`not_negative`]; the field may be absent or null.
///
/// # Errors
/// A value that is no such amount.
pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Fen>, D::Error> {
    Option::<i64>::deserialize(deserializer)?
        .map(|fen| in_range(fen, 0, "an amount in fen, 0 or more"))
        .transpose()
}

/// As [`signed`]; the field may be absent or null.
///
/// # Errors
/// A value that is no such amount.
pub fn optional_signed<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Fen>, D::Error> {
    Option::<i64>::deserialize(deserializer)?
        .map(|fen| in_range(fen, -MOST, "an amount in fen"))
        .transpose()
}

fn in_range<E: Error>(fen: i64, least: i64, expected: &str) -> Result<Fen, E> {
    if (least..=MOST).contains(&fen) {
        Ok(Fen::new(fen))
    } else {
        Err(E::invalid_value(Unexpected::Signed(fen), &expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[derive(Debug, Deserialize)]
    struct Bodies {
        #[serde(deserialize_with = "positive")]
        amount_fen: Fen,
    }

    #[test]
    fn only_whole_fen_are_money() {
        let read =
            |amount: &str| json::read::<Bodies>(format!("{{\"amount_fen\":{amount}}}").as_bytes());
        assert_eq!(read("2000").expect("fen").amount_fen, Fen::new(2000));
        for amount in [
            "\"2000\"",
            "20.0",
            "2e3",
            "-2000",
            "0",
            "null",
            "true",
            "[]",
            "{}",
            "1000000000001",
            "99999999999999999999",
        ] {
            assert_eq!(
                read(amount).expect_err(amount).field,
                "amount_fen",
                "{amount}"
            );
        }
        assert_eq!(
            json::read::<Bodies>(b"{}").expect_err("missing").field,
            "amount_fen"
        );
    }
}
