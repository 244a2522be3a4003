//! The app's own client against the server's own router, in one process: what one writes the other
//! reads, for every endpoint and every way to fail.
#![cfg(not(target_arch = "wasm32"))]

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{self, HeaderMap, header},
};
use dika::api::{Api, Fault, LocalFuture, Reply, Request, Transport};
use dika_contract::{
    Binding, BindingState, CardId, ClaimState, CreateBinding, CreateTopUp, Directory, ErrorCode,
    Fen, IdempotencyKey, Issuer, OrderId, PayChannel, PaymentPrompt, PaymentState, Phone,
    RejectReason, SmsCode, TopUp, TopUpEvent, WalletKind, endpoint,
    person::{AccountNo, CardNo, CardPassword},
};
use leptos::prelude::{GetUntracked, Owner, RwSignal};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Carries calls straight into the router, with a cookie jar as a browser's.
#[derive(Clone)]
struct InProcess {
    router: Router,
    cookies: Arc<Mutex<Vec<(String, String)>>>,
}

impl InProcess {
    async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: Option<String>,
    ) -> Result<Reply, Fault> {
        let mut request = http::Request::builder().method(method).uri(path);
        let jar = self.cookies.lock().expect("one thread").clone();
        if !jar.is_empty() {
            let jar: Vec<String> = jar
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(header::COOKIE, jar.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request
            .body(body.map_or_else(Body::empty, Body::from))
            .expect("a well-formed request");
        let Ok(response) = self.router.clone().oneshot(request).await;
        self.keep_cookies(response.headers());
        let status = response.status().as_u16();
        let time = response.headers().get(endpoint::SERVER_TIME_HEADER);
        let server_time_ms = time.and_then(|time| time.to_str().ok()?.parse().ok());
        let body = to_bytes(response.into_body(), 1 << 20).await;
        // A body that breaks off is what a browser reports as no connection.
        let body = body.map_err(|_| Fault::Offline)?;
        Ok(Reply {
            status,
            body: String::from_utf8(body.to_vec()).expect("text"),
            server_time_ms,
        })
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut jar = self.cookies.lock().expect("one thread");
        for set in headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().expect("plain letters");
            let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
            let (name, value) = pair.split_once('=').expect("a named cookie");
            jar.retain(|(kept, _)| kept != name);
            let over = attributes.to_ascii_lowercase().contains("max-age=0");
            if !value.is_empty() && !over {
                jar.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

impl Transport for InProcess {
    fn send(&self, request: Request) -> LocalFuture<Result<Reply, Fault>> {
        let this = self.clone();
        Box::pin(async move {
            let path = [endpoint::BASE, &request.path].concat();
            this.call(
                request.method.as_str(),
                &path,
                &request.headers,
                request.body,
            )
            .await
        })
    }
}

/// An app without a screen, and the sandbox behind it.
struct Stage {
    api: Api,
    expired: RwSignal<u32>,
    wire: InProcess,
    people: Vec<Value>,
    _database: Box<dyn std::any::Any>,
    _owner: Owner,
}

impl Stage {
    async fn open() -> Self {
        let owner = Owner::new();
        owner.set();
        let (router, _state, database) = dika_sandbox::testing::sandbox_app().await;
        let wire = InProcess {
            router,
            cookies: Arc::default(),
        };
        let expired = RwSignal::new(0);
        let mut stage = Self {
            api: Api::new(Arc::new(wire.clone()), expired),
            expired,
            wire,
            people: Vec::new(),
            _database: Box::new(database),
            _owner: owner,
        };
        let people = stage.sandbox("GET", "/sandbox/people", None).await;
        stage.people = people.as_array().expect("a list of people").clone();
        stage
    }

    /// The sandbox, as any client reaches it.
    async fn sandbox(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let body = body.map(|body| body.to_string());
        let reply = self.wire.call(method, path, &[], body).await;
        let reply = reply.expect("the sandbox answers");
        assert!(
            reply.status < 300,
            "{path}: {} {}",
            reply.status,
            reply.body
        );
        serde_json::from_str(&reply.body).unwrap_or(Value::Null)
    }

    fn me(&self) -> &Value {
        &self.people[0]
    }

    async fn sign_in(&self) {
        let number = self.me()["phone"].as_str().expect("a phone");
        let phone = Phone::parse(number).expect("a mobile number");
        let sent = self.api.request_code(phone.clone()).await.expect("sent");
        assert!(sent.resend_after_s > 0 && sent.expires_in_s > sent.resend_after_s);
        let sms = self
            .sandbox("GET", &format!("/sandbox/sms?phone={number}"), None)
            .await;
        let code = SmsCode::parse(sms["code"].as_str().expect("a code")).expect("six digits");
        let session = self.api.sign_in(phone, code).await.expect("signed in");
        assert!(session.user.is_some() && session.csrf_token.is_some() && session.sandbox);
    }

    fn ask(&self, issuer: Issuer, password: Option<&str>) -> CreateBinding {
        let card = &self.me()[issuer.as_str()];
        let text = |name: &str| card[name].as_str().expect("a text").to_owned();
        CreateBinding {
            issuer,
            account: (issuer == Issuer::Gdut)
                .then(|| AccountNo::parse(&text("account")).expect("an account")),
            card_no: (issuer == Issuer::Hemc)
                .then(|| CardNo::parse(&text("card_no")).expect("a card number")),
            password: CardPassword::parse(password.unwrap_or(&text("password")))
                .expect("a password"),
        }
    }

    async fn bind(&self, issuer: Issuer) -> CardId {
        let asked = self.api.create_binding(&self.ask(issuer, None)).await;
        let asked = asked.expect("a binding");
        assert_eq!(asked.state, BindingState::Pending);
        assert_eq!(self.api.binding(&asked.id).await.as_ref(), Ok(&asked));
        let confirmed: Binding = self
            .api
            .confirm_binding(&asked.id)
            .await
            .expect("confirmed");
        assert_eq!(confirmed.state, BindingState::Confirmed);
        confirmed.card_id.expect("a card")
    }

    async fn tap(&self, issuer: Issuer, terminal: &str) {
        let card_no = &self.me()[issuer.as_str()]["card_no"];
        let body = json!({ "card_no": card_no, "terminal": terminal });
        self.sandbox("POST", "/sandbox/taps", Some(body)).await;
    }

    async fn decide(&self, order: &OrderId, outcome: &str) {
        let path = format!("/sandbox/payments/{order}");
        self.sandbox("POST", &path, Some(json!({ "outcome": outcome })))
            .await;
    }

    async fn fault(&self, method: &str, path: &str, kind: &str, code: Option<ErrorCode>) {
        let body =
            json!({ "path": path, "method": method, "kind": kind, "times": 1, "code": code });
        self.sandbox("POST", "/sandbox/faults", Some(body)).await;
    }
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).expect("a key")
}

fn top_up(card: &CardId, wallet: WalletKind, yuan: i32) -> CreateTopUp {
    CreateTopUp {
        card_id: card.clone(),
        wallet,
        amount_fen: Fen::from_yuan(yuan),
        channel: PayChannel::Auto,
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, Fault>, code: ErrorCode) {
    match answer {
        Err(fault) if fault.is(code) => {}
        other => panic!("expected {code}, got {other:?}"),
    }
}

#[tokio::test]
async fn signing_in_and_out() {
    let stage = Stage::open().await;
    let nobody = stage.api.session().await.expect("an answer");
    assert_eq!(nobody.user, None);
    refused(stage.api.cards().await, ErrorCode::SessionExpired);
    assert_eq!(stage.expired.get_untracked(), 1, "the app hears of it");
    stage.sign_in().await;
    assert_eq!(stage.api.cards().await, Ok(Vec::new()));
    let known = stage.api.session().await.expect("an answer");
    assert!(known.user.is_some());
    stage.api.sign_out().await.expect("signed out");
    assert_eq!(stage.api.session().await.expect("an answer").user, None);
    refused(stage.api.cards().await, ErrorCode::SessionExpired);
}

#[tokio::test]
async fn the_directory_is_what_the_app_has_built_in_and_more() {
    let stage = Stage::open().await;
    let directory = stage.api.directory().await.expect("a directory");
    assert!(directory.sandbox);
    let built_in: Directory =
        serde_json::from_str(Directory::SEED_JSON).expect("the built-in copy");
    assert_eq!(directory.service_points, built_in.service_points);
    assert_eq!(directory.terminals, built_in.terminals);
    assert_eq!(directory.campuses, built_in.campuses);
    for issuer in &directory.issuers {
        assert!(issuer.wallets.iter().all(|wallet| wallet.limits.is_some()));
    }
}

#[tokio::test]
async fn a_binding_is_answered_yes_no_or_cannot_tell() {
    let stage = Stage::open().await;
    stage.sign_in().await;
    refused(
        stage
            .api
            .create_binding(&stage.ask(Issuer::Gdut, Some("000000")))
            .await,
        ErrorCode::WrongAccountOrPassword,
    );
    for reason in [RejectReason::NotMe, RejectReason::CannotTell] {
        let asked = stage
            .api
            .create_binding(&stage.ask(Issuer::Gdut, None))
            .await;
        let asked = asked.expect("a binding");
        let rejected = stage.api.reject_binding(&asked.id, reason).await;
        assert_eq!(rejected.expect("an answer").state, BindingState::Rejected);
        refused(
            stage.api.confirm_binding(&asked.id).await,
            ErrorCode::BindingAnswered,
        );
    }
    assert_eq!(stage.api.cards().await, Ok(Vec::new()));
}

#[tokio::test]
async fn cards_are_listed_chosen_and_let_go() {
    let stage = Stage::open().await;
    stage.sign_in().await;
    let gdut = stage.bind(Issuer::Gdut).await;
    let hemc = stage.bind(Issuer::Hemc).await;
    let card = stage.api.card(&hemc).await.expect("a card");
    assert!(card.wallet(WalletKind::Utilities).is_some() && card.takes_money());
    let chosen = stage.api.set_default_card(&hemc).await.expect("chosen");
    assert!(chosen.is_default);
    let cards = stage.api.cards().await.expect("cards");
    assert_eq!(
        cards.iter().map(|card| &card.id).collect::<Vec<_>>(),
        [&hemc, &gdut]
    );
    stage.api.unbind(&hemc).await.expect("let go");
    // After a lost answer it is said again.
    stage.api.unbind(&hemc).await.expect("let go already");
    refused(stage.api.card(&hemc).await, ErrorCode::NotFound);
    let left = stage.api.cards().await.expect("cards");
    assert!(left.len() == 1 && left[0].is_default);
}

#[tokio::test]
async fn a_top_up_from_tap_to_card() {
    let stage = Stage::open().await;
    stage.sign_in().await;
    let card = stage.bind(Issuer::Gdut).await;
    let wanted = top_up(&card, WalletKind::Main, 20);
    let order = stage
        .api
        .create_top_up(&key("one"), &wanted)
        .await
        .expect("an order");
    assert!(matches!(order.prompt, Some(PaymentPrompt::Redirect { .. })));
    assert_eq!(
        (order.issuer, order.wallet, order.amount_fen),
        (Issuer::Gdut, WalletKind::Main, Fen::from_yuan(20))
    );

    // The same intent again is the same order; another body under its key is told so.
    let again = stage
        .api
        .create_top_up(&key("one"), &wanted)
        .await
        .expect("the order");
    assert_eq!(again.id, order.id);
    refused(
        stage
            .api
            .create_top_up(&key("one"), &top_up(&card, WalletKind::Main, 30))
            .await,
        ErrorCode::IdempotencyKeyReused,
    );
    // Another intent while it is unpaid names the order to go on with.
    let second = stage.api.create_top_up(&key("two"), &wanted).await;
    match second {
        Err(Fault::Refused(problem)) => {
            assert_eq!(problem.code, ErrorCode::UnpaidOrderExists);
            assert_eq!(problem.order_id.as_ref(), Some(&order.id));
        }
        other => panic!("{other:?}"),
    }

    let going_on = stage.api.continue_top_up(&order.id, PayChannel::H5).await;
    assert!(going_on.expect("a prompt").prompt.is_some());
    stage.decide(&order.id, "paid").await;
    let paid = stage.api.top_up(&order.id).await.expect("the order");
    assert_eq!(
        (paid.payment, paid.claim),
        (PaymentState::Paid, ClaimState::Waiting)
    );
    assert!(paid.prompt.is_none() && paid.when(TopUpEvent::Paid).is_some());
    let open = stage.api.open_top_ups().await.expect("open orders");
    assert_eq!(open.items.len(), 1);
    stage.tap(Issuer::Gdut, "gdut_top_up").await;
    let claimed = stage.api.top_up(&order.id).await.expect("the order");
    assert_eq!(claimed.claim, ClaimState::Claimed);
    assert!(
        stage
            .api
            .open_top_ups()
            .await
            .expect("none")
            .items
            .is_empty()
    );
    let of_card = stage.api.card_top_ups(&card).await.expect("orders");
    // Numbers that others gave are in the answer about one order.
    assert!(claimed.payment_no.is_some());
    let listed = TopUp {
        payment_no: None,
        ..claimed
    };
    assert_eq!(of_card.items, [listed]);
    refused(
        stage.api.cancel_top_up(&order.id).await,
        ErrorCode::OrderAlreadyPaid,
    );
}

#[tokio::test]
async fn late_hot_water_is_confirmed_and_an_unpaid_order_given_up() {
    let stage = Stage::open().await;
    stage.sign_in().await;
    let card = stage.bind(Issuer::Hemc).await;
    let order = stage
        .api
        .create_top_up(&key("a"), &top_up(&card, WalletKind::Utilities, 10))
        .await;
    let order = order.expect("an order").id;
    stage.decide(&order, "paid").await;
    refused(
        stage.api.confirm_claim(&order).await,
        ErrorCode::ClaimNotConfirmable,
    );
    stage
        .sandbox(
            "POST",
            "/sandbox/clock",
            Some(json!({ "advance_s": 6 * 3600 + 1 })),
        )
        .await;
    let late = stage.api.top_up(&order).await.expect("the order");
    assert_eq!(late.claim, ClaimState::NeedsConfirmation);
    let confirmed = stage
        .api
        .confirm_claim(&order)
        .await
        .expect("it waits again");
    assert_eq!(confirmed.claim, ClaimState::Waiting);

    let unpaid = stage
        .api
        .create_top_up(&key("b"), &top_up(&card, WalletKind::Main, 10))
        .await;
    let unpaid = unpaid.expect("an order").id;
    let closed = stage.api.cancel_top_up(&unpaid).await.expect("given up");
    assert_eq!(closed.payment, PaymentState::Closed);
    refused(
        stage.api.continue_top_up(&unpaid, PayChannel::Auto).await,
        ErrorCode::OrderClosed,
    );
}

#[tokio::test]
async fn lists_come_in_pages() {
    let stage = Stage::open().await;
    stage.sign_in().await;
    let card = stage.bind(Issuer::Gdut).await;
    let mut made = Vec::new();
    for number in 0..25 {
        let order = stage
            .api
            .create_top_up(
                &key(&format!("many-{number}")),
                &top_up(&card, WalletKind::Main, 10),
            )
            .await;
        let order = order
            .unwrap_or_else(|why| panic!("order {number}: {why:?}"))
            .id;
        stage.api.cancel_top_up(&order).await.expect("given up");
        made.push(order);
    }
    made.reverse();
    let mut listed = Vec::new();
    let mut cursor = None::<String>;
    loop {
        let page = stage.api.top_ups(cursor.as_deref()).await.expect("a page");
        listed.extend(page.items.into_iter().map(|order| order.id));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(listed, made);
}

#[tokio::test]
async fn every_code_arrives_as_itself() {
    let stage = Stage::open().await;
    for code in ErrorCode::ALL {
        stage
            .fault("GET", "/api/v1/directory", "error", Some(*code))
            .await;
        match stage.api.directory().await {
            Err(Fault::Refused(problem)) => {
                assert_eq!(problem.code, *code);
                assert_eq!(problem.status, code.status());
            }
            other => panic!("{code}: {other:?}"),
        }
    }
    assert!(stage.api.directory().await.is_ok(), "each fault came once");
}

#[tokio::test]
async fn a_dead_gateway_s_page_is_no_answer() {
    let stage = Stage::open().await;
    stage.fault("GET", "/api/v1/session", "html", None).await;
    assert_eq!(stage.api.session().await, Err(Fault::Unreadable(502)));
    assert!(stage.api.session().await.is_ok());
}

#[tokio::test]
async fn a_write_without_the_token_is_refused() {
    let stage = Stage::open().await;
    stage.sign_in().await;
    // Another page of the same browser, which never asked who is here: it has the cookie only.
    let other = Api::new(Arc::new(stage.wire.clone()), RwSignal::new(0));
    refused(
        other.create_binding(&stage.ask(Issuer::Gdut, None)).await,
        ErrorCode::CsrfRejected,
    );
    other.session().await.expect("now it has asked");
    assert!(
        other
            .create_binding(&stage.ask(Issuer::Gdut, None))
            .await
            .is_ok()
    );
}
