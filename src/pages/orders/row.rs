//! An order as a row of a list.

use dika_contract::TopUp;
use dika_markup::{Node, view};

use super::status::OrderStatus;
use crate::{
    route::Route,
    text::{self, Common, day_and_clock, fill, yuan},
    ui::OrderCell,
};

/// An order as a link to its page, with its day.
pub(crate) fn order_row(order: &TopUp) -> Node {
    order_row_with(order, day_and_clock(text::language(), order.created_at))
}

/// An order as a link to its page, with a note.
pub(crate) fn order_row_with(order: &TopUp, note: String) -> Node {
    let common = Common::current();
    view! {
        <OrderCell
            href=Route::Order(order.id.clone()).to_string()
            id=order.id.as_str()
            payment=order.payment.as_str()
            claim=order.claim.as_str()
            title=fill(common.of_card, &[common.issuer(order.issuer), common.wallet(order.wallet)])
            note
            amount=yuan(order.amount_fen)
            tone=OrderStatus::of(order).tone()
            state=if order.settling {
                common.order_settling
            } else {
                common.order_state(order.payment, order.claim)
            }
        />
    }
}
