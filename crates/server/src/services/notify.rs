//! Sends the messages that wait in the outbox. At least once each: an answer that was lost is followed by another try,
//! and the permission, which WeChat takes once, keeps the student from seeing the message twice.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use dika_contract::{ClaimState, PaymentState, Timestamp};
use dika_core::messenger::{Delivery, Message, Messenger, Occasion};
use dika_core::order::OrderState;
use dika_store::outbox::DueMessage;
use futures_util::FutureExt;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::services::context::Services;
use crate::services::error::ServiceError;

const SEND_EVERY: Duration = Duration::from_secs(5);
const SEND_AT_ONCE: i64 = 16;
/// A message that was taken and not finished is taken again after this: the instance that had it is gone.
const LEASE_S: i64 = 120;
/// How long the messaging service is waited for; well within the lease.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first pause after a failure; doubled each time, up to an hour.
const FIRST_PAUSE_S: i64 = 30;
const LONGEST_PAUSE_S: i64 = 3_600;
/// After so many tries, half a day, it is too late to be of use.
const MOST_TRIES: i64 = 16;

/// Sends what is due, again and again, forever. Start it once.
pub async fn run(services: Services) {
    let mut tick = interval(SEND_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(fault) = send_due(&services).await {
            tracing::error!(?fault, "the outbox could not be read");
        }
    }
}

/// Sends what is due now, once.
///
/// # Errors
/// Any database failure.
pub async fn send_due(services: &Services) -> Result<(), ServiceError> {
    let Some(messenger) = services.messenger.clone() else {
        return Ok(());
    };
    let due = services
        .store
        .take_due_messages(services.clock.now(), LEASE_S, SEND_AT_ONCE)
        .await?;
    for message in due {
        // One that fails, or panics, does not keep the others: its lease ends, and it is tried again.
        let sent = AssertUnwindSafe(send_one(services, messenger.as_ref(), &message));
        match sent.catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => {
                tracing::error!(?fault, order = %message.order_id, "a message could not be handled");
            }
            Err(_) => tracing::error!(order = %message.order_id, "handling a message panicked"),
        }
    }
    Ok(())
}

async fn send_one(
    services: &Services,
    messenger: &dyn Messenger,
    due: &DueMessage,
) -> Result<(), ServiceError> {
    let store = &services.store;
    let order = store.order(&due.order_id).await?;
    let Some(order) =
        order.filter(|order| still_true(&order.state, due.occasion, services.clock.now()))
    else {
        store
            .message_given_up(due, "moved_on", None, services.clock.now())
            .await?;
        return Ok(());
    };
    let Some(permission) = store.message_permission(&due.order_id).await? else {
        store
            .message_given_up(due, "no_permission", None, services.clock.now())
            .await?;
        return Ok(());
    };
    let message = Message {
        order_id: order.id.clone(),
        occasion: due.occasion,
        issuer: order.issuer,
        wallet: order.wallet,
        amount: order.amount,
        claim_by: order.state.claim_by,
        recipient: permission.openid.clone(),
        scene: permission.scene,
    };
    let delivery = timeout(PATIENCE, messenger.send(&message))
        .await
        .unwrap_or(Delivery::Lost);
    let now = services.clock.now();
    match &delivery {
        Delivery::Sent => store.message_sent(due, &permission, now).await?,
        // After a try whose answer was lost, a used-up permission says that the message was sent by it.
        Delivery::NotAllowed if due.last_answer_lost => {
            store.message_sent(due, &permission, now).await?;
        }
        Delivery::NotAllowed => {
            store
                .message_given_up(due, "not_allowed", Some(&permission), now)
                .await?;
        }
        Delivery::Refused(reason) => {
            tracing::warn!(order = %due.order_id, reason, "a message was refused");
            store.message_given_up(due, reason, None, now).await?;
        }
        Delivery::Later(_) | Delivery::Lost if due.tries >= MOST_TRIES => {
            tracing::warn!(order = %due.order_id, ?delivery, "a message is given up");
            store.message_given_up(due, "too_late", None, now).await?;
        }
        Delivery::Later(_) | Delivery::Lost => {
            tracing::info!(order = %due.order_id, ?delivery, "a message is tried again later");
            let lost = delivery == Delivery::Lost;
            store
                .message_put_off(due, now.plus(pause_s(due.tries)), lost)
                .await?;
        }
    }
    Ok(())
}

/// Seconds until the next try, after so many.
fn pause_s(tries: i64) -> i64 {
    let doubled = u32::try_from(tries - 1)
        .ok()
        .and_then(|times| FIRST_PAUSE_S.checked_shl(times.min(16)));
    doubled.unwrap_or(LONGEST_PAUSE_S).min(LONGEST_PAUSE_S)
}

/// Whether what a message says is still so.
fn still_true(order: &OrderState, occasion: Occasion, now: Timestamp) -> bool {
    order.payment == PaymentState::Paid
        && match occasion {
            Occasion::CollectBy => {
                order.claim == ClaimState::Waiting && order.claim_by.is_none_or(|end| now < end)
            }
            Occasion::TimeIsUp => order.claim == ClaimState::NeedsConfirmation,
            Occasion::Collected => order.claim == ClaimState::Claimed,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        assert_eq!(pause_s(1), 30);
        assert_eq!(pause_s(2), 60);
        assert_eq!(pause_s(7), 1_920);
        assert_eq!(pause_s(8), 3_600);
        assert_eq!(pause_s(400), 3_600);
    }

    #[test]
    fn a_message_is_sent_while_what_it_says_is_so() {
        use ClaimState::{Claimed, NeedsConfirmation, NotNeeded, Waiting};
        let ways = [
            (Occasion::CollectBy, Waiting),
            (Occasion::TimeIsUp, NeedsConfirmation),
            (Occasion::Collected, Claimed),
        ];
        for (occasion, wanted) in ways {
            for claim in [NotNeeded, Waiting, NeedsConfirmation, Claimed] {
                for payment in [PaymentState::Paid, PaymentState::Refunded] {
                    let state = OrderState {
                        payment,
                        claim,
                        claim_by: Some(Timestamp::from_unix(100)),
                        settled: true,
                    };
                    let is_true = still_true(&state, occasion, Timestamp::from_unix(99));
                    let is_so = claim == wanted && payment == PaymentState::Paid;
                    assert_eq!(is_true, is_so, "{occasion:?}: {state:?}");
                }
            }
        }
        let waiting = |claim_by: Option<i64>| OrderState {
            payment: PaymentState::Paid,
            claim: Waiting,
            claim_by: claim_by.map(Timestamp::from_unix),
            settled: true,
        };
        for (end, is_so) in [(None, true), (Some(101), true), (Some(100), false)] {
            let now = Timestamp::from_unix(100);
            assert_eq!(
                still_true(&waiting(end), Occasion::CollectBy, now),
                is_so,
                "{end:?}"
            );
        }
    }
}
