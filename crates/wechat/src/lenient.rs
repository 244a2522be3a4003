//! Fields of answers that decide nothing, or little. Whatever form they have, the rest of the answer counts.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// A field that is left out where it has another form than is known.
pub(crate) fn if_readable<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    Ok(T::deserialize(value).ok())
}

/// Text for logs; anything but text is empty.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(if_readable(deserializer)?.unwrap_or_default())
}

/// A whole number, written as a number or as its digits; absent, null and empty are 0.
///
/// # Errors
/// Where it is neither.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let read = match Value::deserialize(deserializer)? {
        Value::Null => Some(0),
        Value::String(digits) if digits.trim().is_empty() => Some(0),
        Value::String(digits) => digits.trim().parse().ok(),
        value => value.as_i64(),
    };
    read.ok_or_else(|| serde::de::Error::custom("not a whole number"))
}
