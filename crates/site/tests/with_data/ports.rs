use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use dika_contract::person::CardPassword;
use dika_contract::{Fen, Issuer, OrderId, PaymentPrompt, TerminalKind, Timestamp, WalletBalance};
use dika_core::card_system::{
    CardRecord, CardRef, CardSystem, CardSystemFault, Credit, Credited, DepositState, Tap,
};
use dika_core::payment_gateway::{Charge, Closing, GatewayFault, Outcome, PaymentGateway, Refund};

/// How long a card system takes to show a card.
#[derive(Clone, Default)]
pub struct Slow(Arc<AtomicU64>);

impl Slow {
    /// From now on it takes this long.
    pub fn wait(&self, time: Duration) {
        let ms = u64::try_from(time.as_millis()).expect("not for ever");
        self.0.store(ms, Ordering::Relaxed);
    }

    /// A card system that is so slow, around a quick one.
    pub fn around(&self, inner: &Arc<dyn CardSystem>) -> Arc<dyn CardSystem> {
        Arc::new(SlowCards {
            inner: inner.clone(),
            slow: self.clone(),
        })
    }
}

struct SlowCards {
    inner: Arc<dyn CardSystem>,
    slow: Slow,
}

#[async_trait]
impl CardSystem for SlowCards {
    async fn verify(
        &self,
        issuer: Issuer,
        identifier: &str,
        password: &CardPassword,
    ) -> Result<Option<CardRecord>, CardSystemFault> {
        self.inner.verify(issuer, identifier, password).await
    }

    async fn card(&self, card: &CardRef) -> Result<CardRecord, CardSystemFault> {
        self.inner.card(card).await
    }

    async fn balances(&self, card: &CardRef) -> Result<Vec<WalletBalance>, CardSystemFault> {
        let ms = self.slow.0.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(ms)).await;
        self.inner.balances(card).await
    }

    async fn credit(&self, credit: Credit) -> Result<Credited, CardSystemFault> {
        self.inner.credit(credit).await
    }

    async fn deposit(
        &self,
        issuer: Issuer,
        order: &OrderId,
    ) -> Result<Option<DepositState>, CardSystemFault> {
        self.inner.deposit(issuer, order).await
    }

    async fn reopen(
        &self,
        issuer: Issuer,
        order: &OrderId,
        claim_by: Option<Timestamp>,
    ) -> Result<(), CardSystemFault> {
        self.inner.reopen(issuer, order, claim_by).await
    }

    async fn tap(&self, card_no: &str, terminal: TerminalKind) -> Result<Tap, CardSystemFault> {
        self.inner.tap(card_no, terminal).await
    }
}

/// How often a payment provider was asked about an order.
#[derive(Clone, Default)]
pub struct Counted(Arc<AtomicU64>);

impl Counted {
    /// So often, so far.
    pub fn queries(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// A provider that is counted.
    pub fn around(&self, inner: &Arc<dyn PaymentGateway>) -> Arc<dyn PaymentGateway> {
        Arc::new(CountedGateway {
            inner: inner.clone(),
            counted: self.clone(),
        })
    }
}

struct CountedGateway {
    inner: Arc<dyn PaymentGateway>,
    counted: Counted,
}

#[async_trait]
impl PaymentGateway for CountedGateway {
    async fn start(&self, charge: &Charge) -> Result<PaymentPrompt, GatewayFault> {
        self.inner.start(charge).await
    }

    async fn query(&self, order: &OrderId) -> Result<Outcome, GatewayFault> {
        self.counted.0.fetch_add(1, Ordering::Relaxed);
        self.inner.query(order).await
    }

    async fn close(&self, order: &OrderId) -> Result<Closing, GatewayFault> {
        self.inner.close(order).await
    }

    async fn refund(&self, order: &OrderId, amount: Fen) -> Result<Refund, GatewayFault> {
        self.inner.refund(order, amount).await
    }
}
