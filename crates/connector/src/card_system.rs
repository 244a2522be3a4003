use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use dika_contract::{
    Balance, CardPassword, Issuer, OrderId, TerminalKind, Timestamp, WalletBalance,
};
use dika_core::card_system::{
    self as port, CardSystem, CardSystemFault, ClaimWindow, Credited, DepositState,
};

use crate::client::{Client, Fault};
use crate::error::ErrorCode;
use crate::protocol::cards::VerifyOutcome;
use crate::protocol::{
    Balances, Card, CardRecord, CardRef, Credit, CreditAnswer, CreditState, CreditStatus,
    CreditStatusAnswer, Identifier, Reopen, Verify,
};

/// What separates the issuer from the connector's own reference in a card's name inside Dika. It is no
/// part of an issuer's word.
const SEPARATOR: char = '/';

/// The card systems of all issuers, each behind a connector of its own: one that is down leaves the
/// others working.
#[derive(Clone, Debug)]
pub struct ConnectorCards {
    clients: BTreeMap<Issuer, Client>,
}

impl ConnectorCards {
    /// One client per issuer; of several for one issuer the last counts.
    pub fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        Self {
            clients: clients
                .into_iter()
                .map(|client| (client.issuer(), client))
                .collect(),
        }
    }

    /// An issuer's client, for what the port does not offer: loss, transactions, statements.
    pub fn client(&self, issuer: Issuer) -> Option<&Client> {
        self.clients.get(&issuer)
    }

    fn of(&self, issuer: Issuer) -> Result<&Client, CardSystemFault> {
        self.client(issuer)
            .ok_or_else(|| unavailable(format!("no connector for {issuer}")))
    }

    /// Takes a card's name inside Dika apart.
    fn resolve(&self, card: &port::CardRef) -> Result<(&Client, CardRef), CardSystemFault> {
        let (issuer, card_ref) = card
            .0
            .split_once(SEPARATOR)
            .ok_or(CardSystemFault::NoSuchCard)?;
        let card_ref = CardRef::parse(card_ref).ok_or(CardSystemFault::NoSuchCard)?;
        Ok((self.of(Issuer::from_word(issuer))?, card_ref))
    }
}

/// A card's name inside Dika.
pub fn named(issuer: Issuer, card_ref: &CardRef) -> port::CardRef {
    port::CardRef(format!("{issuer}{SEPARATOR}{card_ref}"))
}

fn unavailable(why: String) -> CardSystemFault {
    CardSystemFault::Unavailable(anyhow::Error::msg(why))
}

/// A fault of a call that reads.
fn fault(issuer: Issuer) -> impl Fn(Fault) -> CardSystemFault {
    move |fault| match fault {
        Fault::Refused(detail) if detail.code == ErrorCode::UnknownCard => {
            CardSystemFault::NoSuchCard
        }
        fault => money_fault(issuer)(fault),
    }
}

/// A fault of a call about money. Never "no such card": only an answer to the credit itself refuses it.
fn money_fault(issuer: Issuer) -> impl Fn(Fault) -> CardSystemFault {
    move |fault| CardSystemFault::Unavailable(anyhow::Error::new(fault).context(issuer.as_str()))
}

fn record(issuer: Issuer, record: CardRecord) -> port::CardRecord {
    port::CardRecord {
        card_ref: named(issuer, &record.card_ref),
        issuer,
        identity: record.identity,
        card_no_masked: record.card_no_masked,
        status: record.status,
    }
}

#[async_trait]
impl CardSystem for ConnectorCards {
    fn longest_answer(&self) -> Option<Duration> {
        let limits = self.clients.values().map(Client::time_limit);
        // Each call keeps its own limit; this one only has to be longer.
        limits.max().map(|limit| limit + Duration::from_secs(1))
    }

    async fn verify(
        &self,
        issuer: Issuer,
        identifier: &str,
        password: &CardPassword,
    ) -> Result<Option<port::CardRecord>, CardSystemFault> {
        let client = self.of(issuer)?;
        let Some(identifier) = Identifier::parse(identifier) else {
            return Ok(None);
        };
        let question = Verify {
            identifier,
            password: password.clone(),
        };
        // An error here says nothing about the card: whoever asks must not learn whether it exists.
        let answer = client.call(&question).await.map_err(money_fault(issuer))?;
        Ok(answer
            .card
            .filter(|_| answer.outcome == VerifyOutcome::Verified)
            .map(|card| record(issuer, card)))
    }

    async fn card(&self, card: &port::CardRef) -> Result<port::CardRecord, CardSystemFault> {
        let (client, card_ref) = self.resolve(card)?;
        let issuer = client.issuer();
        let answer = client.call(&Card { card_ref }).await;
        Ok(record(issuer, answer.map_err(fault(issuer))?.card))
    }

    async fn balances(&self, card: &port::CardRef) -> Result<Vec<WalletBalance>, CardSystemFault> {
        let (client, card_ref) = self.resolve(card)?;
        let answer = client.call(&Balances { card_ref }).await;
        let answer = answer.map_err(fault(client.issuer()))?;
        Ok(answer
            .wallets
            .iter()
            .map(|wallet| {
                let balance = |amount_fen| {
                    Some(Balance {
                        amount_fen,
                        as_of: wallet.as_of,
                    })
                };
                WalletBalance {
                    kind: wallet.kind,
                    on_card: balance(wallet.on_card_fen),
                    waiting: balance(wallet.waiting_fen),
                }
            })
            .collect())
    }

    async fn credit(&self, credit: port::Credit) -> Result<Credited, CardSystemFault> {
        let (credited, _) = self.credit_with_number(credit).await?;
        Ok(credited)
    }

    async fn credit_with_number(
        &self,
        credit: port::Credit,
    ) -> Result<(Credited, Option<String>), CardSystemFault> {
        let (client, card_ref) = self
            .resolve(&credit.card_ref)
            .map_err(|fault| match fault {
                // A name that cannot be taken apart is a fault of this server, and no reason to pay back.
                CardSystemFault::NoSuchCard => {
                    unavailable("a card's name has no issuer".to_owned())
                }
                fault @ CardSystemFault::Unavailable(_) => fault,
            })?;
        let question = Credit {
            order_id: credit.order_id,
            card_ref,
            wallet: credit.wallet,
            amount_fen: credit.amount,
            paid_at: None,
            waits: credit.waits.is_some(),
            claim_by: credit.waits.and_then(|ClaimWindow(end)| end),
            cap_fen: credit.cap,
        };
        let answer = client.call(&question).await;
        let answer = answer.map_err(money_fault(client.issuer()))?;
        let credited = match answer.state {
            CreditState::OnCard => Credited::Taken(DepositState::OnCard),
            CreditState::Waiting => Credited::Taken(DepositState::Waiting),
            CreditState::Refused(_) => Credited::Refused,
            CreditState::Undecided => Credited::Undecided,
        };
        Ok((credited, answer.reference))
    }

    async fn deposit(
        &self,
        issuer: Issuer,
        order: &OrderId,
    ) -> Result<Option<DepositState>, CardSystemFault> {
        let question = CreditStatus {
            order_id: order.clone(),
        };
        let answer = self.of(issuer)?.call(&question).await;
        match answer.map_err(money_fault(issuer))? {
            CreditStatusAnswer::Known(answer) => deposit_state(issuer, &answer).map(Some),
            CreditStatusAnswer::Unknown(_) => Ok(None),
        }
    }

    async fn reopen(
        &self,
        issuer: Issuer,
        order: &OrderId,
        claim_by: Option<Timestamp>,
    ) -> Result<(), CardSystemFault> {
        let question = Reopen {
            order_id: order.clone(),
            claim_by,
        };
        let answer = self.of(issuer)?.call(&question).await;
        deposit_state(issuer, &answer.map_err(money_fault(issuer))?).map(|_| ())
    }

    async fn tap(&self, _: &str, _: TerminalKind) -> Result<port::Tap, CardSystemFault> {
        Err(unavailable(
            "cards are laid on the school's own machines".to_owned(),
        ))
    }
}

/// Where money is that the card system had taken.
fn deposit_state(issuer: Issuer, answer: &CreditAnswer) -> Result<DepositState, CardSystemFault> {
    match answer.state {
        CreditState::OnCard => Ok(DepositState::OnCard),
        CreditState::Waiting => Ok(DepositState::Waiting),
        CreditState::Refused(_) | CreditState::Undecided => Err(unavailable(format!(
            "{issuer}: order {} was taken, and now it is not",
            answer.order_id
        ))),
    }
}
