use std::net::IpAddr;

use async_trait::async_trait;
use dika_contract::{Fen, OrderId, PayChannel, PaymentPrompt, Timestamp};
use dika_core::payment_gateway::{Charge, Closing, GatewayFault, Outcome, PaymentGateway, Refund};
use dika_store::wechat::{Attempt, AttemptState, BackState};
use dika_wechat::OpenId;
use dika_wechat::pay::NewOrder;
use url::Url;

use crate::adapters::wechat_gateway::attempts::{Standing, WechatGateway};
use crate::adapters::wechat_gateway::faults::{
    fault, number, paid_already, refused, silent, unkept,
};
use crate::adapters::wechat_gateway::surplus::{SurplusOutcome, log_not_sent_back};

/// Payments that an order may have: each is asked about, and nobody means more.
const MOST_ATTEMPTS: i64 = 20;
/// What WeChat Pay reads at most as a description, in characters.
const LONGEST_DESCRIPTION: usize = 127;
/// A code to scan is good for two hours at WeChat Pay.
const CODE_LIVES_S: i64 = 2 * 3_600;

impl WechatGateway {
    /// What it means for the order that money of this payment went back, and no other brought any.
    async fn went_back(&self, attempt: &Attempt) -> Result<Outcome, GatewayFault> {
        match self
            .store
            .pay_wechat_attempt(attempt, None, self.clock.now())
            .await
        {
            Ok(AttemptState::Surplus) => Err(paid_already()),
            Ok(_) if self.is_back(attempt).await? => Ok(Outcome::Returned),
            Ok(_) => {
                tracing::error!(number = %attempt.out_trade_no, order = %attempt.order_id, "money of a payment went back that never reached the card, and nothing proves that it was all; a person has to look");
                Ok(Outcome::Returning)
            }
            Err(fault) => Err(unkept(fault)),
        }
    }

    /// The payment to go on with for a charge: the latest where it fits, else a new one, after the
    /// latest was closed.
    async fn attempt_for(&self, charge: &Charge) -> Result<Attempt, GatewayFault> {
        const TRIES: usize = 3;
        let payer = charge
            .payer
            .clone()
            .filter(|_| charge.channel == PayChannel::Jsapi);
        for _ in 0..TRIES {
            let attempts = self
                .store
                .wechat_attempts(&charge.order_id)
                .await
                .map_err(unkept)?;
            let seq = match attempts.last() {
                None => 0,
                Some(last) => match last.state {
                    AttemptState::Open if last.channel == charge.channel && last.payer == payer => {
                        return Ok(last.clone());
                    }
                    // Nothing is closed for another one that cannot begin.
                    AttemptState::Open if last.seq + 1 >= MOST_ATTEMPTS => last.seq + 1,
                    AttemptState::Open => match self.close_attempt(last).await? {
                        Standing::Closed | Standing::Failed | Standing::Unstarted => last.seq + 1,
                        Standing::Pending => {
                            return Err(silent(anyhow::anyhow!(
                                "{} can't be closed yet, and both could be paid",
                                last.out_trade_no
                            )));
                        }
                        _ => return Err(paid_already()),
                    },
                    AttemptState::Closed => last.seq + 1,
                    AttemptState::Paid | AttemptState::Surplus => return Err(paid_already()),
                },
            };
            if seq >= MOST_ATTEMPTS {
                return Err(refused(anyhow::anyhow!(
                    "order {} was begun {seq} times",
                    charge.order_id
                )));
            }
            let out_trade_no = match seq {
                0 => charge.order_id.to_string(),
                more => format!("{}-{more}", charge.order_id),
            };
            let new = Attempt {
                out_trade_no,
                order_id: charge.order_id.clone(),
                seq,
                channel: charge.channel,
                payer: payer.clone(),
                description: charge
                    .description
                    .chars()
                    .take(LONGEST_DESCRIPTION)
                    .collect(),
                amount: charge.amount,
                pay_by: charge.pay_by,
                state: AttemptState::Open,
                closed_at: None,
                back: BackState::None,
                refunds_closed: 0,
                refund_again_at: Timestamp::from_unix(0),
                looks: 0,
            };
            // Kept before it is asked for: a crash in between leaves a number that can be asked about.
            self.store.add_wechat_attempt(&new).await.map_err(unkept)?;
        }
        Err(GatewayFault::Silent(anyhow::anyhow!(
            "the payments of order {} keep changing",
            charge.order_id
        )))
    }
}

#[async_trait]
impl PaymentGateway for WechatGateway {
    async fn start(&self, charge: &Charge) -> Result<PaymentPrompt, GatewayFault> {
        // What the form needs is looked at first: nothing is closed for a form that cannot begin.
        let payer = match (&charge.channel, &charge.payer) {
            (PayChannel::Jsapi, Some(openid)) => {
                Some(OpenId::new(openid.clone()).map_err(refused)?)
            }
            (PayChannel::Jsapi, None) => {
                return Err(GatewayFault::Refused(anyhow::anyhow!(
                    "nobody's openid is known"
                )));
            }
            _ => None,
        };
        let client_ip: Option<IpAddr> = charge.client_ip.as_deref().and_then(|ip| ip.parse().ok());
        if charge.channel == PayChannel::H5 && client_ip.is_none() {
            return Err(GatewayFault::Refused(anyhow::anyhow!(
                "the client's address is not known"
            )));
        }
        let attempt = self.attempt_for(charge).await?;
        let order = NewOrder::new(
            number(&attempt)?,
            attempt.description.clone(),
            attempt.amount.get(),
        )
        .and_then(|order| order.expires_at(attempt.pay_by.unix()))
        .map_err(refused)?;
        if let Some(payer) = payer {
            let prepay_id = self.pay.create_jsapi(&order, &payer).await.map_err(fault)?;
            let params = self.pay.bridge_params(&prepay_id).map_err(refused)?;
            return Ok(PaymentPrompt::Jsapi {
                app_id: params.app_id,
                time_stamp: params.time_stamp,
                nonce_str: params.nonce_str,
                package: params.package,
                sign_type: params.sign_type,
                pay_sign: params.pay_sign,
            });
        }
        match client_ip {
            Some(ip) if charge.channel == PayChannel::H5 => {
                let cashier = self.pay.create_h5(&order, ip).await.map_err(fault)?;
                let back = Url::parse(&format!("{}/orders/{}", self.origin, charge.order_id))
                    .map_err(refused)?;
                Ok(PaymentPrompt::Redirect {
                    url: cashier.returning_to(&back),
                })
            }
            _ => {
                let code = self.pay.create_native(&order).await.map_err(fault)?;
                let begun = attempt.pay_by.plus(-dika_core::order::PAY_WITHIN_S);
                Ok(PaymentPrompt::Native {
                    code_url: code.as_str().to_owned(),
                    expires_at: attempt.pay_by.min(begun.plus(CODE_LIVES_S)),
                })
            }
        }
    }

    async fn query(&self, order: &OrderId) -> Result<Outcome, GatewayFault> {
        let mut outcome = Outcome::Unstarted;
        let (mut paid, mut returned, mut unclear) = (None, None, None);
        let (mut surplus, mut asked) = (Vec::new(), 0);
        // All of them: money under one number beats whatever is said of the others.
        'all: loop {
            let attempts = self.store.wechat_attempts(order).await.map_err(unkept)?;
            if attempts.len() <= asked {
                break;
            }
            for attempt in attempts.into_iter().skip(asked) {
                asked += 1;
                let standing = match attempt.state {
                    AttemptState::Surplus => Ok(Standing::Surplus),
                    _ => self.query_attempt(&attempt).await,
                };
                match standing {
                    Ok(Standing::Paid(amount)) => paid = Some(amount),
                    Ok(Standing::Returned) => returned = Some(attempt),
                    Ok(Standing::Surplus) => surplus.push(attempt),
                    Ok(Standing::Pending) => outcome = Outcome::Pending,
                    Ok(Standing::Closed) => outcome = Outcome::Closed,
                    Ok(Standing::Failed) => outcome = Outcome::Failed,
                    Ok(Standing::Unstarted) => outcome = Outcome::Unstarted,
                    Ok(Standing::Strange(what)) => unclear = Some(refused(anyhow::anyhow!(what))),
                    // Nothing else is told now either.
                    Err(fault @ GatewayFault::TooMany(_)) => {
                        unclear = Some(fault);
                        break 'all;
                    }
                    Err(fault) => unclear = Some(fault),
                }
            }
            // What ends the order must be so of those payments, too, that began meanwhile.
            let ends = returned.is_some() || matches!(outcome, Outcome::Closed | Outcome::Failed);
            if paid.is_some() || unclear.is_some() || !ends {
                break;
            }
        }
        // No money goes back as surplus before it is known whether the order's own payment stands.
        for attempt in &surplus {
            match self.settle_surplus(attempt).await {
                Ok(SurplusOutcome::PaysTheOrder) => paid = Some(attempt.amount),
                Ok(SurplusOutcome::GoesBack(_) | SurplusOutcome::Waits) => {}
                Err(fault) => {
                    log_not_sent_back(attempt, &fault);
                    // It may yet take the place of one that went back.
                    if attempt.back == BackState::None {
                        unclear = Some(fault);
                    }
                }
            }
        }
        if let Some(amount) = paid {
            return Ok(Outcome::Paid(amount));
        }
        if let Some(fault) = unclear {
            return Err(fault);
        }
        match returned {
            Some(attempt) => self.went_back(&attempt).await,
            None => Ok(outcome),
        }
    }

    async fn close(&self, order: &OrderId) -> Result<Closing, GatewayFault> {
        let attempts = self.store.wechat_attempts(order).await.map_err(unkept)?;
        for attempt in &attempts {
            let standing = match attempt.state {
                // Kept before its order moved: meanwhile its money may have gone back, or be going.
                AttemptState::Paid => match self.query_attempt(attempt).await? {
                    Standing::Paid(amount) => return Ok(Closing::AlreadyPaid(amount)),
                    other => Standing::Strange(format!("paid once, and now {other:?}")),
                },
                // Watched until nothing can come of them.
                AttemptState::Closed | AttemptState::Surplus => continue,
                AttemptState::Open => self.close_attempt(attempt).await?,
            };
            match standing {
                Standing::Paid(amount) => return Ok(Closing::AlreadyPaid(amount)),
                Standing::Closed | Standing::Failed | Standing::Unstarted => {}
                Standing::Pending => return Ok(Closing::NotYet),
                other => {
                    return Err(refused(anyhow::anyhow!(
                        "{} cannot be closed: {other:?}",
                        attempt.out_trade_no
                    )));
                }
            }
        }
        Ok(Closing::Closed)
    }

    async fn refund(&self, order: &OrderId, amount: Fen) -> Result<Refund, GatewayFault> {
        let attempts = self.store.wechat_attempts(order).await.map_err(unkept)?;
        let paid = attempts
            .iter()
            .find(|attempt| attempt.state == AttemptState::Paid && attempt.amount == amount)
            .ok_or_else(|| GatewayFault::Refused(anyhow::anyhow!("nothing was paid")))?;
        self.refund_attempt(paid).await
    }

    async fn watch(&self) -> Result<(usize, Vec<OrderId>), GatewayFault> {
        self.check_due().await
    }
}
