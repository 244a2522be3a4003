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

pub(crate) use handover::hand_over;
pub(crate) use list::List;
pub(crate) use order::OrderPage;
pub(crate) use row::{order_row, order_row_with};

/// An order for unit tests.
#[cfg(test)]
pub(crate) mod test_order {
    use dika_contract::{ClaimState, PaymentState, TopUp};

    /// An order in these two states, without a timeline.
    pub(crate) fn order(payment: PaymentState, claim: ClaimState) -> TopUp {
        serde_json::from_value(serde_json::json!({
            "id": "01ORDER", "card_id": "c", "issuer": "hemc", "card_no_masked": "**** 5678",
            "holder": { "name": "Chen*", "student_no": "3124****08", "campus": "daxuecheng" },
            "wallet": "utilities", "amount_fen": 1234, "payment": payment, "claim": claim,
            "created_at": "2026-11-22T21:50:01Z", "pay_by": "2026-11-22T22:05:01Z",
            "terminals": ["service_point", "hemc_top_up"],
        }))
        .expect("an order")
    }
}
