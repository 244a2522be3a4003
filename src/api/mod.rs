//! The API: one method per endpoint of the contract.

use core::future::pending;
use std::sync::{Arc, RwLock};

use dika_contract::{
    Binding, BindingId, Card, CardId, CreateBinding, CreateTopUp, Directory, ErrorCode,
    IdempotencyKey, OrderId, PayChannel, Phone, Problem, RejectBinding, RejectReason, Session,
    SmsCode, Timestamp, TopUp, TopUpPage, endpoint,
    session::{AnswerJoin, CodeSent, RequestCode, SignIn},
    top_up::ContinueTopUp,
};
use leptos::prelude::{RwSignal, Set, Update, use_context};
use serde::{Serialize, de::DeserializeOwned};

use crate::platform::{self, StorageKey};

/// The ways a call can fail.
mod fault;
/// How requests are sent.
mod transport;

pub use fault::Fault;
#[cfg(target_arch = "wasm32")]
pub use transport::HttpTransport;
pub use transport::{
    LocalFuture, Method, Reply, Request, SEED_AGAIN, SEED_TIME, SEED_WHOLE, Transport,
};

/// The API. In the context; cheap to clone.
#[derive(Clone)]
pub struct Api {
    transport: Arc<dyn Transport>,
    caller: Arc<RwLock<Caller>>,
    expired: RwSignal<u32>,
    replaced: RwSignal<bool>,
    /// Whether it sends nothing.
    is_of_page: bool,
}

/// Who calls: what the last answer about the session said.
#[derive(Clone, Default)]
struct Caller {
    user_id: Option<String>,
    csrf_token: Option<String>,
}

impl Api {
    /// An API that sends through `transport`. `expired` counts the replies that say that the session has
    /// expired.
    pub fn new(transport: Arc<dyn Transport>, expired: RwSignal<u32>) -> Self {
        Self {
            transport,
            caller: Arc::default(),
            expired,
            replaced: RwSignal::new(false),
            is_of_page: false,
        }
    }

    /// The same API as far as the page brought its replies along, and when that was: a call is answered at once or
    /// never, and nothing is sent. The first render reads from it, natively and in the browser alike. `None` for a page
    /// without data, and once the page has been drawn in the browser, too.
    pub fn of_page(&self) -> Option<(Self, Timestamp)> {
        let page = Self {
            is_of_page: true,
            ..self.clone()
        };
        Some((page, self.page_time()?))
    }

    /// Whether this is the API [`of_page`](Self::of_page).
    pub fn is_of_page(&self) -> bool {
        self.is_of_page
    }

    /// The server's time at which the page was drawn with data; `None` as for [`of_page`](Self::of_page).
    pub fn page_time(&self) -> Option<Timestamp> {
        Some(Timestamp::from_unix(self.page_time_ms()? / 1_000))
    }

    fn page_time_ms(&self) -> Option<i64> {
        self.transport.seed(SEED_TIME)?.parse().ok()
    }

    /// Whether what the page brought along is to be read again.
    pub fn reads_page_again(&self) -> bool {
        self.transport.seed(SEED_AGAIN).is_some()
    }

    /// Whether the page is whole without the code that draws it, until something on it changes.
    pub fn is_page_whole(&self) -> bool {
        self.transport.seed(SEED_WHOLE).is_some()
    }

    /// Whether another student has signed in, in another tab, than the one whose things this page shows.
    pub fn replaced(&self) -> RwSignal<bool> {
        self.replaced
    }

    /// The app's API.
    ///
    /// # Panics
    /// Outside of [`crate::app::App`].
    pub fn from_context() -> Self {
        use_context().expect("the API is provided by App")
    }

    /// The session.
    ///
    /// # Errors
    /// A [`Fault`], as for all methods here.
    pub async fn session(&self) -> Result<Session, Fault> {
        let session: Session = self.get(endpoint::SESSION.into()).await?;
        Ok(self.keep_caller(session))
    }

    /// Requests a code by SMS.
    pub async fn request_code(&self, phone: Phone) -> Result<CodeSent, Fault> {
        self.write(
            Method::Post,
            endpoint::SESSION_CODE.into(),
            Some(&RequestCode { phone }),
        )
        .await
    }

    /// Signs in with the code.
    pub async fn sign_in(&self, phone: Phone, code: SmsCode) -> Result<Session, Fault> {
        let body = SignIn { phone, code };
        let session: Session = self
            .write(Method::Post, endpoint::SESSION.into(), Some(&body))
            .await?;
        Ok(self.become_caller(session))
    }

    /// Parts the phone number from the cards that are hidden from this session.
    pub async fn start_clean(&self) -> Result<Session, Fault> {
        let session: Session = self.act(endpoint::SESSION_START_CLEAN.into()).await?;
        Ok(self.become_caller(session))
    }

    /// Answers whether the other account that was found is the student's, too.
    pub async fn answer_join(&self, same_person: bool) -> Result<Session, Fault> {
        let body = AnswerJoin { same_person };
        let session: Session = self
            .write(Method::Post, endpoint::SESSION_JOIN.into(), Some(&body))
            .await?;
        Ok(self.become_caller(session))
    }

    /// Signs out.
    pub async fn sign_out(&self) -> Result<(), Fault> {
        self.done(Method::Delete, endpoint::SESSION.into()).await?;
        self.set_caller(Caller::default());
        Ok(())
    }

    /// Issuers, campuses, wallets, limits, terminals, service points.
    pub async fn directory(&self) -> Result<Directory, Fault> {
        self.get(endpoint::DIRECTORY.into()).await
    }

    /// Creates a binding.
    pub async fn create_binding(&self, body: &CreateBinding) -> Result<Binding, Fault> {
        self.write(Method::Post, endpoint::BINDINGS.into(), Some(body))
            .await
    }

    /// A binding.
    pub async fn binding(&self, id: &BindingId) -> Result<Binding, Fault> {
        self.get(endpoint::with_id(endpoint::BINDING, id.as_str()))
            .await
    }

    /// Confirms the identity of a binding.
    pub async fn confirm_binding(&self, id: &BindingId) -> Result<Binding, Fault> {
        self.act(endpoint::with_id(endpoint::BINDING_CONFIRM, id.as_str()))
            .await
    }

    /// Rejects the identity of a binding.
    pub async fn reject_binding(
        &self,
        id: &BindingId,
        reason: RejectReason,
    ) -> Result<Binding, Fault> {
        let path = endpoint::with_id(endpoint::BINDING_REJECT, id.as_str());
        self.write(Method::Post, path, Some(&RejectBinding { reason }))
            .await
    }

    /// All bound cards, the default one first.
    pub async fn cards(&self) -> Result<Vec<Card>, Fault> {
        self.get(endpoint::CARDS.into()).await
    }

    /// One bound card.
    pub async fn card(&self, id: &CardId) -> Result<Card, Fault> {
        self.get(endpoint::with_id(endpoint::CARD, id.as_str()))
            .await
    }

    /// Makes a card the default one.
    pub async fn set_default_card(&self, id: &CardId) -> Result<Card, Fault> {
        let path = endpoint::with_id(endpoint::CARD_DEFAULT, id.as_str());
        self.write::<(), _>(Method::Put, path, None).await
    }

    /// Unbinds a card.
    pub async fn unbind(&self, id: &CardId) -> Result<(), Fault> {
        self.done(
            Method::Delete,
            endpoint::with_id(endpoint::CARD, id.as_str()),
        )
        .await
    }

    /// Creates an order. The same key with the same body returns the same order.
    pub async fn create_top_up(
        &self,
        key: &IdempotencyKey,
        body: &CreateTopUp,
    ) -> Result<TopUp, Fault> {
        let mut request = self.request(Method::Post, endpoint::TOP_UPS.into(), Some(body));
        request
            .headers
            .push((endpoint::IDEMPOTENCY_HEADER, key.as_str().into()));
        self.read(request).await
    }

    /// One order. The server asks the payment provider if the payment is undecided.
    pub async fn top_up(&self, id: &OrderId) -> Result<TopUp, Fault> {
        self.get(endpoint::with_id(endpoint::TOP_UP, id.as_str()))
            .await
    }

    /// A page of orders, newest first, from a cursor on.
    pub async fn top_ups(&self, cursor: Option<&str>) -> Result<TopUpPage, Fault> {
        let query = cursor
            .map(|cursor| ["?cursor=", cursor].concat())
            .unwrap_or_default();
        self.get(endpoint::TOP_UPS.to_owned() + &query).await
    }

    /// The orders that are unpaid, undecided or not collected.
    pub async fn open_top_ups(&self) -> Result<TopUpPage, Fault> {
        self.get(endpoint::TOP_UPS.to_owned() + "?open=true").await
    }

    /// The newest orders of a card.
    pub async fn card_top_ups(&self, card: &CardId) -> Result<TopUpPage, Fault> {
        self.get([endpoint::TOP_UPS, "?limit=5&card_id=", card.as_str()].concat())
            .await
    }

    /// Cancels an unpaid order.
    pub async fn cancel_top_up(&self, id: &OrderId) -> Result<TopUp, Fault> {
        self.act(endpoint::with_id(endpoint::TOP_UP_CANCEL, id.as_str()))
            .await
    }

    /// Requests a new payment prompt for an unpaid order.
    pub async fn continue_top_up(&self, id: &OrderId, channel: PayChannel) -> Result<TopUp, Fault> {
        let path = endpoint::with_id(endpoint::TOP_UP_CONTINUE, id.as_str());
        self.write(Method::Post, path, Some(&ContinueTopUp { channel }))
            .await
    }

    /// Confirms a claim that lapsed, so that the money can be collected again.
    pub async fn confirm_claim(&self, id: &OrderId) -> Result<TopUp, Fault> {
        self.act(endpoint::with_id(
            endpoint::TOP_UP_CONFIRM_CLAIM,
            id.as_str(),
        ))
        .await
    }

    async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, Fault> {
        self.read(self.request::<()>(Method::Get, path, None)).await
    }

    async fn act<T: DeserializeOwned>(&self, path: String) -> Result<T, Fault> {
        self.write::<(), T>(Method::Post, path, None).await
    }

    async fn write<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        body: Option<&B>,
    ) -> Result<T, Fault> {
        self.read(self.request(method, path, body)).await
    }

    async fn done(&self, method: Method, path: String) -> Result<(), Fault> {
        self.send(self.request::<()>(method, path, None))
            .await
            .map(drop)
    }

    fn request<B: Serialize>(&self, method: Method, path: String, body: Option<&B>) -> Request {
        // Contract types consist of text and integers: serialising them can't fail.
        let body = body.and_then(|body| serde_json::to_string(body).ok());
        let csrf = match method {
            Method::Get => None,
            _ => self.caller().csrf_token,
        };
        let headers = csrf
            .map(|token| (endpoint::CSRF_HEADER, token))
            .into_iter()
            .collect();
        Request {
            method,
            path,
            body,
            headers,
        }
    }

    async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<T, Fault> {
        let reply = self.send(request).await?;
        dika_json::read(&reply.body).map_err(|_| Fault::Unreadable(reply.status))
    }

    /// Sends a request and turns every failure into a fault. Not generic, so that there is one copy.
    ///
    /// If the CSRF token of a write is out of date, because the same student signed in again in another tab, or not
    /// there yet, because the page came with its data, the write is sent once more with the new token: the server
    /// refused it before it did anything.
    fn send(&self, request: Request) -> LocalFuture<Result<Reply, Fault>> {
        if request.method != Method::Get {
            // A write changes what the home page shows.
            platform::remove(&StorageKey::Home);
        }
        let api = self.clone();
        Box::pin(async move {
            let again = request.clone();
            let answer = api.send_once(request).await;
            match &answer {
                Err(fault) if fault.is(ErrorCode::CsrfRejected) && api.renew_token().await => {
                    api.send_once(api.with_token(again)).await
                }
                _ => answer,
            }
        })
    }

    async fn send_once(&self, request: Request) -> Result<Reply, Fault> {
        let reply = if self.is_of_page {
            match self.transport.seed(&request.path) {
                Some(body) => Reply {
                    status: 200,
                    body,
                    server_time_ms: self.page_time_ms(),
                },
                None => pending().await,
            }
        } else {
            self.transport.send(request).await?
        };
        platform::hear_server_time(reply.server_time_ms);
        if (200..300).contains(&reply.status) {
            return Ok(reply);
        }
        let problem: Problem =
            dika_json::read(&reply.body).map_err(|_| Fault::Unreadable(reply.status))?;
        if problem.code == ErrorCode::SessionExpired {
            self.tell_expired();
        }
        Err(Fault::Refused(Box::new(problem)))
    }

    /// Reads the session for a new CSRF token. Returns whether the same student is still signed in.
    async fn renew_token(&self) -> bool {
        let before = self.caller().user_id;
        let request = self.request::<()>(Method::Get, endpoint::SESSION.into(), None);
        let Ok(reply) = self.send_once(request).await else {
            return false;
        };
        let Ok(session) = dika_json::read::<Session>(&reply.body) else {
            return false;
        };
        let session = self.keep_caller(session);
        if session.user.is_none() && before.is_some() {
            self.tell_expired();
        }
        before.is_some() && session.user.map(|user| user.id) == before
    }

    /// The request with the newest CSRF token.
    fn with_token(&self, mut request: Request) -> Request {
        request
            .headers
            .retain(|header| header.0 != endpoint::CSRF_HEADER);
        let token = self.caller().csrf_token;
        request
            .headers
            .extend(token.map(|token| (endpoint::CSRF_HEADER, token)));
        request
    }

    fn tell_expired(&self) {
        // `try_`: in tests the app may be gone by now.
        self.expired
            .try_update(|times| *times = times.wrapping_add(1));
    }

    /// Takes over a session that this page itself asked for: another account than before is no surprise.
    fn become_caller(&self, session: Session) -> Session {
        self.set_caller(Caller::default());
        self.keep_caller(session)
    }

    /// Takes over the session as the server tells it.
    fn keep_caller(&self, session: Session) -> Session {
        let user_id = session.user.as_ref().map(|user| user.id.clone());
        let before = self.caller().user_id;
        if before.is_some() && user_id.is_some() && before != user_id {
            self.replaced.try_set(true);
        }
        self.set_caller(Caller {
            user_id,
            csrf_token: session.csrf_token.clone(),
        });
        session
    }

    fn caller(&self) -> Caller {
        self.caller
            .read()
            .map(|caller| caller.clone())
            .unwrap_or_default()
    }

    fn set_caller(&self, caller: Caller) {
        if let Ok(mut kept) = self.caller.write() {
            *kept = caller;
        }
    }
}
