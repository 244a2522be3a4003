//! The order pages: the list, and one order.

/// Six months of top-ups as a chart.
mod chart;
/// Passes a new order from the top-up page to the order's page.
mod handover;
/// The list of all orders, by month.
mod list;
/// Merging pages of the list.
mod merge;
/// One order.
mod order;
/// An order as a row of a list.
mod row;
/// The closed list of statuses that an order can show.
mod status;
/// An order for unit tests.
#[cfg(test)]
mod test_order;

pub(crate) use handover::hand_over;
pub(crate) use list::List;
pub(crate) use order::OrderPage;
pub(crate) use row::{order_row, order_row_with};
