//! A card system and a gateway that do something before each call is passed on, or before its answer is.

use std::sync::Arc;

use async_trait::async_trait;
use dika_contract::{
    CardPassword, Fen, Issuer, OrderId, PaymentPrompt, TerminalKind, Timestamp, WalletBalance,
};
use dika_core::card_system::{
    CardRecord, CardRef, CardStanding, CardSystem, CardSystemFault, Credit, Credited, DepositState,
    Tap,
};
use dika_core::payment_gateway::{Charge, Closing, GatewayFault, Outcome, PaymentGateway, Refund};
use futures_util::future::BoxFuture;

/// What happens first; it is told the call's name, for a gateway with the order's id behind it.
type Hook = Arc<dyn Fn(&str) -> BoxFuture<'static, ()> + Send + Sync>;

pub struct HookedCards {
    inside: Arc<dyn CardSystem>,
    first: Hook,
    then: Hook,
}

impl HookedCards {
    pub fn new(
        inside: &Arc<dyn CardSystem>,
        first: impl Fn(&str) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        Self {
            inside: inside.clone(),
            first: Arc::new(first),
            then: Arc::new(|_| Box::pin(async {})),
        }
    }

    /// Does something once the balances are read, before anybody is told of them.
    pub fn after_balances(
        inside: &Arc<dyn CardSystem>,
        then: impl Fn(&str) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        Self {
            then: Arc::new(then),
            ..Self::new(inside, |_| Box::pin(async {}))
        }
    }
}

#[async_trait]
impl CardSystem for HookedCards {
    async fn verify(
        &self,
        issuer: Issuer,
        identifier: &str,
        password: &CardPassword,
    ) -> Result<Option<CardRecord>, CardSystemFault> {
        (self.first)("verify").await;
        self.inside.verify(issuer, identifier, password).await
    }

    async fn card(&self, card: &CardRef) -> Result<CardRecord, CardSystemFault> {
        (self.first)("card").await;
        self.inside.card(card).await
    }

    async fn balances(&self, card: &CardRef) -> Result<Vec<WalletBalance>, CardSystemFault> {
        (self.first)("balances").await;
        let told = self.inside.balances(card).await;
        (self.then)("balances").await;
        told
    }

    async fn all_at_once(
        &self,
        cards: &[CardRef],
    ) -> Result<Option<Vec<Option<CardStanding>>>, CardSystemFault> {
        (self.first)("all_at_once").await;
        self.inside.all_at_once(cards).await
    }

    async fn credit(&self, credit: Credit) -> Result<Credited, CardSystemFault> {
        (self.first)("credit").await;
        self.inside.credit(credit).await
    }

    async fn deposit(
        &self,
        issuer: Issuer,
        order: &OrderId,
    ) -> Result<Option<DepositState>, CardSystemFault> {
        (self.first)("deposit").await;
        self.inside.deposit(issuer, order).await
    }

    async fn reopen(
        &self,
        issuer: Issuer,
        order: &OrderId,
        claim_by: Option<Timestamp>,
    ) -> Result<(), CardSystemFault> {
        (self.first)("reopen").await;
        self.inside.reopen(issuer, order, claim_by).await
    }

    async fn tap(&self, card_no: &str, terminal: TerminalKind) -> Result<Tap, CardSystemFault> {
        (self.first)("tap").await;
        self.inside.tap(card_no, terminal).await
    }
}

pub struct HookedGateway {
    inside: Arc<dyn PaymentGateway>,
    first: Hook,
}

impl HookedGateway {
    pub fn new(
        inside: &Arc<dyn PaymentGateway>,
        first: impl Fn(&str) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        Self {
            inside: inside.clone(),
            first: Arc::new(first),
        }
    }

    async fn first(&self, call: &str, order: &OrderId) {
        (self.first)(&format!("{call} {order}")).await;
    }
}

#[async_trait]
impl PaymentGateway for HookedGateway {
    async fn start(&self, charge: &Charge) -> Result<PaymentPrompt, GatewayFault> {
        self.first("start", &charge.order_id).await;
        self.inside.start(charge).await
    }

    async fn query(&self, order: &OrderId) -> Result<Outcome, GatewayFault> {
        self.first("query", order).await;
        self.inside.query(order).await
    }

    async fn close(&self, order: &OrderId) -> Result<Closing, GatewayFault> {
        self.first("close", order).await;
        self.inside.close(order).await
    }

    async fn refund(&self, order: &OrderId, amount: Fen) -> Result<Refund, GatewayFault> {
        self.first("refund", order).await;
        self.inside.refund(order, amount).await
    }

    async fn watch(&self) -> Result<(usize, Vec<OrderId>), GatewayFault> {
        (self.first)("watch").await;
        self.inside.watch().await
    }
}
