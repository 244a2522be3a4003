use std::sync::Arc;

use dika_contract::OrderId;

use crate::clock::pass_ms;
use crate::wechat::{REFUND_TO_BALANCE_TAKES_MS, begin_refund};
use crate::wechat_books::{Refund, State, Trade, order_of};
use crate::world::World;

/// Somebody sends a payment's money back in WeChat Pay's console.
pub(crate) fn send_back(world: &Arc<World>, no: String, trade: &Trade, most_ms: i64) {
    world.count(|report| report.by_hand += 1);
    begin_refund(
        world,
        Refund {
            no,
            of: trade.no.clone(),
            fen: trade.fen,
            status: "PROCESSING",
            by_hand: true,
            asked_at: world.now(),
        },
        most_ms,
    );
}

/// A credit is on its way, slower than usual, and at the same time somebody sends its money back.
pub(crate) async fn maybe_cross(world: &Arc<World>, order: &OrderId) {
    let crosses = world.plan.crossing_refunds && !world.is_quiet() && world.chance.one_in(2);
    if !crosses {
        return;
    }
    let slower_ms = world.chance.between(300, 2_300);
    let (world, order) = (world.clone(), order.clone());
    tokio::spawn(async move {
        pass_ms(world.chance.between(1, 300)).await;
        let trade = {
            let books = world.wechat();
            let mut trades = books.trades.values();
            let paid = trades.find(|trade| {
                trade.state == State::Paid
                    && order_of(&trade.no).as_ref() == Some(&order)
                    && !books.refunds.values().any(|refund| refund.of == trade.no)
            });
            paid.cloned()
        };
        if let Some(trade) = trade
            && world.deposit(&order).is_none()
        {
            send_back(
                &world,
                format!("crossing-{}", trade.no),
                &trade,
                REFUND_TO_BALANCE_TAKES_MS,
            );
        }
    });
    pass_ms(slower_ms).await;
}
