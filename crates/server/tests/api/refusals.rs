//! Every code of the contract is provoked at least once: a new code does not compile without a way
//! to get it.

use dika_core::clock::Clock as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use dika_contract::{
    CardPassword, CardStatus, ErrorCode, Issuer, OrderId, Phone, SmsCode, TerminalKind, Timestamp,
    TopUp, WalletBalance, WalletKind, endpoint,
};
use dika_core::card_system::{
    CardRecord, CardRef, CardSystem, CardSystemFault, Credit, Credited, DepositState, Tap,
};
use dika_core::sms::{Outcome, Refusal, SmsSender};
use dika_server::adapters::built_in_cards::{BuiltInCards, Strength};
use serde_json::json;

use crate::client::{Client, Reply, api, person};
use crate::top_ups::wired;

/// An SMS provider that takes no message.
struct Refusing(Refusal);

#[async_trait]
impl SmsSender for Refusing {
    async fn send(&self, _: &Phone, _: &SmsCode) -> Outcome {
        Outcome::Refused(self.0.clone())
    }
}

#[tokio::test]
async fn every_code_can_be_had() {
    for code in ErrorCode::ALL {
        let reply = provoke(*code).await;
        let problem = reply.refused(*code);
        assert_eq!(problem.status, code.status(), "{code}");
        assert!(
            problem.request_id.is_some() && !problem.title.is_empty(),
            "{code}"
        );
        let seconds = matches!(
            code,
            ErrorCode::RateLimited | ErrorCode::BindingLocked | ErrorCode::OutsideServiceHours
        );
        if seconds || code.status() == 503 {
            let wait = problem
                .retry_after_s
                .unwrap_or_else(|| panic!("{code} says no time"));
            assert!((1..=86_400).contains(&wait), "{code}");
            assert_eq!(
                reply
                    .headers
                    .get("retry-after")
                    .and_then(|value| value.to_str().ok()),
                Some(wait.to_string().as_str()),
                "{code}"
            );
        }
    }
}

#[tokio::test]
async fn inner_failures_are_not_told() {
    let reply = provoke(ErrorCode::Internal).await;
    let text = String::from_utf8(reply.body).expect("text");
    for inner in ["sqlx", "pool", "database", "SELECT"] {
        assert!(
            !text.to_lowercase().contains(&inner.to_lowercase()),
            "{text}"
        );
    }
}

#[tokio::test]
async fn bodies_are_not_repeated_in_refusals() {
    let client = Client::signed_in("").await;
    let reply = client
        .post(
            endpoint::BINDINGS,
            json!({ "issuer": "gdut", "account": "3124000101", "password": { "secret-412345X": 1 } }),
        )
        .await;
    reply.refused(ErrorCode::InvalidRequest);
    assert!(!String::from_utf8_lossy(&reply.body).contains("412345"));
}

async fn provoke(code: ErrorCode) -> Reply {
    const MAIN: WalletKind = WalletKind::Main;
    match code {
        ErrorCode::InvalidRequest => {
            let client = Client::signed_in("").await;
            // The number of the other card's kind.
            let body = json!({ "issuer": "gdut", "card_no": "80240101", "password": "123456" });
            client.post(endpoint::BINDINGS, body).await
        }
        ErrorCode::SessionExpired => {
            let client = Client::signed_in("").await;
            client.later(31 * 86_400);
            client.get(endpoint::CARDS).await
        }
        ErrorCode::CsrfRejected => {
            let mut client = Client::signed_in("").await;
            client.csrf = None;
            client
                .call(Method::DELETE, &api(endpoint::SESSION), None, &[])
                .await
        }
        ErrorCode::NotFound => {
            let client = Client::signed_in("").await;
            client.get("/top-ups/01abc").await
        }
        ErrorCode::RateLimited => {
            let client = Client::new().await;
            client.code("13800000000").await;
            client
                .post(endpoint::SESSION_CODE, json!({ "phone": "13800000000" }))
                .await
        }
        ErrorCode::CodeWrong => {
            let client = Client::new().await;
            let code = client.code("13800000000").await;
            let wrong = if code == "000000" { "000001" } else { "000000" };
            let body = json!({ "phone": "13800000000", "code": wrong });
            client.post(endpoint::SESSION, body).await
        }
        ErrorCode::CodeExpired => {
            let client = Client::new().await;
            let body = json!({ "phone": "13800000000", "code": "123456" });
            client.post(endpoint::SESSION, body).await
        }
        ErrorCode::PhoneUnreachable | ErrorCode::SmsUnavailable => {
            let refusal = if code == ErrorCode::PhoneUnreachable {
                Refusal::Blacklist
            } else {
                Refusal::Balance
            };
            let client = Client::new()
                .await
                .with(|state| state.sms = Arc::new(Refusing(refusal)));
            client
                .post(endpoint::SESSION_CODE, json!({ "phone": "13800000000" }))
                .await
        }
        ErrorCode::WrongAccountOrPassword => {
            let client = Client::signed_in("").await;
            let body = json!({ "issuer": "gdut", "account": "0000", "password": "1" });
            client.post(endpoint::BINDINGS, body).await
        }
        ErrorCode::BindingLocked => {
            let client = Client::signed_in("").await;
            let body = json!({ "issuer": "gdut", "account": "0000", "password": "1" });
            for _ in 0..5 {
                client.post(endpoint::BINDINGS, body.clone()).await;
            }
            client.post(endpoint::BINDINGS, body).await
        }
        ErrorCode::BindingExpired | ErrorCode::BindingAnswered => {
            let client = Client::signed_in("").await;
            let asked = client.ask_binding(person(""), Issuer::Gdut).await;
            let binding: dika_contract::Binding = asked.good();
            let at = |pattern| endpoint::with_id(pattern, binding.id.as_str());
            if code == ErrorCode::BindingExpired {
                client.later(10 * 60);
            } else {
                client.post(&at(endpoint::BINDING_CONFIRM), json!({})).await;
            }
            client
                .post(&at(endpoint::BINDING_REJECT), json!({ "reason": "not_me" }))
                .await
        }
        ErrorCode::SnapshotUser | ErrorCode::PhoneRequired => {
            let mut client = Client::new().await;
            let state = client.state.clone();
            let snapshot = code == ErrorCode::SnapshotUser;
            let now = state.clock.now();
            let user = state
                .store
                .user_by_identity("wechat", "o1", snapshot, now)
                .await;
            let user = user.expect("a user");
            let (new, visitor) =
                dika_server::services::sign_in::begin_session(&state.services(), &user, None)
                    .await
                    .expect("begins");
            client.cookie = Some(new.token);
            client.csrf = visitor.map(|visitor| visitor.csrf_token);
            client.ask_binding(person(""), Issuer::Hemc).await
        }
        ErrorCode::IdentityNotConfirmed => {
            let client = Client::signed_in("").await;
            let binding = client.ask_binding(person(""), Issuer::Gdut).await;
            let binding: dika_contract::Binding = binding.good();
            // Not even by the binding's own id.
            let card = dika_contract::CardId::parse(binding.id.as_str()).expect("an id");
            client.create(&card, MAIN, 5_000, "k").await
        }
        ErrorCode::CardLost => order_for("lost", None).await,
        ErrorCode::CardFrozen => order_for("frozen", None).await,
        ErrorCode::CardExpired => order_for("expired", None).await,
        ErrorCode::CardReplaced => order_for("replaced", None).await,
        ErrorCode::CardClosed => order_for("", Some(CardStatus::Closed)).await,
        ErrorCode::WalletUnknown => {
            let client = Client::signed_in("").await;
            let card = client.bind(person(""), Issuer::Gdut).await;
            client
                .create(&card, WalletKind::Utilities, 5_000, "k")
                .await
        }
        ErrorCode::AmountOutOfLimits => {
            let client = Client::signed_in("").await;
            let card = client.bind(person(""), Issuer::Gdut).await;
            client.create(&card, MAIN, -5_000, "k").await
        }
        ErrorCode::WalletCapExceeded => {
            let client = Client::signed_in("near their cap").await;
            let card = client.bind(person("near their cap"), Issuer::Hemc).await;
            client.create(&card, MAIN, 5_000, "k").await
        }
        ErrorCode::DailyLimitReached => {
            let mut client = Client::signed_in("").await;
            let card = client.bind(person(""), Issuer::Gdut).await;
            client.paid(&card, MAIN, 50_000).await;
            client.paid(&card, MAIN, 50_000).await;
            client.create(&card, MAIN, 1_000, "k").await
        }
        ErrorCode::OutsideServiceHours => {
            let client = Client::signed_in("").await;
            let card = client.bind(person(""), Issuer::Gdut).await;
            let now = client.state.clock.now().in_china();
            // A window that is over, or not yet open, whatever the time is.
            let hours = if now.hour >= 12 {
                "60-120"
            } else {
                "1200-1260"
            };
            client
                .state
                .store
                .set_setting("hours.gdut", hours)
                .await
                .expect("stored");
            client.create(&card, MAIN, 5_000, "k").await
        }
        ErrorCode::OrderAlreadyPaid | ErrorCode::OrderClosed | ErrorCode::OrderUndecided => {
            let mut client = Client::signed_in("").await;
            let card = client.bind(person(""), Issuer::Gdut).await;
            let order = client.order(&card, MAIN, 5_000).await;
            match code {
                ErrorCode::OrderAlreadyPaid => client.decide(&order.id, "paid").await,
                ErrorCode::OrderClosed => client.decide(&order.id, "failed").await,
                _ => client.decide(&order.id, "silent").await,
            }
            client.on_top_up(endpoint::TOP_UP_CONTINUE, &order.id).await
        }
        ErrorCode::UnpaidOrderExists => {
            let mut client = Client::signed_in("").await;
            let card = client.bind(person(""), Issuer::Gdut).await;
            client.order(&card, MAIN, 5_000).await;
            client.create(&card, MAIN, 5_000, "another").await
        }
        ErrorCode::ClaimNotConfirmable => {
            let mut client = Client::signed_in("").await;
            let card = client.bind(person(""), Issuer::Gdut).await;
            let order = client.paid(&card, MAIN, 5_000).await;
            client
                .on_top_up(endpoint::TOP_UP_CONFIRM_CLAIM, &order.id)
                .await
        }
        ErrorCode::IdempotencyKeyMissing => {
            let client = Client::signed_in("").await;
            let card = client.bind(person(""), Issuer::Gdut).await;
            client.create(&card, MAIN, 5_000, "not a key").await
        }
        ErrorCode::IdempotencyKeyReused => {
            let client = Client::signed_in("").await;
            let card = client.bind(person(""), Issuer::Gdut).await;
            let _: TopUp = client.create(&card, MAIN, 5_000, "k").await.good();
            client.create(&card, MAIN, 5_001, "k").await
        }
        ErrorCode::CardSystemUnavailable => {
            let client = Client::signed_in("").await;
            let card = client.bind(person(""), Issuer::Gdut).await;
            let client = client.with(|state| state.cards = Arc::new(Down));
            // Cards stay visible, without amounts.
            let shown = client.card(&card).await;
            assert!(shown.wallets.iter().all(|wallet| wallet.on_card.is_none()));
            assert!(!shown.takes_money());
            client.create(&card, MAIN, 5_000, "k").await
        }
        ErrorCode::PaymentUnavailable => {
            let (client, cable) = wired("").await;
            let card = client.bind(person(""), Issuer::Gdut).await;
            cable.cut.store(true, std::sync::atomic::Ordering::SeqCst);
            client.create(&card, MAIN, 5_000, "k").await
        }
        ErrorCode::Busy => {
            let client = Client::signed_in("").await;
            // Somebody writes and does not end, and as many wait for their turn as may.
            let store = &client.state.store;
            let mut held = Vec::new();
            while let Ok(writer) =
                tokio::time::timeout(Duration::from_millis(50), store.writer()).await
            {
                held.push(writer.expect("a place"));
            }
            let mut waiting = tokio::task::JoinSet::new();
            for _ in 0..dika_store::MOST_WAITING {
                let store = store.clone();
                waiting.spawn(async move { store.writer().await.map(drop) });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            client.ask_binding(person(""), Issuer::Gdut).await
        }
        ErrorCode::Maintenance => {
            let client = Client::new().await.with(|state| {
                let mut settings = (*state.settings).clone();
                settings.maintenance = true;
                state.settings = settings.into();
            });
            assert_eq!(client.get(endpoint::HEALTH).await.status, StatusCode::OK);
            client.get(endpoint::SESSION).await
        }
        ErrorCode::Internal => {
            let client = Client::signed_in("").await;
            client.state.store.close().await;
            client.get(endpoint::CARDS).await
        }
    }
}

/// An order for the gdut card of such a person, whose card gets a status first.
async fn order_for(word: &str, status: Option<CardStatus>) -> Reply {
    let client = Client::signed_in(word).await;
    let card = client.bind(person(word), Issuer::Gdut).await;
    if let Some(status) = status {
        let state = &client.state;
        let directory = state.settings.directory.clone();
        let books = BuiltInCards::new(
            state.store.clone(),
            Arc::new(state.clock.clone()),
            state.ids.clone(),
            directory,
            Strength::Light,
        );
        let card_ref = CardRef(format!(
            "gdut-{}",
            person(word).gdut.expect("a card").card_no
        ));
        assert!(
            books
                .expect("cards")
                .set_status(&card_ref, status)
                .await
                .expect("stored")
        );
    }
    client.create(&card, WalletKind::Main, 5_000, "k").await
}

/// A card system that does not answer.
struct Down;

fn down<T>() -> Result<T, CardSystemFault> {
    Err(CardSystemFault::Unavailable(anyhow::anyhow!("down")))
}

#[async_trait]
impl CardSystem for Down {
    async fn verify(
        &self,
        _: Issuer,
        _: &str,
        _: &CardPassword,
    ) -> Result<Option<CardRecord>, CardSystemFault> {
        down()
    }
    async fn card(&self, _: &CardRef) -> Result<CardRecord, CardSystemFault> {
        down()
    }
    async fn balances(&self, _: &CardRef) -> Result<Vec<WalletBalance>, CardSystemFault> {
        down()
    }
    async fn credit(&self, _: Credit) -> Result<Credited, CardSystemFault> {
        down()
    }
    async fn deposit(
        &self,
        _: Issuer,
        _: &OrderId,
    ) -> Result<Option<DepositState>, CardSystemFault> {
        down()
    }
    async fn reopen(
        &self,
        _: Issuer,
        _: &OrderId,
        _: Option<Timestamp>,
    ) -> Result<(), CardSystemFault> {
        down()
    }
    async fn tap(&self, _: &str, _: TerminalKind) -> Result<Tap, CardSystemFault> {
        down()
    }
}
