//! A card system that can be put to sleep.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use dika_contract::{CardPassword, Issuer, OrderId, TerminalKind, Timestamp, WalletBalance};
use dika_core::card_system::{
    CardRecord, CardRef, CardSystem, CardSystemFault, Credit, Credited, DepositState, Tap,
};

pub struct SleepingCards {
    pub inside: Arc<dyn CardSystem>,
    pub is_down: Arc<AtomicBool>,
}

impl SleepingCards {
    fn awake(&self) -> Result<&dyn CardSystem, CardSystemFault> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(CardSystemFault::Unavailable(anyhow::anyhow!("down")));
        }
        Ok(self.inside.as_ref())
    }
}

#[async_trait]
impl CardSystem for SleepingCards {
    async fn verify(
        &self,
        issuer: Issuer,
        identifier: &str,
        password: &CardPassword,
    ) -> Result<Option<CardRecord>, CardSystemFault> {
        self.awake()?.verify(issuer, identifier, password).await
    }

    async fn card(&self, card: &CardRef) -> Result<CardRecord, CardSystemFault> {
        self.awake()?.card(card).await
    }

    async fn balances(&self, card: &CardRef) -> Result<Vec<WalletBalance>, CardSystemFault> {
        self.awake()?.balances(card).await
    }

    async fn credit(&self, credit: Credit) -> Result<Credited, CardSystemFault> {
        self.awake()?.credit(credit).await
    }

    async fn deposit(
        &self,
        issuer: Issuer,
        order: &OrderId,
    ) -> Result<Option<DepositState>, CardSystemFault> {
        self.awake()?.deposit(issuer, order).await
    }

    async fn reopen(
        &self,
        issuer: Issuer,
        order: &OrderId,
        claim_by: Option<Timestamp>,
    ) -> Result<(), CardSystemFault> {
        self.awake()?.reopen(issuer, order, claim_by).await
    }

    async fn tap(&self, card_no: &str, terminal: TerminalKind) -> Result<Tap, CardSystemFault> {
        self.awake()?.tap(card_no, terminal).await
    }
}
