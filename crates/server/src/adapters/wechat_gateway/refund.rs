//! Money on its way back. A refund's number says which payment it is of, so asking twice is asking
//! once; where WeChat Pay closes a refund, no money went, and the next one is asked for under another
//! number. Together they can't send back more than was paid: WeChat Pay itself counts.

use dika_contract::{PaymentState, Timestamp};
use dika_wechat::OutRefundNo;
use dika_wechat::pay::{self, ErrorCode, NewRefund, RefundStatus};

use crate::adapters::wechat_gateway::attempts::WechatGateway;
use crate::adapters::wechat_gateway::faults::{fault, number, refused, unkept};
use dika_core::payment_gateway::{GatewayFault, Refund};
use dika_store::numbers::Given;
use dika_store::wechat::{Attempt, AttemptState, BackState};

/// After so many refunds that WeChat Pay closed, only a person can help.
const MOST_REFUNDS: i64 = 20;

impl WechatGateway {
    /// Sends back all that one payment brought, or asks how far that is, and remembers it.
    ///
    /// # Errors
    /// Any [`GatewayFault`].
    pub async fn refund_attempt(&self, attempt: &Attempt) -> Result<Refund, GatewayFault> {
        if attempt.back == BackState::Done {
            return Ok(Refund::Done);
        }
        // One that was closed says so by itself, and pages ask: the next one waits all the same.
        if self.clock.now() < attempt.refund_again_at {
            return Ok(Refund::Processing);
        }
        let told = match self.known_refund(attempt).await? {
            Some(told) => told,
            None => self.ask_for_refund(attempt).await?,
        };
        self.book_refund(attempt, told).await
    }

    /// Notes what WeChat Pay says of our refund of a payment.
    pub(crate) async fn book_refund(
        &self,
        attempt: &Attempt,
        told: pay::Refund,
    ) -> Result<Refund, GatewayFault> {
        let number = &attempt.out_trade_no;
        let (closed, now) = (attempt.refunds_closed, self.clock.now());
        let back = match &told.status {
            RefundStatus::Success if is_whole(attempt, &told) => BackState::Done,
            RefundStatus::Closed if closed + 1 < MOST_REFUNDS => {
                tracing::error!(
                    number,
                    refund = told.out_refund_no.as_str(),
                    "a refund was closed; another one will be asked for"
                );
                let again_at = now.plus(pause_after(closed));
                let noted = self
                    .store
                    .wechat_refund_closed(number, closed, again_at)
                    .await;
                noted.map_err(unkept)?;
                BackState::Running
            }
            RefundStatus::Processing => BackState::Running,
            _ => BackState::Stuck,
        };
        // One that was closed moves no money: its number names nothing.
        let refund = given(&told).filter(|_| told.status != RefundStatus::Closed);
        let noted = self
            .store
            .wechat_money_back(attempt, back, refund.as_ref(), now)
            .await;
        noted.map_err(unkept)?;
        match back {
            BackState::Done => Ok(Refund::Done),
            BackState::None | BackState::Running => Ok(Refund::Processing),
            BackState::Stuck => Err(refused(anyhow::anyhow!(
                "refund {} is {}, {:?} of {} fen: act in the merchant console",
                told.out_refund_no.as_str(),
                String::from(told.status.clone()),
                told.refund_fen(),
                attempt.amount.get()
            ))),
        }
    }

    /// Our refund of a payment, the one that follows the closed ones, where WeChat Pay knows it.
    pub(crate) async fn known_refund(
        &self,
        attempt: &Attempt,
    ) -> Result<Option<pay::Refund>, GatewayFault> {
        match self.pay.query_refund(&our_refund(attempt)?).await {
            Ok(told) => its_own(attempt, told).map(Some),
            Err(error) if error.proven_code() == Some(&ErrorCode::ResourceNotExists) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    /// Asks for our refund of a payment.
    pub(crate) async fn ask_for_refund(
        &self,
        attempt: &Attempt,
    ) -> Result<pay::Refund, GatewayFault> {
        let fen = attempt.amount.get();
        let reason = match attempt.state {
            AttemptState::Surplus => "重复支付，原路退回",
            AttemptState::Open | AttemptState::Closed | AttemptState::Paid => {
                "卡片未能入账，原路退回"
            }
        };
        let new = NewRefund::new(number(attempt)?, our_refund(attempt)?, fen, fen)
            .and_then(|new| new.reason(reason))
            .map_err(refused)?;
        its_own(attempt, self.pay.refund(&new).await.map_err(fault)?)
    }

    /// Whether it is proven that all of a payment's money is back with its payer, without asking for
    /// a refund.
    pub(crate) async fn is_back(&self, attempt: &Attempt) -> Result<bool, GatewayFault> {
        if attempt.back == BackState::Done {
            return Ok(true);
        }
        let Some(told) = self.known_refund(attempt).await? else {
            return Ok(false);
        };
        let is_back = told.status == RefundStatus::Success && is_whole(attempt, &told);
        if let Some(refund) = given(&told).filter(|_| is_back) {
            let kind = AttemptState::refund_kind;
            let kept = self.store.keep_wechat_number(attempt, kind, &refund);
            kept.await.map_err(unkept)?;
        }
        Ok(is_back)
    }

    /// Takes WeChat Pay's word about a refund, whoever asked for it: `order` is what the payment's
    /// order has come to by then. Gives the payment as it is now.
    ///
    /// A refund of all of a payment that did not reach the card ends that payment, also where a person
    /// asked for it. Whatever else is no refund of ours calls a person.
    ///
    /// # Errors
    /// [`GatewayFault::Unkept`] where the database fails.
    pub async fn record_refund(
        &self,
        attempt: Attempt,
        order: PaymentState,
        told: &pay::Refund,
    ) -> Result<Attempt, GatewayFault> {
        let ours = (0..=attempt.refunds_closed)
            .any(|closed| refund_number(&attempt, closed) == told.out_refund_no.as_str());
        let all = is_whole(&attempt, told);
        let surplus = attempt.state == AttemptState::Surplus;
        let awaited = surplus || matches!(order, PaymentState::Refunding | PaymentState::Refunded);
        if !(ours && all && awaited) {
            tracing::error!(
                number = %attempt.out_trade_no,
                refund = told.out_refund_no.as_str(),
                refund_fen = told.refund_fen(),
                paid_fen = attempt.amount.get(),
                status = String::from(told.status.clone()),
                order = %order,
                "a refund that this server did not ask for like this; a person has to look"
            );
        }
        if told.status == RefundStatus::Success && all {
            // What is on the card, or on its way there, is not gone because somebody paid it back too: its order names no
            // refund.
            let named = surplus || order != PaymentState::Paid;
            let (refund, now) = (given(told).filter(|_| named), self.clock.now());
            let noted = self
                .store
                .wechat_money_back(&attempt, BackState::Done, refund.as_ref(), now)
                .await;
            noted.map_err(unkept)?;
            return Ok(Attempt {
                back: BackState::Done,
                ..attempt
            });
        }
        Ok(attempt)
    }
}

/// WeChat Pay's number of a refund, and when the money was back.
fn given(told: &pay::Refund) -> Option<Given> {
    told.refund_id.clone().map(|number| Given {
        number,
        at: told.refunded_at_unix_s.map(Timestamp::from_unix),
    })
}

/// Seconds between a refund that was closed, after so many others, and the next one.
fn pause_after(closed: i64) -> i64 {
    (60 << closed.clamp(0, 20)).min(86_400)
}

/// The number of our next refund of a payment.
fn our_refund(attempt: &Attempt) -> Result<OutRefundNo, GatewayFault> {
    OutRefundNo::new(refund_number(attempt, attempt.refunds_closed)).map_err(refused)
}

/// A refund, where it is of this payment.
fn its_own(attempt: &Attempt, told: pay::Refund) -> Result<pay::Refund, GatewayFault> {
    if told.out_trade_no.as_str() == attempt.out_trade_no {
        return Ok(told);
    }
    Err(refused(anyhow::anyhow!(
        "refund {} is of another payment",
        told.out_refund_no.as_str()
    )))
}

/// Our number of the refund that follows so many closed ones.
fn refund_number(attempt: &Attempt, closed: i64) -> String {
    match closed {
        0 => format!("{}-r", attempt.out_trade_no),
        more => format!("{}-r{}", attempt.out_trade_no, more + 1),
    }
}

/// Whether a refund is of all that was paid.
fn is_whole(attempt: &Attempt, told: &pay::Refund) -> bool {
    let fen = attempt.amount.get();
    told.refund_fen() == Some(fen) && told.total_fen() == Some(fen)
}
