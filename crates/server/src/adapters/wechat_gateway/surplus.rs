//! A payment of an order that another one had paid. Its money goes back, unless the other one's went back meanwhile, by
//! hand say: an order keeps one payment as long as it has one. So it stays here until the order's money is on its card:
//! as long as a credit is on its way, nobody knows which of the two payments will have paid it.

use dika_contract::PaymentState;
use dika_core::order::OrderState;
use dika_core::payment_gateway::{GatewayFault, Refund};
use dika_store::orders::OrderRow;
use dika_store::wechat::{Attempt, AttemptState, BackState, Replacement};
use dika_wechat::pay::Verdict;

use crate::adapters::wechat_gateway::attempts::{Standing, WechatGateway, given};
use crate::adapters::wechat_gateway::faults::{fault, number, paid_already, silent, unkept};

/// What becomes of a surplus payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurplusOutcome {
    /// Its money goes back.
    GoesBack(Refund),
    /// It has taken the place of the payment that paid the order: the order has to be looked at again.
    PaysTheOrder,
    /// It stays here until the order's money is on its card.
    Waits,
}

impl WechatGateway {
    /// Sends a surplus payment's money back, or asks how far that is. Before it goes, the order's money must be on its
    /// card, and after that the payment that paid the order is asked about: where its money went back, this one takes
    /// its place.
    ///
    /// # Errors
    /// Any [`GatewayFault`]. Where the other payment can't be asked about, nothing goes back for now.
    pub async fn settle_surplus(&self, attempt: &Attempt) -> Result<SurplusOutcome, GatewayFault> {
        // It may have been read before it became surplus.
        let surplus = Attempt {
            state: AttemptState::Surplus,
            ..attempt.clone()
        };
        if surplus.back != BackState::None || self.clock.now() < surplus.refund_again_at {
            let refund = self.refund_attempt(&surplus).await?;
            return Ok(SurplusOutcome::GoesBack(refund));
        }
        let known = self.known_refund(&surplus).await?;
        if known.is_none() {
            // Read before the other payment is asked about: whoever sends money back by hand looks at the card first.
            let order = self.store.order(&surplus.order_id).await.map_err(unkept)?;
            if self.replaces_returned(&surplus, order.as_ref()).await? {
                return Ok(SurplusOutcome::PaysTheOrder);
            }
            if order.is_some_and(|order| needs_payment(&order.state)) {
                return Ok(SurplusOutcome::Waits);
            }
        }
        // Kept before it is asked for: what is on its way back pays no order.
        let begun = self.store.begin_surplus_refund(&surplus.out_trade_no).await;
        if !begun.map_err(unkept)? {
            return Err(paid_already());
        }
        let told = match known {
            Some(told) => told,
            None => self.ask_for_refund(&surplus).await?,
        };
        self.book_refund(&surplus, told)
            .await
            .map(SurplusOutcome::GoesBack)
    }

    /// Whether a surplus payment has taken the place of the one that paid its order: that one's money went back, although
    /// the order stands, and this one's money is here.
    async fn replaces_returned(
        &self,
        surplus: &Attempt,
        order: Option<&OrderRow>,
    ) -> Result<bool, GatewayFault> {
        let id = &surplus.order_id;
        // What goes back because the order does is no loss.
        let stands = order.is_some_and(|order| {
            !matches!(
                order.state.payment,
                PaymentState::Refunding | PaymentState::Refunded
            )
        });
        let attempts = self.store.wechat_attempts(id).await.map_err(unkept)?;
        let paid = attempts
            .into_iter()
            .find(|attempt| attempt.state == AttemptState::Paid);
        let Some(paid) = paid.filter(|paid| stands && paid.amount == surplus.amount) else {
            return Ok(false);
        };
        match self.query_attempt(&paid).await? {
            Standing::Returned => {}
            Standing::Paid(_) => return Ok(false),
            unclear => {
                return Err(silent(anyhow::anyhow!(
                    "{} paid its order, and WeChat Pay says now: {unclear:?}",
                    paid.out_trade_no
                )));
            }
        }
        let trade = self.pay.query(&number(surplus)?).await.map_err(fault)?;
        let Verdict::Paid {
            transaction_id,
            paid_at_unix_s,
        } = trade.verdict(surplus.amount.get())
        else {
            // Its money went back, too, or is going.
            return Ok(false);
        };
        let payment = given(transaction_id.as_ref(), paid_at_unix_s);
        let replaced = self
            .store
            .replace_returned_payment(&paid, surplus, payment.as_ref(), self.clock.now())
            .await;
        Ok(match replaced.map_err(unkept)? {
            Replacement::Done => {
                tracing::warn!(number = %paid.out_trade_no, order = %id, "the payment of an order went back; its second payment pays it now");
                true
            }
            Replacement::Unproven => {
                tracing::error!(number = %paid.out_trade_no, order = %id, "money of the payment of an order went back, and its second payment pays it now; nothing proves that the first one's money is all back; a person has to look");
                true
            }
            Replacement::Refused => false,
        })
    }
}

/// Whether an order may still need a surplus payment: its money is not on its card yet, nor waits there, nor goes back.
const fn needs_payment(order: &OrderState) -> bool {
    match order.payment {
        PaymentState::Refunding | PaymentState::Refunded => false,
        PaymentState::Paid => order.is_unsettled(),
        // Another payment is known to have paid it: the order moves to paid next.
        _ => true,
    }
}

/// Says that a surplus payment's money is still here; the next look tries again.
pub fn log_not_sent_back(attempt: &Attempt, fault: &GatewayFault) {
    tracing::error!(number = %attempt.out_trade_no, ?fault, "money paid twice could not be sent back yet");
}
