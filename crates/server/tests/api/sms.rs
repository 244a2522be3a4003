//! Codes by SMS: what the provider says, who may void or use up what, and limits.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use dika_contract::session::CodeSent;
use dika_contract::{ErrorCode, Session, endpoint};
use dika_core::clock::Clock as _;
use dika_server::adapters::no_sms::NoSms;
use dika_server::settings::Deployment;
use dika_sms::Provider;
use dika_sms_sim::{Fault, Provider as Protocol, RunningSim};
use serde_json::{Value, json};

use crate::client::{Client, Reply, api};

const PHONE: &str = "13800000000";

/// A server that sends by the simulated provider, with the limits of a real one.
async fn world(protocol: Protocol) -> (RunningSim, Client) {
    let sim = dika_sms_sim::start(([127, 0, 0, 1], 0).into())
        .await
        .expect("a simulator");
    let mut table = sim.client_settings(protocol);
    table["time_limit_s"] = 1.into();
    let settings = serde_json::from_value(table).expect("settings");
    let provider = Arc::new(Provider::new(&settings, 5).expect("a client"));
    let client = Client::new().await.with(|state| {
        let mut settings = (*state.settings).clone();
        settings.deployment = Deployment::Production;
        state.settings = settings.into();
        state.sms = provider;
    });
    (sim, client)
}

/// A browser with the cookie that it was given for its codes, at an address.
struct Phone<'a> {
    client: &'a Client,
    address: &'static str,
    cookies: BTreeMap<String, String>,
}

impl<'a> Phone<'a> {
    fn new(client: &'a Client, address: &'static str) -> Self {
        let cookies = BTreeMap::new();
        Self {
            client,
            address,
            cookies,
        }
    }

    async fn post(&mut self, path: &str, body: Value) -> Reply {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::post(api(path))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, cookies.join("; "))
            .body(Body::from(body.to_string()))
            .expect("a request");
        let address: SocketAddr = self.address.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(address));
        let reply = self.client.raw(request).await;
        for cookie in reply.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let (name, value) = cookie
                .split(';')
                .next()
                .expect("a pair")
                .split_once('=')
                .expect("a pair");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        reply
    }

    async fn ask(&mut self) -> Reply {
        self.post(endpoint::SESSION_CODE, json!({ "phone": PHONE }))
            .await
    }

    async fn try_code(&mut self, code: &str) -> Reply {
        self.post(endpoint::SESSION, json!({ "phone": PHONE, "code": code }))
            .await
    }

    async fn wrong(&mut self, sim: &RunningSim) -> Reply {
        let sent: Vec<String> = sim
            .messages(PHONE)
            .iter()
            .map(|sms| sms.code.clone())
            .collect();
        let code = ["000000", "000001", "000002", "000003", "000004", "000005"]
            .into_iter()
            .find(|code| !sent.contains(&(*code).to_owned()))
            .expect("a code that was not sent");
        self.try_code(code).await
    }
}

fn codes(sim: &RunningSim) -> Vec<String> {
    sim.messages(PHONE)
        .iter()
        .map(|sms| sms.code.clone())
        .collect()
}

#[tokio::test]
async fn a_code_by_either_provider_signs_in() {
    for protocol in [Protocol::Aliyun, Protocol::Tencent] {
        let (sim, client) = world(protocol).await;
        let mut phone = Phone::new(&client, "203.0.113.7:1000");
        let sent: CodeSent = phone.ask().await.good();
        assert!(!sent.unconfirmed);
        let code = codes(&sim).pop().expect("sent");
        let session: Session = phone.try_code(&code).await.good();
        assert!(session.user.is_some() && session.sms);
    }
}

#[tokio::test]
async fn a_lost_answer_is_told_and_the_code_is_good_where_it_arrives() {
    let (sim, client) = world(Protocol::Aliyun).await;
    let mut phone = Phone::new(&client, "203.0.113.7:1000");
    sim.fault(Fault::DoneThenSlow { ms: 3_000 }, 1);
    let sent: CodeSent = phone.ask().await.good();
    assert!(sent.unconfirmed);
    assert_eq!(sim.calls(), 1);
    let code = codes(&sim).pop().expect("it arrived");
    assert!(phone.try_code(&code).await.status.is_success());
}

#[tokio::test]
async fn what_the_provider_refuses_is_told_and_voids_nothing() {
    let (sim, client) = world(Protocol::Tencent).await;
    let mut phone = Phone::new(&client, "203.0.113.7:1000");
    let _: CodeSent = phone.ask().await.good();
    let refusals = [
        (
            "InvalidParameterValue.IncorrectPhoneNumber",
            ErrorCode::PhoneUnreachable,
        ),
        (
            "FailedOperation.PhoneNumberInBlacklist",
            ErrorCode::PhoneUnreachable,
        ),
        (
            "LimitExceeded.PhoneNumberDailyLimit",
            ErrorCode::RateLimited,
        ),
        (
            "FailedOperation.InsufficientBalanceInSmsPackage",
            ErrorCode::SmsUnavailable,
        ),
        (
            "FailedOperation.SignatureIncorrectOrUnapproved",
            ErrorCode::SmsUnavailable,
        ),
        ("AuthFailure.SecretIdNotFound", ErrorCode::SmsUnavailable),
    ];
    client.later(60);
    for (code, told) in refusals {
        sim.fault(
            Fault::Refuse {
                code: code.to_owned(),
            },
            1,
        );
        // Nothing was sent, so the next try is not refused; what is unavailable says when to come back.
        let problem = phone.ask().await.refused(told);
        assert_eq!(
            problem.retry_after_s.is_some(),
            told != ErrorCode::PhoneUnreachable,
            "{code}"
        );
    }
    let code = codes(&sim).pop().expect("the first one");
    assert!(phone.try_code(&code).await.status.is_success());
}

#[tokio::test]
async fn an_over_limit_request_does_not_void_the_code_that_was_sent() {
    let (sim, client) = world(Protocol::Aliyun).await;
    // To the beginning of an hour, so that all codes fall into one.
    client.later(3_600 - client.state.clock.now().unix().rem_euclid(3_600));
    let mut phone = Phone::new(&client, "203.0.113.7:1000");
    for _ in 0..10 {
        let _: CodeSent = phone.ask().await.good();
        client.later(60);
    }
    phone.ask().await.refused(ErrorCode::RateLimited);
    let last = codes(&sim).pop().expect("the tenth");
    assert_eq!(sim.messages(PHONE).len(), 10);
    assert!(phone.try_code(&last).await.status.is_success());
}

#[tokio::test]
async fn nobody_voids_the_code_that_another_asked_for() {
    let (sim, client) = world(Protocol::Aliyun).await;
    let mut victim = Phone::new(&client, "203.0.113.7:1000");
    let mut stranger = Phone::new(&client, "203.0.113.7:2000");
    let _: CodeSent = victim.ask().await.good();
    let first = codes(&sim).pop().expect("sent");
    // Asking again, from anywhere, leaves it good; so do wrong tries, from the same address or others.
    client.later(60);
    let _: CodeSent = stranger.ask().await.good();
    let mut afar = Phone::new(&client, "198.51.100.9:1");
    for _ in 0..25 {
        stranger.wrong(&sim).await;
        afar.wrong(&sim).await;
    }
    stranger.wrong(&sim).await.refused(ErrorCode::CodeExpired);
    afar.wrong(&sim).await.refused(ErrorCode::CodeExpired);
    assert!(victim.try_code(&first).await.status.is_success());
}

#[tokio::test]
async fn tries_do_not_start_anew_with_each_code() {
    let (sim, client) = world(Protocol::Aliyun).await;
    let mut phone = Phone::new(&client, "203.0.113.7:1000");
    let _: CodeSent = phone.ask().await.good();
    for _ in 0..3 {
        phone.wrong(&sim).await.refused(ErrorCode::CodeWrong);
    }
    client.later(60);
    let _: CodeSent = phone.ask().await.good();
    for _ in 0..2 {
        phone.wrong(&sim).await.refused(ErrorCode::CodeWrong);
    }
    let code = codes(&sim).pop().expect("sent");
    phone.try_code(&code).await.refused(ErrorCode::CodeExpired);
    // No code is sent that could not be tried; the page is told how long.
    client.later(60);
    let wait = phone
        .ask()
        .await
        .refused(ErrorCode::RateLimited)
        .retry_after_s;
    let wait = wait.expect("seconds");
    assert!((1..=300).contains(&wait), "{wait}");
    client.later(i64::from(wait));
    let _: CodeSent = phone.ask().await.good();
    let code = codes(&sim).pop().expect("sent");
    assert!(phone.try_code(&code).await.status.is_success());
}

#[tokio::test]
async fn one_line_asks_and_tries_within_its_limits_whatever_its_addresses() {
    let (_sim, client) = world(Protocol::Aliyun).await;
    client.later(3_600 - client.state.clock.now().unix().rem_euclid(3_600));
    let addresses = [
        "[2001:db8:1:2::1]:1",
        "[2001:db8:1:2:ffff::2]:2",
        "[2001:db8:1:2:3:4:5:6]:3",
    ];
    let mut refused = None;
    for turn in 0..31 {
        let mut browser = Phone::new(&client, addresses[turn % 3]);
        let body = json!({ "phone": format!("1390000{turn:04}") });
        let reply = browser.post(endpoint::SESSION_CODE, body).await;
        refused = (!reply.status.is_success()).then_some((turn, reply));
        if refused.is_some() {
            break;
        }
    }
    let (turn, reply) = refused.expect("a limit");
    assert_eq!(turn, 30);
    reply.refused(ErrorCode::RateLimited);
    // Another line is not concerned.
    let mut other = Phone::new(&client, "[2001:db8:1:3::1]:1");
    let _: CodeSent = other.ask().await.good();

    let mut last = None;
    for turn in 0..151 {
        let mut browser = Phone::new(&client, addresses[turn % 3]);
        last = Some(browser.try_code("000000").await);
    }
    last.expect("tried").refused(ErrorCode::RateLimited);
}

#[tokio::test]
async fn without_a_provider_the_page_is_told_and_nothing_fails() {
    let client = Client::new()
        .await
        .with(|state| state.sms = Arc::new(NoSms));
    let session: Session = client.get(endpoint::SESSION).await.good();
    assert!(!session.sms);
    client
        .post(endpoint::SESSION_CODE, json!({ "phone": PHONE }))
        .await
        .refused(ErrorCode::SmsUnavailable);
}

#[tokio::test]
async fn what_was_not_sent_uses_up_nobody_s_codes() {
    let (sim, client) = world(Protocol::Tencent).await;
    client.later(3_600 - client.state.clock.now().unix().rem_euclid(3_600));
    // The provider's account is empty for a while: a whole dormitory tries.
    sim.fault(
        Fault::Refuse {
            code: "FailedOperation.InsufficientBalanceInSmsPackage".to_owned(),
        },
        40,
    );
    let mut phone = Phone::new(&client, "203.0.113.7:1000");
    for _ in 0..40 {
        phone.ask().await.refused(ErrorCode::SmsUnavailable);
    }
    for _ in 0..10 {
        let _: CodeSent = phone.ask().await.good();
        client.later(60);
    }
    // A number that gets no more is no reason for others of its net to get none.
    for _ in 0..40 {
        phone.ask().await.refused(ErrorCode::RateLimited);
    }
    let other = json!({ "phone": "13800000001" });
    let _: CodeSent = phone.post(endpoint::SESSION_CODE, other).await.good();
}
