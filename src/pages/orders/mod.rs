//! Orders: all of them, and one.

/// All orders, by month.
mod list;
/// One order.
mod order;

pub(crate) use list::List;
pub(crate) use order::OrderPage;
