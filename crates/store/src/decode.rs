use dika_contract::OrderId;

use crate::database::Result;

/// An id that the database holds; one of the wrong shape means a broken database.
///
/// # Errors
/// [`sqlx::Error::Decode`] if the id is malformed.
pub fn checked<T>(parsed: Option<T>, what: &'static str) -> Result<T> {
    parsed.ok_or_else(|| sqlx::Error::Decode(format!("malformed {what}").into()))
}

/// Reads an order id that the database holds.
///
/// # Errors
/// [`sqlx::Error::Decode`] if the id is malformed.
pub fn order_id(text: &str) -> Result<OrderId> {
    checked(OrderId::parse(text), "order id")
}
