//! Tencent's side of those protocols, for tests and the sandbox; loopback only.
//!
//! One server stands for `api.mch.weixin.qq.com`, `api.weixin.qq.com` and `open.weixin.qq.com`, and for what WeChat
//! itself does on a phone: it checks our signatures with a real key, signs its answers, seals its notifications, and
//! misbehaves on demand. A client can't tell it from the real thing; only base addresses and keys differ.
//!
//! In process: [`start`] and the methods of [`SimHandle`]. From outside: the program `dika-wechat-sim` and
//! `/sim/control/…`. Signatures carry the real time; everything that expires follows the simulated clock, which
//! [`SimHandle::advance`] moves.

/// `/sim/control/…`.
mod control;
/// Misbehaviour on demand.
pub mod faults;
/// Both sides' keys.
pub mod keys;
/// One-time subscription messages: the page that asks the user, and the call that sends.
pub mod messages;
/// Notifications, honest and forged.
pub mod notify;
/// Sign-in, tokens and tickets.
pub mod oauth;
/// The pages a person sees, and the bridge.
mod pages;
/// `/v3/…`.
mod pay_api;
/// Orders and refunds.
pub mod trades;
/// The state and what can be changed in it.
pub mod world;

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context as _, anyhow, ensure};
use axum::{
    Router,
    routing::{any, get, post},
};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};
use url::{Host, Url};

pub use faults::{Call, Fault, FaultRule};
pub use keys::SimKeys;
pub use messages::SimMessage;
pub use notify::{Forgery, NoticeBytes, ReleaseOrder, SentNotice};
pub use oauth::SimUser;
pub use trades::{SimRefund, SimTrade};
pub use world::{Behaviour, BridgeOutcome, NotifyPlan, RefundEnd, SigningKey};

/// How to start.
pub struct SimConfig {
    /// Where to listen; must be a loopback address. Port 0 takes a free one.
    pub addr: SocketAddr,
    /// The world's keys.
    pub keys: Arc<SimKeys>,
}

impl SimConfig {
    /// A free port of this machine and the process's shared keys: for tests.
    #[must_use]
    pub fn for_tests() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            keys: SimKeys::shared(),
        }
    }
}

/// What handlers share.
pub(crate) struct Shared {
    pub(crate) keys: Arc<SimKeys>,
    pub(crate) base_url: String,
    pub(crate) http: reqwest::Client,
    /// Rung when something may be due.
    pub(crate) wake: Notify,
    world: Mutex<world::World>,
}

impl Shared {
    /// The state. Never held over an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, world::World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an address can only mean this machine.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// A simulator at work; dropping it stops it.
pub struct RunningSim {
    /// Where it listens.
    pub addr: SocketAddr,
    handle: SimHandle,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for RunningSim {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl std::ops::Deref for RunningSim {
    type Target = SimHandle;

    fn deref(&self) -> &SimHandle {
        &self.handle
    }
}

/// Starts a simulator.
///
/// # Errors
/// If the address is not a loopback one or can't be bound.
pub async fn start(config: SimConfig) -> anyhow::Result<RunningSim> {
    ensure!(
        config.addr.ip().is_loopback(),
        "the simulator listens on this machine only, not on {}",
        config.addr.ip()
    );
    let listener = TcpListener::bind(config.addr)
        .await
        .with_context(|| format!("listening on {}", config.addr))?;
    let addr = listener.local_addr()?;
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let shared = Arc::new(Shared {
        keys: config.keys,
        base_url: format!("http://{addr}"),
        http,
        wake: Notify::new(),
        world: Mutex::default(),
    });
    let router = router(Arc::clone(&shared));
    let serving = tokio::spawn(async move {
        if let Err(error) = axum::serve(
            listener,
            router.into_make_service_with_connect_info::<SocketAddr>(),
        )
        .await
        {
            tracing::error!(%error, "the simulator stopped serving");
        }
    });
    let delivering = tokio::spawn(notify::deliver(Arc::clone(&shared)));
    Ok(RunningSim {
        addr,
        handle: SimHandle { shared },
        tasks: [serving, delivering],
    })
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v3/{*rest}", any(pay_api::serve))
        .route("/connect/oauth2/authorize", get(oauth::authorize))
        .route("/sns/oauth2/access_token", get(oauth::swap))
        .route("/cgi-bin/stable_token", post(oauth::stable_token))
        .route("/cgi-bin/ticket/getticket", get(oauth::ticket))
        .route("/cgi-bin/message/template/subscribe", post(messages::send))
        .route(
            "/mp/subscribemsg",
            get(messages::subscribemsg).post(messages::subscribemsg_do),
        )
        .route("/cgi-bin/mmpayweb-bin/checkmweb", get(pages::h5))
        .route("/sim", get(pages::index))
        .route("/sim/h5/{ticket}", post(pages::h5_do))
        .route(
            "/sim/native/{ticket}",
            get(pages::native).post(pages::native_do),
        )
        .route(
            "/sim/jsapi-pay",
            post(pages::jsapi_pay).options(pages::allow_origin),
        )
        .route("/sim/js-config-check", post(oauth::check_js_config))
        .nest("/sim/control", control::router())
        .with_state(shared)
}

/// The hand on a running simulator. Cheap to clone.
#[derive(Clone)]
pub struct SimHandle {
    shared: Arc<Shared>,
}

impl SimHandle {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// The world's keys.
    #[must_use]
    pub fn keys(&self) -> &SimKeys {
        &self.shared.keys
    }

    /// The settings with which a client reaches this simulator.
    #[must_use]
    pub fn settings(&self, notify_url: &str) -> dika_wechat::Settings {
        self.shared.keys.settings(&self.shared.base_url, notify_url)
    }

    /// The same, loaded.
    ///
    /// # Errors
    /// If `notify_url` is not accepted.
    pub fn config(&self, notify_url: &str) -> anyhow::Result<dika_wechat::Config> {
        Ok(dika_wechat::Config::load(&self.settings(notify_url))?)
    }

    /// Changes what can be changed.
    pub fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.shared.world().behaviour);
        self.shared.wake.notify_one();
    }

    /// Makes a kind of call misbehave the next `times` times.
    pub fn fault(&self, call: Call, fault: Fault, times: u32) {
        self.shared.world().faults.push(FaultRule {
            call: Some(call),
            fault,
            times: Some(times),
        });
    }

    /// Ends all misbehaviour.
    pub fn clear_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// The one-time subscription messages sent, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<SimMessage> {
        self.shared.world().messages.clone()
    }

    /// How often each kind of call came.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<Call, u32> {
        self.shared.world().calls.clone()
    }

    /// An order, if created.
    #[must_use]
    pub fn trade(&self, out_trade_no: &str) -> Option<SimTrade> {
        self.shared.world().trades.get(out_trade_no).cloned()
    }

    /// All orders.
    #[must_use]
    pub fn trades(&self) -> Vec<SimTrade> {
        self.shared.world().trades.values().cloned().collect()
    }

    /// All refunds.
    #[must_use]
    pub fn refunds(&self) -> Vec<SimRefund> {
        self.shared.world().refunds.values().cloned().collect()
    }

    /// The user pays an open order.
    ///
    /// # Errors
    /// If it is unknown, paid, closed or over its time.
    pub fn pay(&self, out_trade_no: &str) -> anyhow::Result<()> {
        self.pay_with(out_trade_no, false)
    }

    /// The user pays; a close in between does not stop it.
    ///
    /// # Errors
    /// If it is unknown or paid.
    pub fn pay_late(&self, out_trade_no: &str) -> anyhow::Result<()> {
        self.pay_with(out_trade_no, true)
    }

    fn pay_with(&self, out_trade_no: &str, late: bool) -> anyhow::Result<()> {
        self.shared
            .world()
            .pay(&self.shared.keys.merchant, out_trade_no, late)
            .map_err(|words| anyhow!(words))?;
        self.shared.wake.notify_one();
        Ok(())
    }

    /// Tencent closes an open order.
    ///
    /// # Errors
    /// If it is unknown, paid or closed.
    pub fn close(&self, out_trade_no: &str) -> anyhow::Result<()> {
        self.shared
            .world()
            .close(out_trade_no)
            .map_err(|(_, code, _)| anyhow!(code))
    }

    /// Somebody sends money of a paid order back in the merchant console; the refund's number.
    ///
    /// # Errors
    /// If the order is unknown or not paid, or that is more than is left.
    pub fn console_refund(&self, out_trade_no: &str, fen: i64) -> anyhow::Result<String> {
        let number = self
            .shared
            .world()
            .console_refund(out_trade_no, fen)
            .map_err(|(_, _, words)| anyhow!(words))?;
        self.shared.wake.notify_one();
        Ok(number)
    }

    /// Adds a WeChat user; their place in the list, for [`Behaviour::user`].
    pub fn add_user(&self, user: SimUser) -> usize {
        let mut world = self.shared.world();
        world.users.push(user);
        world.users.len() - 1
    }

    /// The WeChat users there are.
    #[must_use]
    pub fn users(&self) -> Vec<SimUser> {
        self.shared.world().users.clone()
    }

    /// Notifications sent, oldest first.
    #[must_use]
    pub fn sent(&self) -> Vec<SentNotice> {
        self.shared.world().sent.clone()
    }

    /// Lets held notifications go; how many.
    pub fn release(&self, order: ReleaseOrder) -> usize {
        let count = self.shared.world().release(order);
        self.shared.wake.notify_one();
        count
    }

    /// A notification about an order, spoilt in one respect, unsent. The order is not changed.
    ///
    /// # Errors
    /// If the order is unknown.
    pub fn forge(&self, out_trade_no: &str, forgery: Forgery) -> anyhow::Result<NoticeBytes> {
        Ok(notify::forge(&self.shared, out_trade_no, forgery)?.1)
    }

    /// The same, sent to the order's address; the status answered, if any.
    ///
    /// # Errors
    /// If the order is unknown.
    pub async fn send_forged(
        &self,
        out_trade_no: &str,
        forgery: Forgery,
    ) -> anyhow::Result<Option<u16>> {
        let (url, bytes) = notify::forge(&self.shared, out_trade_no, forgery)?;
        Ok(notify::post_bytes(&self.shared, &url, &bytes).await)
    }

    /// Sends a notification again, byte for byte, by its place in [`SimHandle::sent`]; the status answered, if any.
    ///
    /// # Errors
    /// If there is none at that place.
    pub async fn replay(&self, place: usize) -> anyhow::Result<Option<u16>> {
        let sent = self
            .sent()
            .into_iter()
            .nth(place)
            .ok_or_else(|| anyhow!("no notification {place} was sent"))?;
        let bytes = NoticeBytes {
            headers: sent.headers,
            body: sent.body,
        };
        Ok(notify::post_bytes(&self.shared, &sent.url, &bytes).await)
    }

    /// Ends the access token and the ticket before their time.
    pub fn kill_tokens(&self) {
        let mut world = self.shared.world();
        world.token = None;
        world.js_ticket = None;
    }

    /// Moves the simulated clock on.
    pub fn advance(&self, seconds: i64) {
        self.shared.world().ahead_ms += seconds * 1000;
        self.shared.wake.notify_one();
    }

    /// Forgets everything but the keys.
    pub fn reset(&self) {
        *self.shared.world() = world::World::default();
    }
}
