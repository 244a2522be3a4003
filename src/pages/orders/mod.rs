//! Orders: all of them, and one.

/// What to do about money that waits: machines, places, time.
mod collect;
/// A text about an order for the service point.
mod evidence;
/// An order on its way from the page that made it to its own.
mod handover;
/// All orders, by month.
mod list;
/// Six months of top-ups as a chart.
mod months;
/// One order.
mod order;
/// How an order stands: one of a closed list.
mod outcome;
/// Asking again while a payment is undecided.
mod poll;
/// A paid order as a receipt.
mod receipt;
/// An order as a row.
mod row;
/// A payment's code, to be scanned with WeChat.
mod scan;
/// What happened, and what happens next.
mod timeline;

pub(crate) use handover::hand_over;
pub(crate) use list::List;
pub(crate) use order::OrderPage;
pub(crate) use row::{order_row, order_row_with};
