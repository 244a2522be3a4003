//! What a provider says of a payment is compared with its order before anything is made of it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use dika_contract::{
    ErrorCode, Fen, Issuer, OrderId, PaymentPrompt, PaymentState, Timestamp, WalletKind, endpoint,
};
use dika_core::clock::Clock;
use dika_core::payment_gateway::{Charge, Closing, GatewayFault, Outcome, PaymentGateway, Refund};
use dika_server::services::reconcile;
use dika_store::orders::OrderRow;

use crate::client::{Client, person};
use crate::top_ups::{SlowCards, slow_cards};

const AMOUNT: i64 = 5_000;

/// A gateway that says what it is told to, and otherwise what the sandbox's own says.
struct Told {
    inner: Arc<dyn PaymentGateway>,
    query: Mutex<Option<Outcome>>,
    closing: Mutex<Option<Closing>>,
    refunds: AtomicU32,
}

#[async_trait]
impl PaymentGateway for Told {
    async fn start(&self, charge: &Charge) -> Result<PaymentPrompt, GatewayFault> {
        self.inner.start(charge).await
    }
    async fn query(&self, order: &OrderId) -> Result<Outcome, GatewayFault> {
        let told = *self.query.lock().expect("a lock");
        match told {
            Some(outcome) => Ok(outcome),
            None => self.inner.query(order).await,
        }
    }
    async fn close(&self, order: &OrderId) -> Result<Closing, GatewayFault> {
        let told = *self.closing.lock().expect("a lock");
        match told {
            Some(closing) => Ok(closing),
            None => self.inner.close(order).await,
        }
    }
    async fn refund(&self, _: &OrderId, _: Fen) -> Result<Refund, GatewayFault> {
        self.refunds.fetch_add(1, Ordering::SeqCst);
        Ok(Refund::Done)
    }
}

impl Told {
    fn says(&self, outcome: Outcome) {
        *self.query.lock().expect("a lock") = Some(outcome);
    }
}

/// A student's order that waits for its payment.
async fn unpaid() -> (Client, Arc<Told>, Arc<SlowCards>, OrderId) {
    let mut told = None;
    let (client, slow) = slow_cards(Client::new().await);
    let mut client = client.with(|state| {
        let new = Arc::new(Told {
            inner: state.gateway.clone(),
            query: Mutex::new(None),
            closing: Mutex::new(None),
            refunds: AtomicU32::new(0),
        });
        state.gateway = new.clone();
        told = Some(new);
    });
    client.sign_in(person("").phone).await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, AMOUNT).await.id;
    (client, told.expect("wired"), slow, order)
}

/// As [`unpaid`], but paid, while the card system can't say yet whether it takes the money. It can from now on.
async fn paid_and_uncredited() -> (Client, Arc<Told>, OrderId) {
    let (client, told, slow, order) = unpaid().await;
    slow.undecided.store(true, Ordering::SeqCst);
    told.says(Outcome::Paid(Fen::new(AMOUNT)));
    let paid = looked_at(&client, &order).await;
    assert!(paid.state.is_unsettled(), "{paid:?}");
    slow.undecided.store(false, Ordering::SeqCst);
    (client, told, order)
}

async fn kept(client: &Client, order: &OrderId) -> OrderRow {
    let row = client.state.store.order(order).await.expect("reads");
    row.expect("an order")
}

async fn looked_at(client: &Client, order: &OrderId) -> OrderRow {
    let looked = reconcile::refresh_by_id(&client.state.services(), order).await;
    looked.expect("a look")
}

async fn is_credited(client: &Client, order: &OrderId) -> bool {
    let deposit = client.state.store.ledger_deposit(order).await;
    deposit.expect("books").is_some()
}

#[tokio::test]
async fn another_amount_reaches_no_card_also_when_it_is_told_of_later() {
    let (client, told, order) = paid_and_uncredited().await;
    // So late that the provider is asked first.
    client.later(60);
    for fen in [AMOUNT - 1, AMOUNT + 1] {
        told.says(Outcome::Paid(Fen::new(fen)));
        let looked = looked_at(&client, &order).await;
        assert!(looked.state.is_unsettled(), "{fen}: {looked:?}");
        assert!(!is_credited(&client, &order).await, "{fen}");
    }
    told.says(Outcome::Paid(Fen::new(AMOUNT)));
    assert!(looked_at(&client, &order).await.state.settled);
    assert!(is_credited(&client, &order).await);
}

#[tokio::test]
async fn an_order_that_was_paid_with_another_amount_is_neither_paid_nor_closed_by_cancelling() {
    let (client, told, _, order) = unpaid().await;
    for fen in [AMOUNT - 1, AMOUNT + 1] {
        *told.closing.lock().expect("a lock") = Some(Closing::AlreadyPaid(Fen::new(fen)));
        client
            .on_top_up(endpoint::TOP_UP_CANCEL, &order)
            .await
            .refused(ErrorCode::Internal);
        let state = kept(&client, &order).await.state;
        assert_eq!(state.payment, PaymentState::Paying, "{fen}");
        assert!(!is_credited(&client, &order).await, "{fen}");
    }
    *told.closing.lock().expect("a lock") = Some(Closing::AlreadyPaid(Fen::new(AMOUNT)));
    client
        .on_top_up(endpoint::TOP_UP_CANCEL, &order)
        .await
        .refused(ErrorCode::OrderAlreadyPaid);
    assert!(is_credited(&client, &order).await);
}

#[tokio::test]
async fn a_refund_that_the_provider_does_not_confirm_neither_credits_nor_ends_an_order() {
    let (client, told, order) = paid_and_uncredited().await;
    let services = client.state.services();
    // Right after the payment, when a look would not ask again.
    let row = kept(&client, &order).await;
    let after = reconcile::record_refund(&services, row.clone()).await;
    let after = after.expect("recorded");
    assert_eq!((after.state, after.version), (row.state, row.version));
    assert!(!is_credited(&client, &order).await);
    assert_eq!(told.refunds.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_is_left_of_a_payment_of_which_a_part_went_back_is_asked_back_at_once() {
    let (client, told, order) = paid_and_uncredited().await;
    told.says(Outcome::Returning);
    let row = kept(&client, &order).await;
    let after = reconcile::record_refund(&client.state.services(), row).await;
    let after = after.expect("recorded").state.payment;
    assert_eq!(after, PaymentState::Refunded);
    assert_eq!(told.refunds.load(Ordering::SeqCst), 1);
    assert!(!is_credited(&client, &order).await);
}

/// A clock that stands still.
#[derive(Debug)]
struct Still(Timestamp);

impl Clock for Still {
    fn now_micros(&self) -> u64 {
        self.0.unix().unsigned_abs() * 1_000_000
    }
}

#[tokio::test]
async fn a_payment_is_proven_for_three_seconds_and_asked_about_after_them() {
    for (passed, is_asked) in [(2, false), (3, true)] {
        let (client, told, order) = paid_and_uncredited().await;
        told.says(Outcome::Returned);
        let row = kept(&client, &order).await;
        let mut services = client.state.services();
        services.clock = Arc::new(Still(row.moved_at.plus(passed)));
        let looked = reconcile::refresh(&services, row).await.expect("a look");
        let wanted = if is_asked {
            PaymentState::Refunded
        } else {
            PaymentState::Paid
        };
        assert_eq!(looked.state.payment, wanted, "{passed}");
        assert_eq!(is_credited(&client, &order).await, !is_asked, "{passed}");
    }
}

#[tokio::test]
async fn a_payment_with_another_amount_is_never_booked() {
    let (client, told, _, order) = unpaid().await;
    for fen in [AMOUNT - 1, AMOUNT + 1] {
        told.says(Outcome::Paid(Fen::new(fen)));
        let looked = reconcile::refresh_by_id(&client.state.services(), &order).await;
        let refused = looked.expect_err("a person has to look");
        assert_eq!(refused.code, ErrorCode::Internal, "{fen}");
        let state = kept(&client, &order).await.state;
        assert_eq!(state.payment, PaymentState::Paying, "{fen}");
        assert!(!is_credited(&client, &order).await, "{fen}");
    }
}

#[tokio::test]
async fn an_order_whose_time_is_over_is_shown_while_its_provider_does_not_close_it() {
    let (client, told, _, order) = unpaid().await;
    client.later(31 * 60);
    *told.closing.lock().expect("a lock") = Some(Closing::NotYet);
    assert_eq!(client.top_up(&order).await.payment, PaymentState::Paying);
    // But what only a person can decide is no silence.
    *told.closing.lock().expect("a lock") = Some(Closing::AlreadyPaid(Fen::new(AMOUNT - 1)));
    let looked = reconcile::refresh_by_id(&client.state.services(), &order).await;
    let refused = looked.expect_err("a person has to look");
    assert_eq!(refused.code, ErrorCode::Internal);
    let state = kept(&client, &order).await.state;
    assert_eq!(state.payment, PaymentState::Paying);
}
