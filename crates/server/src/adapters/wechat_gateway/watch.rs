//! The payments of orders that are decided. WeChat Pay may still say something of them: a payment that
//! had begun before its close, a creation that arrived late, a refund that ended. Each is looked at
//! until nothing can come of it any more, so that no money depends on a notification.

use std::time::Duration;

use dika_contract::{OrderId, PaymentState, Timestamp};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::adapters::wechat_gateway::attempts::{Standing, WechatGateway};
use crate::adapters::wechat_gateway::faults::{refused, silent, unkept};
use crate::adapters::wechat_gateway::surplus::SurplusOutcome;
use dika_core::payment_gateway::GatewayFault;
use dika_store::audit::{cause, caused_by};
use dika_store::wechat::{Attempt, AttemptState, BackState, TakenAttempt, Watched};

/// How long a provider is waited for where nobody waits for the answer.
const WATCH_TIME_LIMIT: Duration = Duration::from_secs(8);
const WATCHED_AT_ONCE: i64 = 16;
/// Longer than a look takes. A payment whose look did not end by then is looked at again.
const WATCH_LEASE_S: i64 = 60;
/// After so many looks at money that does not come back, one a day, nobody asks any more.
const MOST_LOOKS: i64 = 60;
const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

/// What a look at a payment means for its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    None,
    /// The order has to be looked at again.
    ForTheOrder,
}

impl WechatGateway {
    /// Looks at payments that are due, some at a time. Gives how many there were, and the orders of which
    /// something new is known.
    ///
    /// # Errors
    /// [`GatewayFault::Unkept`] where the database fails; what was not looked at stays due.
    pub(crate) async fn check_due(&self) -> Result<(usize, Vec<OrderId>), GatewayFault> {
        let due = self
            .store
            .take_wechat_attempts_to_look_at(self.clock.now(), WATCH_LEASE_S, WATCHED_AT_ONCE)
            .await
            .map_err(unkept)?;
        let count = due.len();
        let mut looks = JoinSet::new();
        for taken in due {
            match taken {
                TakenAttempt::Watched(watched) => {
                    let gateway = self.clone();
                    looks.spawn(caused_by(
                        cause(),
                        async move { gateway.check(*watched).await },
                    ));
                }
                TakenAttempt::Unreadable { number, fault } => {
                    tracing::error!(
                        number,
                        ?fault,
                        "a payment can't be read; a person has to look"
                    );
                }
            }
        }
        let mut news = Vec::new();
        // One that fails, or panics, must not stop the others: it is due again when its lease ends.
        while let Some(looked) = looks.join_next().await {
            match looked {
                Ok(Ok(order)) => news.extend(order),
                Ok(Err(fault)) => {
                    tracing::error!(?fault, "a look at a payment could not be written down");
                }
                Err(panic) => tracing::error!(%panic, "a look at a payment panicked"),
            }
        }
        Ok((count, news))
    }

    async fn check(&self, watched: Watched) -> Result<Option<OrderId>, dika_store::Error> {
        let Watched { attempt, order } = watched;
        let number = &attempt.out_trade_no;
        let looked = timeout(WATCH_TIME_LIMIT, self.advance(&attempt, order))
            .await
            .unwrap_or_else(|late| Err(silent(late)));
        let news = looked.unwrap_or_else(|fault| {
            match fault {
                GatewayFault::Unkept(cause) => {
                    tracing::error!(
                        number,
                        cause = format!("{cause:#}"),
                        "what is kept of a payment can't be read or written"
                    );
                }
                GatewayFault::Silent(cause) | GatewayFault::TooMany(cause) => {
                    tracing::warn!(
                        number,
                        cause = format!("{cause:#}"),
                        "the provider does not answer"
                    );
                }
                GatewayFault::Refused(cause) => {
                    tracing::error!(
                        number,
                        cause = format!("{cause:#}"),
                        "the provider refuses; a person has to look"
                    );
                }
            }
            News::None
        });
        if let Some(now) = self.store.wechat_attempt(number).await? {
            let next = next_check(&now, order, self.clock.now());
            if next.is_none() && now.back == BackState::Stuck {
                tracing::error!(
                    number,
                    "nobody asks any more for this money to come back; a person has to look"
                );
            }
            self.store.looked_at_wechat_attempt(&now, next).await?;
        }
        Ok((news == News::ForTheOrder).then_some(attempt.order_id))
    }

    async fn advance(&self, attempt: &Attempt, order: PaymentState) -> Result<News, GatewayFault> {
        let standing = match attempt.state {
            AttemptState::Surplus => Standing::Surplus,
            AttemptState::Paid if was_paid(order) => return Ok(News::None),
            AttemptState::Paid => return Ok(News::ForTheOrder),
            // Nobody is to pay it any more.
            AttemptState::Open => self.close_attempt(attempt).await?,
            AttemptState::Closed => match self.query_attempt(attempt).await? {
                Standing::Pending => self.close_attempt(attempt).await?,
                told => told,
            },
        };
        match standing {
            Standing::Paid(_) => Ok(News::ForTheOrder),
            Standing::Returned => {
                // The payment of an order that is paid by another, or was not known to be paid.
                if was_paid(order) {
                    let noted = self
                        .store
                        .pay_wechat_attempt(attempt, None, self.clock.now())
                        .await;
                    noted.map_err(unkept)?;
                    return Ok(News::None);
                }
                Ok(News::ForTheOrder)
            }
            Standing::Surplus => {
                if attempt.state != AttemptState::Surplus {
                    log_paid_twice(attempt);
                }
                Ok(match self.settle_surplus(attempt).await? {
                    SurplusOutcome::GoesBack(_) | SurplusOutcome::Waits => News::None,
                    SurplusOutcome::PaysTheOrder => News::ForTheOrder,
                })
            }
            Standing::Unstarted => {
                let noted = self.store.close_wechat_attempt(&attempt.out_trade_no, None);
                noted.await.map_err(unkept)?;
                Ok(News::None)
            }
            // Open a little longer: not to be closed yet, or not known to be closed.
            Standing::Closed | Standing::Failed | Standing::Pending => Ok(News::None),
            Standing::Strange(what) => Err(refused(anyhow::anyhow!(what))),
        }
    }
}

/// Says that an order was paid twice: nothing is lost, but somebody may ask.
pub fn log_paid_twice(attempt: &Attempt) {
    tracing::error!(number = %attempt.out_trade_no, order = %attempt.order_id, "an order was paid twice; the second payment goes back");
}

const fn was_paid(order: PaymentState) -> bool {
    matches!(
        order,
        PaymentState::Paid | PaymentState::Refunding | PaymentState::Refunded
    )
}

/// When a payment of an order that has come to `order` is looked at next; never again where nothing
/// can come of it.
fn next_check(attempt: &Attempt, order: PaymentState, now: Timestamp) -> Option<Timestamp> {
    let looks = attempt.looks.clamp(0, 20);
    let back_off = |first: i64, most: i64| now.plus((first << looks).min(most));
    match (attempt.state, attempt.back) {
        (AttemptState::Paid, _) if was_paid(order) => None,
        (AttemptState::Surplus, BackState::Done) => None,
        (AttemptState::Surplus, BackState::Stuck) => {
            (attempt.looks < MOST_LOOKS).then(|| back_off(MINUTE, 24 * HOUR))
        }
        // It waits for the order's money to reach the card.
        (AttemptState::Surplus, BackState::None) => Some(back_off(10, 5 * MINUTE)),
        (AttemptState::Surplus, BackState::Running) => Some(back_off(10, HOUR)),
        (AttemptState::Paid | AttemptState::Open, _) => Some(back_off(10, 5 * MINUTE)),
        (AttemptState::Closed, _) => match attempt.closed_at {
            // Not proven before its time to be paid is over.
            None => {
                let next = back_off(10, 5 * MINUTE);
                Some(if now < attempt.pay_by {
                    next.min(attempt.pay_by)
                } else {
                    next
                })
            }
            // A payment that had begun before its close may win: late, but not for ever.
            Some(closed) => [10 * MINUTE, HOUR + 10 * MINUTE, 25 * HOUR]
                .map(|later| closed.plus(later))
                .into_iter()
                .find(|at| *at > now),
        },
    }
}

#[cfg(test)]
mod tests {
    use dika_contract::{Fen, PayChannel};

    use super::*;

    const END: Timestamp = Timestamp::from_unix(10_000);

    fn attempt(state: AttemptState) -> Attempt {
        let order_id = OrderId::parse("order").expect("an id");
        Attempt {
            out_trade_no: "order".to_owned(),
            order_id,
            seq: 0,
            channel: PayChannel::Native,
            payer: None,
            description: String::new(),
            amount: Fen::new(1),
            pay_by: END,
            state,
            closed_at: None,
            back: BackState::None,
            refunds_closed: 0,
            refund_again_at: Timestamp::from_unix(0),
            looks: 0,
        }
    }

    fn looks_until_the_end(mut attempt: Attempt, order: PaymentState, at: i64) -> usize {
        let mut now = Timestamp::from_unix(at);
        for count in 0..1_000 {
            let Some(next) = next_check(&attempt, order, now) else {
                return count;
            };
            assert!(next > now, "time goes by");
            now = next;
            attempt.looks += 1;
        }
        1_000
    }

    #[test]
    fn whatever_is_not_proven_is_looked_at_without_end() {
        for state in [
            AttemptState::Open,
            AttemptState::Closed,
            AttemptState::Surplus,
        ] {
            let looks = looks_until_the_end(attempt(state), PaymentState::Paid, 0);
            assert_eq!(looks, 1_000, "{state:?}");
        }
        let paid = attempt(AttemptState::Paid);
        assert_eq!(looks_until_the_end(paid, PaymentState::Closed, 0), 1_000);
    }

    #[test]
    fn what_is_proven_comes_to_an_end() {
        let paid = attempt(AttemptState::Paid);
        assert_eq!(looks_until_the_end(paid, PaymentState::Paid, 0), 0);
        let closed = Attempt {
            closed_at: Some(Timestamp::from_unix(100)),
            ..attempt(AttemptState::Closed)
        };
        assert_eq!(looks_until_the_end(closed, PaymentState::Paid, 100), 3);
        let back = |back| Attempt {
            back,
            ..attempt(AttemptState::Surplus)
        };
        assert_eq!(
            looks_until_the_end(back(BackState::Done), PaymentState::Paid, 0),
            0
        );
        let stuck = looks_until_the_end(back(BackState::Stuck), PaymentState::Paid, 0);
        assert_eq!(stuck, 60);
    }

    #[test]
    fn a_number_that_is_not_known_is_looked_at_when_its_time_is_over() {
        let unknown = Attempt {
            looks: 20,
            ..attempt(AttemptState::Closed)
        };
        let just_before = Timestamp::from_unix(9_900);
        assert_eq!(
            next_check(&unknown, PaymentState::Closed, just_before),
            Some(END)
        );
    }
}
