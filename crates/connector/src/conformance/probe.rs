use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use dika_contract::{Fen, OrderId, Timestamp, WalletKind};

use super::listener::Listener;
use super::options::{Options, StartFault, TestAccount};
use super::report::{Finding, Trouble, broken, skipped};
use crate::breaker;
use crate::client::{self, Client, Fault, Reply, answer, message_id, now};
use crate::error::{ErrorCode, ErrorDetail};
use crate::protocol::cards::VerifyOutcome;
use crate::protocol::{
    Balances, CapabilitiesAnswer, CardRecord, Credit, CreditAnswer, CreditState, Op, Operation,
    Verify, body,
};
use crate::signature::{Keyring, SignedHeaders};

/// The connector under test, and what is known about it.
pub(super) struct Probe<'a> {
    pub(super) options: &'a Options,
    client: Client,
    pub(super) listener: Option<Listener>,
    pub(super) capabilities: Option<CapabilitiesAnswer>,
    /// The ordinary test account, once the connector has called it one.
    pub(super) card: Option<TestCard>,
    slowest: Mutex<Option<(Op, Duration)>>,
    last_credit: Mutex<Option<OrderId>>,
}

/// A card that the connector calls a test account, and the wallet that is used.
#[derive(Clone, Debug)]
pub(super) struct TestCard {
    pub(super) record: CardRecord,
    pub(super) wallet: WalletKind,
    pub(super) waits: bool,
    pub(super) amount: Fen,
}

impl<'a> Probe<'a> {
    pub(super) async fn new(options: &'a Options) -> Result<Self, StartFault> {
        let mut reached = client::Options::new(options.url.clone(), options.issuer, options.keys());
        reached.time_limit = options.patience;
        reached.direct = options.direct;
        reached.test = true;
        // Every case is to be tried, whatever the one before it saw.
        reached.breaker = breaker::Rules {
            silences: u32::MAX,
            ..breaker::Rules::default()
        };
        let listener = match options.callbacks {
            Some(address) => Some(Listener::start(address, options.keys()).await?),
            None => None,
        };
        Ok(Self {
            options,
            client: Client::new(reached)?,
            listener,
            capabilities: None,
            card: None,
            slowest: Mutex::default(),
            last_credit: Mutex::default(),
        })
    }

    /// Asks as Dika does.
    pub(super) async fn ask<O: Operation>(&self, operation: &O) -> Result<O::Answer, Fault> {
        let started = Instant::now();
        let answered = self.client.call(operation).await;
        self.timed(O::OP, started.elapsed());
        answered
    }

    fn timed(&self, op: Op, took: Duration) {
        let mut slowest = self.slowest.lock().unwrap_or_else(PoisonError::into_inner);
        if slowest.is_none_or(|(_, longest)| took > longest) {
            *slowest = Some((op, took));
        }
    }

    /// Sends a body as it is, signed with these keys at this moment.
    pub(super) async fn send(
        &self,
        keys: &Keyring,
        at: Timestamp,
        body: Vec<u8>,
    ) -> Result<Reply, Fault> {
        let headers = keys.sign(&message_id()?, at, &body);
        self.post(&headers, body).await
    }

    pub(super) async fn post(
        &self,
        headers: &SignedHeaders,
        body: Vec<u8>,
    ) -> Result<Reply, Fault> {
        self.client.post(headers, body).await
    }

    /// Sends a body as it is, signed as it should be.
    pub(super) async fn send_now(&self, body: Vec<u8>) -> Result<Reply, Fault> {
        self.send(&self.options.keys(), now(), body).await
    }

    /// A call's body as Dika writes it.
    pub(super) fn body<O: Operation>(&self, operation: &O) -> Result<Vec<u8>, Trouble> {
        body(operation, self.options.issuer, true)
            .map_err(|fault| Trouble::Skipped(fault.to_string()))
    }

    pub(super) fn card(&self) -> Result<&TestCard, Trouble> {
        self.card
            .as_ref()
            .ok_or_else(|| Trouble::Skipped("no test account (--test-account)".to_owned()))
    }

    pub(super) fn offers(&self, op: Op) -> Result<(), Trouble> {
        match &self.capabilities {
            Some(capabilities) if capabilities.offers(op) => Ok(()),
            Some(_) => skipped("not offered"),
            None => skipped("capabilities could not be read"),
        }
    }

    /// Signs in to a test account. Fails unless the connector calls it one.
    pub(super) async fn test_card(&self, account: &TestAccount) -> Result<TestCard, Trouble> {
        let verify = Verify {
            identifier: account.identifier.clone(),
            password: account.password.clone(),
        };
        let answered = self.ask(&verify).await.map_err(unexpected)?;
        let Some(record) = answered
            .card
            .filter(|_| answered.outcome == VerifyOutcome::Verified)
        else {
            return broken("refused: is the password right?");
        };
        if !record.test {
            return broken("the card is not marked \"test\": true, so no money is moved");
        }
        let Some(wallet) = self.capabilities.as_ref().and_then(|it| it.wallets.first()) else {
            return skipped("capabilities could not be read");
        };
        Ok(TestCard {
            record,
            wallet: wallet.kind,
            waits: wallet.claim.as_ref().is_some_and(|claim| claim.is_needed()),
            amount: wallet
                .limits
                .as_ref()
                .map_or(Fen::new(1), |limits| limits.min_fen),
        })
    }

    /// A credit of a new order for a test card.
    pub(super) fn new_credit(&self, card: &TestCard) -> Result<Credit, Trouble> {
        let order_id = new_order()?;
        Ok(Credit {
            order_id,
            card_ref: card.record.card_ref.clone(),
            wallet: card.wallet,
            amount_fen: card.amount,
            paid_at: Some(now()),
            waits: card.waits,
            claim_by: None,
            cap_fen: None,
        })
    }

    /// What the test card's wallet holds, waiting money included: the only thing that shows how often an
    /// order was booked.
    pub(super) async fn held(&self, card: &TestCard) -> Result<Fen, Trouble> {
        let balances = Balances {
            card_ref: card.record.card_ref.clone(),
        };
        let answered = self.ask(&balances).await.map_err(unexpected)?;
        let wallet = answered.wallets.iter().find(|it| it.kind == card.wallet);
        let Some(wallet) = wallet else {
            return broken(format!("balances: the wallet {} is missing", card.wallet));
        };
        let sum = wallet.on_card_fen.checked_add(wallet.waiting_fen);
        sum.map_or_else(|| broken("balances: out of range"), Ok)
    }

    /// Fails unless the wallet holds so much more than before.
    pub(super) async fn gained(
        &self,
        card: &TestCard,
        before: Fen,
        gain: Fen,
    ) -> Result<(), Trouble> {
        let after = self.held(card).await?;
        let gained = after.checked_sub(before);
        if gained == Some(gain) {
            return Ok(());
        }
        broken(format!(
            "the wallet gained {} fen instead of {}",
            after.get() - before.get(),
            gain.get()
        ))
    }

    /// Sends a credit until it is decided, as Dika does.
    pub(super) async fn decided(&self, credit: &Credit) -> Result<CreditAnswer, Trouble> {
        let started = Instant::now();
        let mut last = "nothing".to_owned();
        while started.elapsed() < self.options.decide_within {
            match self.ask(credit).await {
                Ok(answer) if answer.state != CreditState::Undecided => {
                    let ordinary = self.card.as_ref().map(|card| &card.record.card_ref);
                    if ordinary == Some(&credit.card_ref)
                        && matches!(answer.state, CreditState::OnCard | CreditState::Waiting)
                    {
                        let mut order = self
                            .last_credit
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner);
                        *order = Some(credit.order_id.clone());
                    }
                    return Ok(answer);
                }
                Ok(_) => last = "undecided".to_owned(),
                Err(fault) if fault.is_silence() => last = fault.to_string(),
                Err(fault) => return Err(unexpected(fault)),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        broken(format!("not decided in time; the last answer was: {last}"))
    }

    /// Whether every call was answered soon enough.
    pub(super) fn latency(&self) -> Finding {
        let slowest = *self.slowest.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((op, took)) = slowest else {
            return skipped("nothing was asked");
        };
        let seen = format!("the slowest was {op} with {} ms", took.as_millis());
        if took > self.options.answer_within {
            return broken(format!(
                "{seen}; Dika waits {} ms",
                self.options.answer_within.as_millis()
            ));
        }
        Ok(seen)
    }

    /// An order that was booked on the ordinary test account.
    pub(super) fn last_credit(&self) -> Option<OrderId> {
        let order = self
            .last_credit
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        order.clone()
    }
}

/// An order id that was never used.
pub(super) fn new_order() -> Result<OrderId, Trouble> {
    let id = message_id().map_err(unexpected)?;
    let order = OrderId::parse(&id.replace("msg_", "test")[..24]);
    order.ok_or_else(|| Trouble::Skipped("no order id".to_owned()))
}

/// A fault where an answer was expected.
pub(super) fn unexpected(fault: Fault) -> Trouble {
    Trouble::Broken(fault.to_string())
}

/// The error of a call that must not be carried out.
pub(super) fn refusal(reply: Result<Reply, Fault>) -> Result<(u16, ErrorDetail), Trouble> {
    let reply = reply.map_err(unexpected)?;
    match answer::<serde_json::Value>(&reply) {
        Ok(_) => broken("it was carried out"),
        Err(Fault::Refused(detail)) => Ok((reply.status, detail)),
        Err(fault) => Err(unexpected(fault)),
    }
}

/// Fails unless the call was refused with this code.
pub(super) fn refused_with(
    reply: Result<Reply, Fault>,
    code: ErrorCode,
) -> Result<ErrorDetail, Trouble> {
    let (status, detail) = refusal(reply)?;
    if detail.code != code {
        return broken(format!("error {} instead of {code}", detail.code));
    }
    if status != code.status() {
        return broken(format!(
            "status {status} instead of {} for {code}",
            code.status()
        ));
    }
    Ok(detail)
}
