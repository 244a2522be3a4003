//! What others call an order's money.

use dika_contract::TopUp;

use crate::text::OrdersText;

/// What the payment provider and the card system call the order's money, where they said so.
pub(super) fn others_numbers<'a>(
    t: &OrdersText,
    order: &'a TopUp,
) -> impl Iterator<Item = (&'static str, &'a str)> {
    [
        (t.payment_no, &order.payment_no),
        (t.refund_no, &order.refund_no),
        (t.card_system_no, &order.card_system_no),
    ]
    .into_iter()
    .filter_map(|(label, number)| Some((label, number.as_deref()?)))
}
