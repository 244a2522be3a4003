use dika_contract::OrderId;

use crate::database::Result;

/// An id that the database holds; one of the wrong shape means a broken database.
///
/// # Errors
/// [`sqlx::Error::Decode`] if the id is malformed.
pub fn checked<T>(parsed: Option<T>, what: &'static str) -> Result<T> {
    parsed.ok_or_else(|| sqlx::Error::Decode(format!("malformed {what}").into()))
}

/// Reads a word of a closed list that the database holds. One that this version does not know is an error: what it stands
/// for must not be taken for something else.
///
/// # Errors
/// [`sqlx::Error::Decode`] if the word is not known.
pub fn known<T: Copy>(
    word: &str,
    read: impl Fn(&str) -> T,
    written: impl Fn(T) -> &'static str,
) -> Result<T> {
    let value = read(word);
    let is_known = written(value) == word;
    checked(is_known.then_some(value), "word of another version")
}

/// Reads an order id that the database holds.
///
/// # Errors
/// [`sqlx::Error::Decode`] if the id is malformed.
pub fn order_id(text: &str) -> Result<OrderId> {
    checked(OrderId::parse(text), "order id")
}
