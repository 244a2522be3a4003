//! An order as a row of a list.

use dika_contract::TopUp;
use leptos::prelude::*;

use super::outcome::Standing;
use crate::{
    route::Route,
    text::{Common, Locale, OrdersText, day_and_clock, fill, yuan},
    ui::OrderCell,
};

/// The order as a row that leads to its page.
pub(crate) fn order_row(order: &TopUp) -> AnyView {
    let (t, common, locale) = (OrdersText::here(), Common::here(), Locale::here());
    view! {
        <OrderCell
            href=Route::Order(order.id.clone()).to_string()
            id=order.id.as_str()
            payment=order.payment.as_str()
            claim=order.claim.as_str()
            title=fill(t.row_title, &[common.issuer(order.issuer), common.wallet(order.wallet)])
            note=day_and_clock(locale, order.created_at)
            amount=yuan(order.amount_fen)
            tone=Standing::of(order).tone()
            state=common.order_state(order.payment, order.claim)
        />
    }
    .into_any()
}
