//! Each check compares what the server did or says with the books of those whose money it is.

use std::collections::BTreeMap;

use dika_contract::{ClaimState, OrderId, PaymentState, Timestamp, TopUp, TopUpEvent};
use dika_core::card_system::{Credit, DepositState};
use dika_store::sql::Value;

use crate::report::Check;
use crate::wechat_books::order_of;
use crate::world::World;

/// A credit that was sent so soon after somebody sent the money back by hand could not know of it.
pub(crate) const CROSSING_S: i64 = 20;

/// So long after an order was given up, no payment of it is open any more.
const GIVEN_UP_S: i64 = 900;

/// A card system has just taken money.
pub(crate) fn credited(world: &World, order: &OrderId, sent_at: Timestamp) {
    let Some((_, fen)) = world.deposit(order) else {
        return;
    };
    world.count(|report| report.credited = (report.credited.0 + 1, report.credited.1 + fen));
    let standing = world.wechat().standing(order, world.now());
    let id = order.as_str();
    if standing.paid < fen {
        world.violate(
            Check::Credit,
            format_args!("{id} is on the card and was not paid: {standing:?}"),
        );
        return;
    }
    let emptied = world.emptied_by_hand().get(order).copied();
    if emptied.is_some_and(|at| sent_at.since(at) <= CROSSING_S) {
        world.crossed().insert(order.clone());
        return;
    }
    if standing.paid - standing.back - standing.going - standing.stuck >= fen {
        return;
    }
    world.violate(
        Check::Credit,
        format_args!("{id} is on the card, and its money went back: {standing:?}"),
    );
}

/// WeChat Pay has just been told by the server to send money back.
pub(crate) fn sent_back(world: &World, of: &str) {
    let Some(order) = order_of(of) else {
        return;
    };
    let on_card = world.deposit(&order).map_or(0, |(_, fen)| fen);
    let standing = world.wechat().standing(&order, world.now());
    let left = standing.paid - standing.back - standing.going - standing.stuck;
    if left < on_card && !world.crossed().contains(&order) {
        world.violate(
            Check::Refund,
            format_args!(
                "{} goes back, and is on the card: {standing:?}",
                order.as_str()
            ),
        );
    }
}

/// A working card has no room for money that was paid for it. The server had promised that there is, unless a payment
/// came after the server had given it up.
pub(crate) fn refused_as_full(world: &World, credit: &Credit) {
    let rows = world.database.read(
        "SELECT DISTINCT o.id FROM orders o JOIN cards c ON c.id = o.card_id
         WHERE c.card_ref = $1 AND o.wallet = $2",
        &[
            credit.card_ref.0.as_str().into(),
            credit.wallet.as_str().into(),
        ],
    );
    let now = world.now();
    let excused = rows.iter().flatten().any(|id| match id {
        Value::Text(Some(id)) => {
            let order = OrderId::parse(id);
            order.is_some_and(|order| {
                let standing = world.wechat().standing(&order, now);
                let is_unexpected = standing.paid > 0 && given_up_before(world, id);
                standing.won_late || standing.by_hand_at.is_some() || is_unexpected
            })
        }
        _ => false,
    });
    if !excused {
        world.violate(
            Check::Room,
            format_args!(
                "{} was paid, and its card is full: the server had promised room",
                credit.order_id.as_str()
            ),
        );
    }
}

/// Whether the server sends an order's money back, or has.
pub(crate) fn goes_back(world: &World, order: &OrderId) -> bool {
    let rows = world.database.read(
        "SELECT 1 FROM orders WHERE id = $1 AND payment IN ('refunding', 'refunded')",
        &[order.as_str().into()],
    );
    !rows.is_empty()
}

/// Whether an order was ever closed or failed: what is paid for it afterwards comes unexpected.
fn given_up_before(world: &World, order: &str) -> bool {
    let rows = world.database.read(
        "SELECT 1 FROM order_events WHERE order_id = $1 AND event IN ('closed', 'payment_failed')",
        &[order.into()],
    );
    !rows.is_empty()
}

/// The ledger refused: not for want of room, unless excused.
pub(crate) fn refused_by_ledger(world: &World, credit: &Credit) {
    let rows = world.database.read(
        "SELECT 1 FROM ledger_cards WHERE card_ref = $1 AND status = 'active'",
        &[credit.card_ref.0.as_str().into()],
    );
    if rows.is_empty() || world.plan.cards_get_lost {
        return;
    }
    refused_as_full(world, credit);
}

/// What a page is told about an order, held against the books at the same moment.
pub(crate) fn page(world: &World, told: &TopUp) {
    world.count(|report| report.pages += 1);
    let now = world.now();
    let standing = world.wechat().standing(&told.id, now);
    let deposit = world.deposit(&told.id);
    let (id, fen) = (told.id.as_str(), told.amount_fen.get());
    let lie = |what: &str| {
        world.violate(
            Check::Page,
            format_args!(
                "{id} is shown as {}/{} (settling: {}): {what}; {standing:?} {deposit:?}",
                told.payment, told.claim, told.settling
            ),
        );
    };
    let crossed = world.crossed().contains(&told.id);
    match told.payment {
        PaymentState::Paid => {
            if standing.paid < fen {
                lie("nobody paid it");
            }
            if !told.settling {
                match (told.claim, deposit) {
                    (_, None) => lie("no card system has its money"),
                    (ClaimState::Claimed | ClaimState::NotNeeded, Some((state, _)))
                        if state != DepositState::OnCard =>
                    {
                        lie("it is not on the card");
                    }
                    _ => {}
                }
            }
        }
        PaymentState::Refunding => {
            if standing.paid < fen {
                lie("nobody paid it");
            }
            if deposit.is_some() && !crossed {
                lie("it is on the card");
            }
        }
        PaymentState::Refunded => {
            if standing.paid < fen || standing.back < fen {
                lie("its money is not back");
            }
        }
        PaymentState::Closed | PaymentState::Failed => {
            let event = if told.payment == PaymentState::Closed {
                TopUpEvent::Closed
            } else {
                TopUpEvent::PaymentFailed
            };
            let since = told.when(event).unwrap_or(now);
            if standing.payable && world.is_quiet() && now.since(since) > GIVEN_UP_S {
                lie("it can still be paid");
            }
            if standing.paid_at.is_some_and(|paid| paid <= since) && standing.back < standing.paid {
                lie("money had been taken");
            }
        }
        PaymentState::Created | PaymentState::Paying | PaymentState::Unknown => {}
    }
    if told.claim.is_open() && told.payment != PaymentState::Paid {
        lie("it waits, and is not paid");
    }
}

struct Kept {
    id: OrderId,
    fen: i64,
    payment: PaymentState,
    settled: bool,
    stuck: bool,
}

fn orders(world: &World) -> Vec<Kept> {
    let rows = world.database.read(
        "SELECT id, amount_fen, payment, settled,
             EXISTS (SELECT 1 FROM wechat_payments p WHERE p.order_id = orders.id AND p.refund = 'stuck')
         FROM orders ORDER BY id",
        &[],
    );
    let kept = rows.iter().filter_map(|row| match row.as_slice() {
        [
            Value::Text(Some(id)),
            Value::Number(Some(fen)),
            Value::Text(Some(payment)),
            Value::Number(Some(settled)),
            Value::Number(Some(stuck)),
        ] => Some(Kept {
            id: OrderId::parse(id)?,
            fen: *fen,
            payment: PaymentState::from_word(payment),
            settled: *settled == 1,
            stuck: *stuck == 1,
        }),
        _ => None,
    });
    kept.collect()
}

/// A while after faults stopped: nobody waits for the server any more.
pub(crate) fn decided(world: &World) {
    for order in orders(world) {
        let waits = match order.payment {
            PaymentState::Created | PaymentState::Paying | PaymentState::Unknown => true,
            PaymentState::Paid => !order.settled,
            _ => false,
        };
        if waits {
            world.violate(
                Check::Decided,
                format_args!(
                    "{} is {} (settled: {}) long after faults stopped",
                    order.id.as_str(),
                    order.payment,
                    order.settled
                ),
            );
        }
    }
}

/// At the very end: every fen is on a card, waits there, or is back, and the store says which.
pub(crate) fn accounted(world: &World) {
    let now = world.now();
    let kept = orders(world);
    world.count(|report| report.orders = kept.len() as u64);
    for order in &kept {
        let standing = world.wechat().standing(&order.id, now);
        let card = world.deposit(&order.id).map_or(0, |(_, fen)| fen);
        if world.crossed().contains(&order.id) {
            world.count(|report| report.left_to_people += 1);
            continue;
        }
        let between = standing.paid - standing.back - card;
        let id = order.id.as_str();
        let by_hand = standing.by_hand_at.is_some();
        if between != 0 {
            if order.stuck && between == standing.stuck {
                world.count(|report| report.left_to_people += 1);
                continue;
            }
            world.violate(
                Check::Accounted,
                format_args!(
                    "{id} is {}: {} fen were paid, {} are back, {card} on the card: {standing:?}",
                    order.payment, standing.paid, standing.back
                ),
            );
            continue;
        }
        let expected = match order.payment {
            PaymentState::Paid => order.fen,
            PaymentState::Closed | PaymentState::Failed | PaymentState::Refunded => 0,
            PaymentState::Refunding if by_hand => {
                world.count(|report| report.left_to_people += 1);
                0
            }
            _ => -1,
        };
        if card != expected {
            world.violate(
                Check::Accounted,
                format_args!(
                    "{id} is {} and {card} fen are on its card: {standing:?}",
                    order.payment
                ),
            );
        }
        if order.payment == PaymentState::Refunded && standing.paid == 0 {
            world.violate(
                Check::Accounted,
                format_args!("{id} is refunded, and was never paid"),
            );
        }
    }
    let known: std::collections::BTreeSet<&OrderId> = kept.iter().map(|order| &order.id).collect();
    let wechat = world.wechat();
    for no in wechat.trades.keys() {
        if !order_of(no).is_some_and(|order| known.contains(&order)) {
            world.violate(
                Check::Accounted,
                format_args!("WeChat Pay has {no}, which nobody here knows"),
            );
        }
    }
    drop(wechat);
    recorded(world, &kept);
    let unbalanced = world.database.read(
        "SELECT transfer_id FROM ledger_entries GROUP BY transfer_id HAVING SUM(amount_fen) <> 0",
        &[],
    );
    if !unbalanced.is_empty() {
        world.violate(
            Check::Accounted,
            format_args!("the ledger does not balance: {unbalanced:?}"),
        );
    }
}

/// What lasts is in an order's timeline once, and the audit names the movements of its money: each once, and none that was
/// not.
fn recorded(world: &World, kept: &[Kept]) {
    let repeated = world.database.read(
        "SELECT order_id, event FROM order_events
         WHERE event IN ('paid', 'claimed', 'closed', 'refund_started', 'refunded')
         GROUP BY order_id, event HAVING COUNT(*) > 1",
        &[],
    );
    if !repeated.is_empty() {
        world.violate(
            Check::Recorded,
            format_args!("twice in the timeline: {repeated:?}"),
        );
    }
    let lines = world.database.read(
        "SELECT order_id, movement, COUNT(*) FROM money_audit GROUP BY order_id, movement",
        &[],
    );
    let mut counted: BTreeMap<(String, String), i64> = BTreeMap::new();
    for line in lines {
        if let [
            Value::Text(Some(order)),
            Value::Text(Some(movement)),
            Value::Number(Some(count)),
        ] = line.as_slice()
        {
            counted.insert((order.clone(), movement.clone()), *count);
        }
    }
    for order in kept {
        let id = order.id.as_str();
        let payment = order.payment;
        let is_returning = matches!(payment, PaymentState::Refunding | PaymentState::Refunded);
        let is_paid = payment == PaymentState::Paid;
        let mut expected = vec![
            ("paid", i64::from(is_paid || is_returning)),
            ("credited", i64::from(is_paid && order.settled)),
            ("refund_started", i64::from(is_returning)),
            ("refunded", i64::from(payment == PaymentState::Refunded)),
        ];
        // A second payment that a person sent back at once may never have been heard of.
        let standing = world.wechat().standing(&order.id, world.now());
        if standing.by_hand_at.is_none() {
            let payments = world.wechat().payments(&order.id);
            expected.push(("second_payment", (payments - 1).max(0)));
        }
        for (movement, times) in expected {
            let key = (id.to_owned(), movement.to_owned());
            let counted = counted.get(&key).copied().unwrap_or(0);
            if counted != times {
                world.violate(
                    Check::Recorded,
                    format_args!(
                        "{id} is {payment}, and the audit has {counted} times {movement}, not {times}: {standing:?}"
                    ),
                );
            }
        }
    }
}
