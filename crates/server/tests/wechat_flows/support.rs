//! A server, a simulator of WeChat's side, and browsers that talk to both.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use axum::http::StatusCode;
use dika_contract::{CardStatus, OrderId};
use dika_core::card_system::CardRef;
use dika_sandbox::Sandbox;
use dika_sandbox::people::PEOPLE;
use dika_sandbox::testing::sandbox;
use dika_server::adapters::wechat::Wechat;
use dika_server::services::reconcile;
use dika_wechat_sim::{RunningSim, SimConfig};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tracing_subscriber::fmt::MakeWriter;

use crate::sleeping_cards::SleepingCards;

/// WeChat on a phone, an ordinary phone browser, a desktop.
pub const IN_WECHAT: &str = "Mozilla/5.0 (Linux; Android 14) Chrome/138.0 Mobile Safari/537.36 XWEB/1380215 MicroMessenger/8.0.60";
pub const PHONE: &str =
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/138.0 Mobile Safari/537.36";
pub const DESKTOP: &str = "Mozilla/5.0 (X11; Linux x86_64) Chrome/138.0 Safari/537.36";

/// The openid of the simulator's first user, who signs in where nothing else is said.
pub const OPENID: &str = "oSimStudentA000000000000001";
pub const AMOUNT: i64 = 2_000;

/// Both sides.
pub struct World {
    pub sim: RunningSim,
    pub state: Sandbox,
    pub base: String,
    folder: TempDir,
    server: JoinHandle<()>,
}

impl World {
    pub async fn new() -> Self {
        let sim = dika_wechat_sim::start(SimConfig::for_tests())
            .await
            .expect("a simulator");
        let folder = TempDir::new().expect("a folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let (state, base, server) = serve(&folder, &sim, listener).await;
        Self {
            sim,
            state,
            base,
            folder,
            server,
        }
    }

    /// The server dies at once, whatever it is doing.
    pub async fn kill(&mut self) {
        self.server.abort();
        let _ = (&mut self.server).await;
        self.state.store.close().await;
    }

    /// Another one takes its place: same database, same address.
    pub async fn revive(&mut self) {
        let listener = self.listen_again().await;
        (self.state, self.base, self.server) = serve(&self.folder, &self.sim, listener).await;
    }

    /// The same server with the parts that `state` has now.
    pub async fn restart(&mut self) {
        self.server.abort();
        let _ = (&mut self.server).await;
        let listener = self.listen_again().await;
        self.server = answer(listener, &self.state);
    }

    /// The address that the server had. Somebody's connection may have it for a moment.
    async fn listen_again(&self) -> TcpListener {
        let address: SocketAddr = self.base["http://".len()..].parse().expect("an address");
        for _ in 0..200 {
            match TcpListener::bind(address).await {
                Err(taken) if taken.kind() == io::ErrorKind::AddrInUse => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                bound => return bound.expect("the address"),
            }
        }
        panic!("{address} stays taken");
    }

    /// One sweep over everything that is due `seconds` from now, with the simulator's clock.
    pub async fn later(&self, seconds: i64) {
        self.state.clock.advance(seconds);
        self.sim.advance(seconds);
        reconcile::sweep(&self.state.services())
            .await
            .expect("a sweep");
    }

    /// The simulator's side of an order.
    pub fn trade(&self, order: &str) -> dika_wechat_sim::SimTrade {
        self.sim.trade(order).expect("asked for at WeChat Pay")
    }

    /// Waits until so many notifications were answered; gives their statuses.
    pub async fn notified(&self, count: usize) -> Vec<Option<u16>> {
        for _ in 0..400 {
            let sent = self.sim.sent();
            if sent.len() >= count {
                return sent.iter().map(|notice| notice.status).collect();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("fewer than {count} notifications were sent");
    }

    /// The first person's school card is reported lost: it takes no money any more.
    pub async fn lose_the_card(&self) {
        let pocket = PEOPLE[0].gdut.expect("a card");
        let lost = CardRef(format!("gdut-{}", pocket.card_no));
        let set = self
            .state
            .store
            .ledger_set_status(&lost, CardStatus::Lost)
            .await;
        assert!(set.expect("books"));
    }

    /// An order that was closed and paid late, for a card that takes no money: its money goes back.
    pub async fn going_back(&self) -> (Browser, String) {
        let (mut browser, card) = self.student().await;
        let (order, _) = browser.order_by(&card, "jsapi").await;
        assert_eq!(browser.cancel(&order).await.json()["payment"], "closed");
        self.lose_the_card().await;
        self.sim.pay_late(&order).expect("it wins");
        (browser, order)
    }

    /// An order by a code, gone on with inside WeChat and paid there: its first number is closed.
    pub async fn paid_under_its_second_number(&self) -> (Browser, String) {
        let (mut browser, card) = self.student().await;
        let (order, _) = browser.order_by(&card, "native").await;
        let went_on = browser.go_on(&order, "jsapi").await;
        assert_eq!(went_on.status, StatusCode::OK, "{went_on:?}");
        self.sim.pay(&format!("{order}-1")).expect("payable");
        self.assert_paid_once(&mut browser, &order).await;
        (browser, order)
    }

    /// Waits until every refund of which the time has come has ended.
    pub async fn refunds_ended(&self) {
        for _ in 0..400 {
            let refunds = self.sim.refunds();
            if refunds.iter().all(|refund| refund.status != "PROCESSING") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("a refund does not end");
    }

    /// Refunds that brought money back: the payment's number and how much.
    pub fn money_back(&self) -> Vec<(String, i64)> {
        let refunds = self.sim.refunds();
        let done = refunds
            .into_iter()
            .filter(|refund| refund.status == "SUCCESS");
        done.map(|refund| (refund.out_trade_no, refund.refund_fen))
            .collect()
    }

    /// WeChat Pay's number of the refund that brought money back.
    pub fn refund_id(&self) -> String {
        let mut refunds = self.sim.refunds().into_iter();
        let done = refunds.find(|refund| refund.status == "SUCCESS");
        done.expect("money went back").refund_id
    }

    /// The order was paid once: its timeline says so, and the books hold its money once.
    pub async fn assert_paid_once(&self, browser: &mut Browser, order: &str) {
        let shown = browser.order(order).await;
        assert_eq!(shown["payment"], "paid", "{shown}");
        let events = shown["timeline"].as_array().expect("a timeline");
        let paid = events.iter().filter(|entry| entry["event"] == "paid");
        assert_eq!(paid.count(), 1, "{shown}");
        let id = OrderId::parse(order).expect("an id");
        let deposit = self.state.store.ledger_deposit(&id).await.expect("books");
        assert!(deposit.is_some(), "the card system has the money");
        assert_eq!(
            self.state.store.ledger_unbalanced().await.expect("books"),
            Vec::<String>::new()
        );
    }

    pub fn browser(&self, agent: &str) -> Browser {
        Browser {
            base: self.base.clone(),
            http: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .expect("a client"),
            agent: agent.to_owned(),
            cookies: BTreeMap::new(),
            csrf: None,
        }
    }

    /// Somebody in WeChat, signed in there, with a bound card: the browser and the card.
    pub async fn student(&self) -> (Browser, String) {
        let mut browser = self.browser(IN_WECHAT);
        browser.sign_in_by_wechat("/").await;
        let card = browser.bind().await;
        (browser, card)
    }

    /// Somebody elsewhere, signed in by phone, with a bound card.
    pub async fn phone_student(&self, agent: &str) -> (Browser, String) {
        let mut browser = self.browser(agent);
        browser.sign_in_by_phone(PEOPLE[0].phone).await;
        let card = browser.bind().await;
        (browser, card)
    }
}

/// Puts a card system in the server's place that does not answer, as long as it is told so.
pub async fn with_cards_down(world: &mut World, is_down: Arc<AtomicBool>) {
    let inside = world.state.cards.clone();
    world.state.cards = Arc::new(SleepingCards { inside, is_down });
    world.restart().await;
}

async fn serve(
    folder: &TempDir,
    sim: &RunningSim,
    listener: TcpListener,
) -> (Sandbox, String, JoinHandle<()>) {
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let mut settings = dika_sandbox::settings();
    settings.public_origin = Some(base.clone());
    settings.wechat = true;
    let mut state = sandbox(folder.path(), settings).await;
    let config = sim
        .config(&format!("{base}/api/v1/wechat/notify"))
        .expect("good settings");
    let wechat = Wechat::new(
        &config,
        state.store.clone(),
        Arc::new(state.clock.clone()),
        &base,
    )
    .expect("a client");
    state.gateway = wechat.gateway.clone();
    state.messenger = wechat.messenger();
    state.wechat = Some(Arc::new(wechat));
    let server = answer(listener, &state);
    (state, base, server)
}

fn answer(listener: TcpListener, state: &Sandbox) -> JoinHandle<()> {
    let app = dika_sandbox::app(state);
    tokio::spawn(async move {
        let _ = axum::serve(
            listener,
            app.into_make_service_with_connect_info::<SocketAddr>(),
        )
        .await;
    })
}

/// Keeps what is logged.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Keeps everything from here until the guard is dropped. One thread serves all of a test, so this
    /// catches the server's words too.
    pub fn start() -> (Self, tracing::subscriber::DefaultGuard) {
        // Without one that all threads share, what another test's thread says first is never heard of
        // on this one: whether anybody listens is remembered once for all threads.
        static EVERYWHERE: Once = Once::new();
        EVERYWHERE.call_once(|| {
            let all = tracing_subscriber::registry();
            tracing::subscriber::set_global_default(all).expect("the first one");
        });
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(log.clone())
            .with_ansi(false)
            .with_max_level(tracing::Level::TRACE)
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        (log, guard)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("the log").clone()).expect("text")
    }

    /// How many errors call for a person.
    pub fn calls_for_a_person(&self) -> usize {
        let text = self.text();
        let errors = text.lines().filter(|line| line.contains("ERROR"));
        errors
            .filter(|line| line.contains("a person has to look"))
            .count()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub location: Option<String>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("JSON, not {self:?}"))
    }

    pub fn location(&self) -> &str {
        self.location
            .as_deref()
            .unwrap_or_else(|| panic!("leads on: {self:?}"))
    }
}

/// A browser of one person. Follows nothing by itself.
#[derive(Clone)]
pub struct Browser {
    base: String,
    http: reqwest::Client,
    agent: String,
    pub cookies: BTreeMap<String, String>,
    csrf: Option<String>,
}

impl Browser {
    /// Sends a request. Cookies go to our server only.
    pub async fn send(
        &mut self,
        method: &str,
        to: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let url = if to.starts_with('/') {
            format!("{}{to}", self.base)
        } else {
            to.to_owned()
        };
        let ours = url.starts_with(&self.base);
        let method = method.parse().expect("a method");
        let mut request = self
            .http
            .request(method, &url)
            .header("user-agent", &self.agent);
        if ours && !self.cookies.is_empty() {
            let jar: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header("cookie", jar.join("; "));
        }
        if let Some(token) = self.csrf.as_ref().filter(|_| ours) {
            request = request.header("x-csrf-token", token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("an answer");
        if ours {
            for cookie in response.headers().get_all("set-cookie") {
                let text = cookie.to_str().expect("text");
                let pair = text.split(';').next().expect("a pair");
                let (name, value) = pair.split_once('=').expect("a pair");
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = response
            .headers()
            .get("location")
            .map(|to| to.to_str().expect("text").to_owned());
        Answer {
            status: response.status(),
            location,
            body: response.text().await.expect("a whole body"),
        }
    }

    pub async fn get(&mut self, to: &str) -> Answer {
        self.send("GET", to, None, &[]).await
    }

    pub async fn post(&mut self, to: &str, body: Option<Value>) -> Answer {
        self.send("POST", to, body, &[]).await
    }

    /// Who is here, as the app asks when a page opens.
    pub async fn session(&mut self) -> Value {
        let session = self.get("/api/v1/session").await.json();
        self.csrf = session["csrf_token"].as_str().map(str::to_owned);
        session
    }

    /// As far as WeChat: gives the callback's address, not fetched yet.
    pub async fn ask_wechat(&mut self, return_to: &str) -> String {
        let begun = self
            .get(&format!("/wechat/authorize?return_to={return_to}"))
            .await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{begun:?}");
        let wechat = begun.location().to_owned();
        assert!(wechat.contains("scope=snsapi_base"), "{wechat}");
        let back = self.get(&wechat).await;
        back.location().to_owned()
    }

    /// The whole way; gives where it ended.
    pub async fn sign_in_by_wechat(&mut self, return_to: &str) -> String {
        let callback = self.ask_wechat(return_to).await;
        let done = self.get(&callback).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{done:?}");
        self.session().await;
        done.location().to_owned()
    }

    pub async fn sign_in_by_phone(&mut self, phone: &str) {
        let sent = self
            .post("/api/v1/session/code", Some(json!({ "phone": phone })))
            .await;
        assert_eq!(sent.status, StatusCode::ACCEPTED, "{sent:?}");
        let sms = self
            .get(&format!("/sandbox/sms?phone={phone}"))
            .await
            .json();
        let wish = json!({ "phone": phone, "code": sms["code"] });
        let done = self.post("/api/v1/session", Some(wish)).await;
        assert_eq!(done.status, StatusCode::OK, "{done:?}");
        self.session().await;
    }

    /// Answers whether the other account is the same person's; gives the session.
    pub async fn answer_join(&mut self, same_person: bool) -> Value {
        let answer = json!({ "same_person": same_person });
        let answered = self.post("/api/v1/session/join", Some(answer)).await;
        assert_eq!(answered.status, StatusCode::OK, "{answered:?}");
        answered.json()
    }

    /// Asks for the first person's school card; gives the answer.
    pub async fn ask_to_bind(&mut self) -> Answer {
        let person = &PEOPLE[0];
        let wish = json!({
            "issuer": "gdut",
            "account": person.student_no,
            "password": person.gdut_password(),
        });
        self.post("/api/v1/bindings", Some(wish)).await
    }

    /// Binds that card.
    pub async fn bind(&mut self) -> String {
        let binding = self.ask_to_bind().await;
        assert_eq!(binding.status, StatusCode::CREATED, "{binding:?}");
        let id = binding.json()["id"].as_str().expect("an id").to_owned();
        let bound = self
            .post(&format!("/api/v1/bindings/{id}/confirm"), None)
            .await;
        bound.json()["card_id"].as_str().expect("a card").to_owned()
    }

    /// Stores an order and asks for the way to pay.
    pub async fn top_up(&mut self, card: &str, channel: &str, key: &str) -> Answer {
        let wish = json!({
            "card_id": card, "wallet": "main", "amount_fen": AMOUNT, "channel": channel,
        });
        self.send(
            "POST",
            "/api/v1/top-ups",
            Some(wish),
            &[("idempotency-key", key)],
        )
        .await
    }

    /// As [`Self::top_up`]: the order's id and its prompt.
    pub async fn order_by(&mut self, card: &str, channel: &str) -> (String, Value) {
        let made = self.top_up(card, channel, "key-1").await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let order = made.json();
        let id = order["id"].as_str().expect("an id").to_owned();
        (id, order["prompt"].clone())
    }

    /// An order, as its page asks for it.
    pub async fn order(&mut self, id: &str) -> Value {
        let shown = self.get(&format!("/api/v1/top-ups/{id}")).await;
        assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
        shown.json()
    }

    pub async fn go_on(&mut self, id: &str, channel: &str) -> Answer {
        let wish = json!({ "channel": channel });
        self.post(&format!("/api/v1/top-ups/{id}/continue"), Some(wish))
            .await
    }

    pub async fn cancel(&mut self, id: &str) -> Answer {
        self.post(&format!("/api/v1/top-ups/{id}/cancel"), None)
            .await
    }

    /// What WeChat does when the page asks its bridge to pay.
    pub async fn bridge(&mut self, sim: &RunningSim, prompt: &Value, outcome: &str) -> Value {
        let mut request = prompt.clone();
        request["outcome"] = outcome.into();
        let to = format!("{}/sim/jsapi-pay", sim.base_url());
        self.post(&to, Some(request)).await.json()
    }
}
