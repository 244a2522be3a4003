//! A browser's side of the API: remembers its cookie and CSRF token.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use dika_contract::{
    Binding, Card, CardId, ErrorCode, Fen, Issuer, OrderId, Problem, Session, TopUp, WalletKind,
    endpoint,
};
use dika_sandbox::people::{PEOPLE, Person};
use dika_sandbox::{Sandbox, testing};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// A sandbox and one browser that looks at it.
pub struct Client {
    pub router: Router,
    pub state: Sandbox,
    pub cookie: Option<String>,
    pub csrf: Option<String>,
    /// Names the browser; kept only where a test puts it here.
    pub device: Option<String>,
    pub keys: u32,
    _folder: std::sync::Arc<TempDir>,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    /// The body, of the agreed shape.
    pub fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|fault| {
            panic!(
                "{fault}: {} {}",
                self.status,
                String::from_utf8_lossy(&self.body)
            )
        })
    }

    /// The body of a success.
    pub fn good<T: DeserializeOwned>(&self) -> T {
        assert!(
            self.status.is_success(),
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        self.read()
    }

    /// The body of this refusal.
    pub fn refused(&self, code: ErrorCode) -> Problem {
        let problem: Problem = self.read();
        assert_eq!(problem.code, code, "{problem:?}");
        assert_eq!(problem.status, self.status.as_u16());
        problem
    }
}

/// The first person of the sandbox whose note holds the word; "" for the ordinary student at 大学城.
pub fn person(word: &str) -> &'static Person {
    PEOPLE
        .iter()
        .find(|person| match (word, person.note) {
            ("", note) => note.is_none(),
            (word, note) => note.is_some_and(|note| note.contains(word)),
        })
        .expect("such a person")
}

impl Client {
    pub async fn new() -> Self {
        let (router, state, folder) = testing::sandbox_app().await;
        Self {
            router,
            state,
            cookie: None,
            csrf: None,
            device: None,
            keys: 0,
            _folder: std::sync::Arc::new(folder),
        }
    }

    /// The same server with other settings, card system or gateway.
    pub fn with(mut self, change: impl FnOnce(&mut Sandbox)) -> Self {
        change(&mut self.state);
        self.router = dika_sandbox::app(&self.state);
        self
    }

    /// Another browser at the same server.
    pub fn another(&self) -> Self {
        Self {
            router: self.router.clone(),
            state: self.state.clone(),
            cookie: None,
            csrf: None,
            device: None,
            keys: 0,
            _folder: self._folder.clone(),
        }
    }

    /// The same browser, for calls side by side.
    pub fn twin(&self) -> Self {
        let mut twin = self.another();
        twin.cookie.clone_from(&self.cookie);
        twin.csrf.clone_from(&self.csrf);
        twin
    }

    pub async fn signed_in(word: &str) -> Self {
        let mut client = Self::new().await;
        client.sign_in(person(word).phone).await;
        client
    }

    pub async fn raw(&self, request: Request<Body>) -> Reply {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("never fails");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        more: &[(&str, &str)],
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("dika_session={cookie}"));
        }
        if let Some(device) = &self.device {
            request = request.header(header::COOKIE, format!("dika_device={device}"));
        }
        if let Some(csrf) = &self.csrf {
            request = request.header(endpoint::CSRF_HEADER, csrf);
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.raw(request.body(body).expect("a request")).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, &api(path), None, &[]).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, &api(path), Some(body), &[]).await
    }

    pub async fn sandbox(&self, path: &str, body: Value) -> Reply {
        let reply = self
            .call(Method::POST, &format!("/sandbox/{path}"), Some(body), &[])
            .await;
        assert!(reply.status.is_success(), "{path}: {reply:?}");
        reply
    }

    pub async fn code(&self, phone: &str) -> String {
        let sent = self
            .post(endpoint::SESSION_CODE, json!({ "phone": phone }))
            .await;
        assert_eq!(sent.status, StatusCode::ACCEPTED);
        self.state
            .tables()
            .latest_sms(phone)
            .await
            .expect("reads")
            .expect("a code")
    }

    pub async fn sign_in(&mut self, phone: &str) -> Session {
        let code = self.code(phone).await;
        let reply = self
            .post(endpoint::SESSION, json!({ "phone": phone, "code": code }))
            .await;
        let session: Session = reply.good();
        self.keep(&reply, &session);
        session
    }

    pub fn keep(&mut self, reply: &Reply, session: &Session) {
        let cookie = reply.headers[header::SET_COOKIE].to_str().expect("text");
        let token = cookie.split([';', '=']).nth(1).expect("a token");
        self.cookie = Some(token.to_owned());
        self.csrf.clone_from(&session.csrf_token);
    }

    /// Asks for a binding with what the person knows.
    pub async fn ask_binding(&self, person: &Person, issuer: Issuer) -> Reply {
        let body = match issuer {
            Issuer::Gdut => json!({
                "issuer": "gdut", "account": person.student_no,
                "password": person.gdut_password().expect("a password"),
            }),
            _ => json!({
                "issuer": "hemc", "card_no": person.hemc.expect("a card").card_no,
                "password": person.hemc_password().expect("a password"),
            }),
        };
        self.post(endpoint::BINDINGS, body).await
    }

    /// Binds and says yes.
    pub async fn bind(&self, person: &Person, issuer: Issuer) -> CardId {
        let binding: Binding = self.ask_binding(person, issuer).await.good();
        let confirm = endpoint::with_id(endpoint::BINDING_CONFIRM, binding.id.as_str());
        let binding: Binding = self.post(&confirm, json!({})).await.good();
        binding.card_id.expect("bound")
    }

    pub async fn card(&self, id: &CardId) -> Card {
        self.get(&endpoint::with_id(endpoint::CARD, id.as_str()))
            .await
            .good()
    }

    pub async fn create(&self, card: &CardId, wallet: WalletKind, fen: i64, key: &str) -> Reply {
        self.call(
            Method::POST,
            &api(endpoint::TOP_UPS),
            Some(json!({ "card_id": card, "wallet": wallet, "amount_fen": fen })),
            &[(endpoint::IDEMPOTENCY_HEADER, key)],
        )
        .await
    }

    /// An order with a key of its own.
    pub async fn order(&mut self, card: &CardId, wallet: WalletKind, fen: i64) -> TopUp {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        self.create(card, wallet, fen, &key).await.good()
    }

    pub async fn decide(&self, order: &OrderId, outcome: &str) {
        self.sandbox(&format!("payments/{order}"), json!({ "outcome": outcome }))
            .await;
    }

    pub async fn paid(&mut self, card: &CardId, wallet: WalletKind, fen: i64) -> TopUp {
        let order = self.order(card, wallet, fen).await;
        self.decide(&order.id, "paid").await;
        self.top_up(&order.id).await
    }

    pub async fn top_up(&self, id: &OrderId) -> TopUp {
        self.get(&endpoint::with_id(endpoint::TOP_UP, id.as_str()))
            .await
            .good()
    }

    pub async fn on_top_up(&self, pattern: &str, id: &OrderId) -> Reply {
        self.post(&endpoint::with_id(pattern, id.as_str()), json!({}))
            .await
    }

    pub async fn tap(&self, card_no: &str, terminal: &str) -> Value {
        self.sandbox("taps", json!({ "card_no": card_no, "terminal": terminal }))
            .await
            .read()
    }

    /// Moves the clock, without the sweep that the sandbox's own call brings.
    pub fn later(&self, seconds: i64) {
        self.state.clock.advance(seconds);
    }

    /// What is on the card and what waits, in fen.
    pub async fn amounts(&self, card: &CardId, wallet: WalletKind) -> (i64, i64) {
        let card = self.card(card).await;
        let wallet = card.wallet(wallet).expect("the wallet");
        let fen = |balance: Option<dika_contract::Balance>| {
            balance
                .map_or(Fen::ZERO, |balance| balance.amount_fen)
                .get()
        };
        (fen(wallet.on_card), fen(wallet.waiting))
    }
}

pub fn api(path: &str) -> String {
    [endpoint::BASE, path].concat()
}
