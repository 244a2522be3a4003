//! What a port answers where its adapter says nothing of its own.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use dika_contract::{
    CardPassword, Fen, Issuer, OrderId, PaymentPrompt, Phone, SmsCode, TerminalKind, Timestamp,
    WalletBalance, WalletKind,
};

use crate::card_system::{
    CardRecord, CardRef, CardSystem, CardSystemFault, Credit, Credited, DepositState, Tap,
    TapReason,
};
use crate::payment_gateway::{Charge, Closing, GatewayFault, Outcome, PaymentGateway, Refund};
use crate::sms::{self, SmsSender};

/// An adapter of every port that has only what it must have.
struct Plain;

fn silent() -> CardSystemFault {
    CardSystemFault::Unavailable(anyhow::anyhow!("not asked for"))
}

fn refused<T>() -> Result<T, GatewayFault> {
    Err(GatewayFault::Refused(anyhow::anyhow!("not asked for")))
}

#[async_trait]
impl CardSystem for Plain {
    async fn verify(
        &self,
        _issuer: Issuer,
        _identifier: &str,
        _password: &CardPassword,
    ) -> Result<Option<CardRecord>, CardSystemFault> {
        Err(silent())
    }

    async fn card(&self, _card: &CardRef) -> Result<CardRecord, CardSystemFault> {
        Err(silent())
    }

    async fn balances(&self, _card: &CardRef) -> Result<Vec<WalletBalance>, CardSystemFault> {
        Err(silent())
    }

    async fn credit(&self, _credit: Credit) -> Result<Credited, CardSystemFault> {
        Ok(Credited::Taken(DepositState::Waiting))
    }

    async fn deposit(
        &self,
        _issuer: Issuer,
        _order: &OrderId,
    ) -> Result<Option<DepositState>, CardSystemFault> {
        Err(silent())
    }

    async fn reopen(
        &self,
        _issuer: Issuer,
        _order: &OrderId,
        _claim_by: Option<Timestamp>,
    ) -> Result<(), CardSystemFault> {
        Err(silent())
    }

    async fn tap(&self, _card_no: &str, _terminal: TerminalKind) -> Result<Tap, CardSystemFault> {
        Err(silent())
    }
}

#[async_trait]
impl PaymentGateway for Plain {
    async fn start(&self, _charge: &Charge) -> Result<PaymentPrompt, GatewayFault> {
        refused()
    }

    async fn query(&self, _order: &OrderId) -> Result<Outcome, GatewayFault> {
        refused()
    }

    async fn close(&self, _order: &OrderId) -> Result<Closing, GatewayFault> {
        refused()
    }

    async fn refund(&self, _order: &OrderId, _amount: Fen) -> Result<Refund, GatewayFault> {
        refused()
    }
}

#[async_trait]
impl SmsSender for Plain {
    async fn send(&self, _phone: &Phone, _code: &SmsCode) -> sms::Outcome {
        sms::Outcome::Sent
    }
}

/// The result of something that waits for nobody.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn a_card_system_is_asked_about_each_card_and_numbers_nothing() {
    assert_eq!(Plain.longest_answer(), None);
    let cards = [CardRef("gdut-1".to_owned())];
    assert!(
        at_once(Plain.all_at_once(&cards))
            .expect("an answer")
            .is_none()
    );
    let credit = Credit {
        order_id: OrderId::parse(&"0".repeat(24)).expect("an id"),
        card_ref: cards[0].clone(),
        wallet: WalletKind::Main,
        amount: Fen::new(100),
        waits: None,
        cap: None,
    };
    let taken = at_once(Plain.credit_with_number(credit)).expect("an answer");
    assert_eq!(taken, (Credited::Taken(DepositState::Waiting), None));
}

#[test]
fn a_gateway_leaves_nothing_to_watch_and_a_sender_is_connected() {
    assert_eq!(at_once(Plain.watch()).expect("an answer"), (0, vec![]));
    assert!(Plain.is_connected());
}

#[test]
fn each_reason_has_its_word() {
    let words = [
        TapReason::Released,
        TapReason::NothingWaiting,
        TapReason::WrongTerminal,
        TapReason::NeedsConfirmation,
        TapReason::CardNotActive,
        TapReason::UnknownCard,
    ]
    .map(TapReason::as_str);
    assert_eq!(
        words,
        [
            "released",
            "nothing_waiting",
            "wrong_terminal",
            "needs_confirmation",
            "card_not_active",
            "unknown_card"
        ]
    );
}
