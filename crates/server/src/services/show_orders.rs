use dika_contract::top_up::{Reminder, TimelineEntry};
use dika_contract::{
    CardId, ClaimState, ErrorCode, MaskedIdentity, OrderId, PaymentPrompt, PaymentState, Timestamp,
    TopUp, TopUpEvent, TopUpPage,
};
use dika_store::cards::CardRow;
use dika_store::numbers::{Given, NumberKind, OrderNumber};
use dika_store::orders::{OrderFilter, OrderRow};
use dika_store::users::Visitor;

use crate::services::cards::refuse_hidden;
use crate::services::context::Services;
use crate::services::error::ServiceError;
use crate::services::look::{is_decided, look};

const PAGE: i64 = 20;
const MOST_PER_PAGE: i64 = 100;

/// Which orders to list.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Only those before this one.
    pub cursor: Option<OrderId>,
    /// At most so many; 20 where nothing is said.
    pub limit: Option<i64>,
    /// Only those that still want something of their student.
    pub open: bool,
    /// Only this card's.
    pub card_id: Option<CardId>,
}

/// A page of a user's orders, newest first, without those on cards that are hidden from this session.
///
/// # Errors
/// `invalid_request` for a limit out of bounds, or a database failure.
pub async fn list(
    services: &Services,
    visitor: &Visitor,
    listing: Listing,
) -> Result<TopUpPage, ServiceError> {
    let limit = listing.limit.unwrap_or(PAGE);
    if !(1..=MOST_PER_PAGE).contains(&limit) {
        return Err(ErrorCode::InvalidRequest.into());
    }
    let filter = OrderFilter {
        hidden_from: visitor.session.clone(),
        before: listing.cursor,
        card_id: listing.card_id,
        open: listing.open,
        // One more tells whether there is another page.
        limit: limit + 1,
    };
    let mut rows = services
        .store
        .list_orders(&visitor.user_id, &filter)
        .await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next_cursor = rows.last().filter(|_| more).map(|row| row.id.to_string());
    Ok(TopUpPage {
        items: all_shown(services, &visitor.user_id, rows).await?,
        next_cursor,
    })
}

/// A user's order, after provider and card system were asked where that may bring news.
///
/// # Errors
/// `not_found`, `identity_not_confirmed` where its card is hidden from this session, or a database failure.
pub async fn show(
    services: &Services,
    visitor: &Visitor,
    id: &OrderId,
) -> Result<TopUp, ServiceError> {
    let mut order = own(services, visitor, id).await?;
    if !is_decided(&order.state) {
        order = look(services, order).await?;
    }
    shown(services, order, None).await
}

/// A user's order as its student sees it, without asking anybody for news.
///
/// # Errors
/// As [`own`].
pub async fn as_kept(
    services: &Services,
    visitor: &Visitor,
    id: &OrderId,
) -> Result<TopUp, ServiceError> {
    shown(services, own(services, visitor, id).await?, None).await
}

/// A user's order as it is kept.
///
/// # Errors
/// `not_found`, `identity_not_confirmed` where its card is hidden from this session, or a database failure.
pub async fn own(
    services: &Services,
    visitor: &Visitor,
    id: &OrderId,
) -> Result<OrderRow, ServiceError> {
    let order = services.store.user_order(&visitor.user_id, id).await?;
    let order = order.ok_or(ErrorCode::NotFound)?;
    refuse_hidden(visitor, &order.card_id)?;
    Ok(order)
}

/// An order as its student sees it, with the way to pay where there is one.
///
/// # Errors
/// Any database failure.
pub async fn shown(
    services: &Services,
    order: OrderRow,
    prompt: Option<PaymentPrompt>,
) -> Result<TopUp, ServiceError> {
    let user_id = order.user_id.clone();
    let mut shown = all_shown(services, &user_id, vec![order]).await?;
    let mut top_up = shown.pop().ok_or(ErrorCode::Internal)?;
    top_up.prompt = prompt;
    if services.messenger.is_some() && top_up.claim.is_open() {
        let is_on = services.store.has_message_permission(&top_up.id).await?;
        top_up.reminder = Some(if is_on {
            Reminder::On
        } else {
            Reminder::Offered
        });
    }
    // Before there was money, nobody gave a number.
    let had_money = matches!(
        top_up.payment,
        PaymentState::Paid | PaymentState::Refunding | PaymentState::Refunded
    );
    if had_money {
        add_numbers(services, &mut top_up).await?;
    }
    Ok(top_up)
}

/// Adds what the other parties call the order's money.
async fn add_numbers(services: &Services, top_up: &mut TopUp) -> Result<(), ServiceError> {
    for OrderNumber { kind, given } in services.store.order_numbers(&top_up.id).await? {
        let Given { number, at } = given;
        match kind {
            NumberKind::Payment => {
                if let Some(at) = at {
                    date_payment(&mut top_up.timeline, at);
                }
                top_up.payment_no = Some(number);
            }
            NumberKind::Refund => top_up.refund_no = Some(number),
            NumberKind::Credit => top_up.card_system_no = Some(number),
            // Its own refund says more; kinds come in the order of their words.
            NumberKind::SecondRefund => {
                top_up.refund_no.get_or_insert(number);
            }
            NumberKind::SecondPayment => {}
        }
    }
    Ok(())
}

/// Dates the payment as the payer's own bill does. The timeline stays in order: this server may have heard of it later,
/// and no clock is quite the other's.
fn date_payment(timeline: &mut [TimelineEntry], paid_at: Timestamp) {
    let mut before = None;
    for entry in timeline {
        if entry.event == TopUpEvent::Paid {
            entry.at = before
                .map_or(paid_at, |before| paid_at.max(before))
                .min(entry.at);
            return;
        }
        before = Some(entry.at);
    }
}

async fn all_shown(
    services: &Services,
    user_id: &str,
    orders: Vec<OrderRow>,
) -> Result<Vec<TopUp>, ServiceError> {
    let (Some(newest), Some(oldest)) = (orders.first(), orders.last()) else {
        return Ok(Vec::new());
    };
    let mut timelines = services
        .store
        .timelines(user_id, &oldest.id, &newest.id)
        .await?;
    let cards = services.store.cards_ever(user_id).await?;
    let now = services.clock.now();
    orders
        .into_iter()
        .map(|order| {
            let card = cards.iter().find(|card| card.id == order.card_id);
            let card = card.ok_or_else(|| {
                ServiceError::internal(anyhow::anyhow!("order {} has no card", order.id))
            })?;
            let timeline = timelines.remove(order.id.as_str()).unwrap_or_default();
            Ok(top_up(order, card, timeline, now))
        })
        .collect()
}

fn top_up(order: OrderRow, card: &CardRow, timeline: Vec<TimelineEntry>, now: Timestamp) -> TopUp {
    // Time goes by without anybody writing it down: what has lapsed is shown as lapsed.
    let lapsed = order.state.claim == ClaimState::Waiting
        && order.state.claim_by.is_some_and(|end| now >= end);
    let holder: MaskedIdentity = card.identity.clone();
    TopUp {
        id: order.id,
        card_id: order.card_id,
        issuer: order.issuer,
        card_no_masked: card.card_no_masked.clone(),
        holder,
        wallet: order.wallet,
        amount_fen: order.amount,
        settling: order.state.is_unsettled(),
        payment: order.state.payment,
        claim: if lapsed {
            ClaimState::NeedsConfirmation
        } else {
            order.state.claim
        },
        created_at: order.created_at,
        pay_by: order.pay_by,
        claim_by: order.state.claim_by,
        terminals: order.claim_rule.terminals,
        timeline,
        prompt: None,
        reminder: None,
        payment_no: None,
        refund_no: None,
        card_system_no: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_is_dated_as_its_bill_does_and_never_out_of_order() {
        for (told, shown) in [(15, 15), (5, 10), (99, 20)] {
            let at = Timestamp::from_unix;
            let mut timeline: Vec<TimelineEntry> = [
                (TopUpEvent::Created, 0),
                (TopUpEvent::PaymentStarted, 10),
                (TopUpEvent::Paid, 20),
                (TopUpEvent::Claimed, 30),
            ]
            .map(|(event, time)| TimelineEntry {
                event,
                at: at(time),
            })
            .into();
            date_payment(&mut timeline, at(told));
            let times: Vec<i64> = timeline.iter().map(|entry| entry.at.unix()).collect();
            assert_eq!(times, [0, 10, shown, 30], "{told}");
        }
    }
}
