use std::sync::Arc;

use dika_contract::CardStatus;

use crate::by_hand::send_back;
use crate::clock::pass_ms;
use crate::plan::Keeping;
use crate::server::Servers;
use crate::wechat::REFUND_TAKES_MS;
use crate::wechat_books::{State, order_of};
use crate::world::World;

/// Money is sent back in WeChat Pay's console where a student complains that it is not on the card.
pub(crate) async fn give_back_by_hand(world: Arc<World>) {
    // Seconds after which somebody who paid and got nothing is given the money back.
    let (patience_s, most_ms) = if world.plan.hasty_desk {
        (3, 30_000)
    } else {
        (120, 400_000)
    };
    let mut number = 0;
    loop {
        pass_ms(world.chance.between(most_ms / 20, most_ms)).await;
        let now = world.now();
        let trades: Vec<_> = {
            let books = world.wechat();
            let complained = books.trades.values().filter(|trade| {
                trade.state == State::Paid
                    && trade.paid_at.is_some_and(|at| now.since(at) >= patience_s)
                    && !books.refunds.values().any(|refund| refund.of == trade.no)
            });
            complained.cloned().collect()
        };
        let mut not_on_card = trades.into_iter().filter(|trade| {
            order_of(&trade.no).is_some_and(|order| world.deposit(&order).is_none())
        });
        let Some(trade) = not_on_card.next_back() else {
            continue;
        };
        number += 1;
        send_back(&world, format!("console-{number}"), &trade, REFUND_TAKES_MS);
    }
}

/// Cards are lost and found.
pub(crate) async fn lose_cards(world: Arc<World>) {
    loop {
        let most = if world.plan.cards_flicker {
            15_000
        } else {
            600_000
        };
        pass_ms(world.chance.between(300, most)).await;
        let (card, status) = {
            let mut books = world.cards();
            let cards: Vec<_> = books.accounts.keys().cloned().collect();
            let Some(card) = world.chance.pick(&cards) else {
                continue;
            };
            let Some(account) = books.accounts.get_mut(&card) else {
                continue;
            };
            account.status = if account.status == CardStatus::Active {
                CardStatus::Lost
            } else {
                CardStatus::Active
            };
            (card, account.status)
        };
        world.note(format_args!("{} is {status}", card.0));
        if world.plan.keeping == Keeping::Ledger {
            world.database.read(
                "UPDATE ledger_cards SET status = $2 WHERE card_ref = $1",
                &[card.0.as_str().into(), status.as_str().into()],
            );
        }
    }
}

/// Servers crash out of the blue.
pub(crate) async fn crash(world: Arc<World>, servers: Servers) {
    let every_ms = 3_600_000 / world.plan.crashes_an_hour.max(1);
    loop {
        pass_ms(world.chance.between(1, 2 * every_ms)).await;
        if world.is_quiet() {
            return;
        }
        servers.crash_one();
    }
}
