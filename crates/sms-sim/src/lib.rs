//! Two SMS providers' side of their protocols, for tests and rehearsals; loopback only.
//!
//! One server stands for `dysmsapi.aliyuncs.com` and `sms.tencentcloudapi.com`: the header `x-acs-action` or
//! `x-tc-action` says which one is called. It checks signature, clock, nonce, key, signature name, template and
//! parameters as the providers do, keeps what would have been sent, and misbehaves on demand.
//!
//! In process: [`start`] and the methods of [`SimHandle`]. From outside: the program `dika-sms-sim`, the page `/sim` and
//! the JSON below `/sim/control/`.

/// Aliyun Dysmsapi.
mod aliyun;
/// `/sim/control/…`.
mod control;
/// HMAC-SHA256 and SHA-256 of another crate than the client's.
mod crypto;
/// Misbehaviour on demand.
pub mod faults;
/// What was sent, and the providers' limits per number.
pub mod messages;
/// The page for people.
mod page;
/// Tencent Cloud SMS.
mod tencent;

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, ensure};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Uri},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use tokio::{net::TcpListener, task::JoinHandle};

pub use faults::{Fault, FaultRule};
pub use messages::{Message, Provider};

/// The account that both providers know here. All of it is public: it opens nothing.
pub mod account {
    /// Aliyun's AccessKey ID, Tencent's SecretId.
    pub const KEY_ID: &str = "SimulatedKeyId";
    /// Its secret.
    pub const SECRET: &str = "simulated-secret";
    /// The approved signature.
    pub const SIGN_NAME: &str = "滴卡";
    /// Aliyun's approved template.
    pub const TEMPLATE_CODE: &str = "SMS_100000001";
    /// Tencent's application.
    pub const SDK_APP_ID: &str = "1400000001";
    /// Tencent's approved template.
    pub const TEMPLATE_ID: &str = "1000001";
}

/// The state.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) messages: Vec<Message>,
    pub(crate) faults: Vec<FaultRule>,
    pub(crate) calls: u32,
    /// Whether the providers' limits per number are kept. Off by default: tests send often.
    pub(crate) limits: bool,
    /// Seconds that the simulated clock is ahead, for limits per number.
    pub(crate) ahead_s: i64,
    pub(crate) nonces: BTreeSet<String>,
}

/// What handlers share.
pub(crate) struct Shared {
    pub(crate) base_url: String,
    world: Mutex<World>,
}

impl Shared {
    /// The state. Never held over an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970 by this machine's clock.
pub(crate) fn unix_s() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or(0)
}

/// A simulator at work; dropping it stops it.
pub struct RunningSim {
    /// Where it listens.
    pub addr: SocketAddr,
    handle: SimHandle,
    serving: JoinHandle<()>,
}

impl Drop for RunningSim {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl std::ops::Deref for RunningSim {
    type Target = SimHandle;

    fn deref(&self) -> &SimHandle {
        &self.handle
    }
}

/// Starts a simulator. Port 0 takes a free one.
///
/// # Errors
/// If the address is not a loopback one or can't be bound.
pub async fn start(addr: SocketAddr) -> anyhow::Result<RunningSim> {
    ensure!(
        addr.ip().is_loopback(),
        "the simulator listens on this machine only, not on {}",
        addr.ip()
    );
    let listener = TcpListener::bind(addr)
        .await
        .with_context(|| format!("listening on {addr}"))?;
    let addr = listener.local_addr()?;
    let shared = Arc::new(Shared {
        base_url: format!("http://{addr}"),
        world: Mutex::default(),
    });
    let router = Router::new()
        .route("/", post(call))
        .route("/sim", get(page::show).post(page::change))
        .nest("/sim/control", control::router())
        .with_state(Arc::clone(&shared));
    let serving = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            eprintln!("the SMS simulator stopped serving: {error}");
        }
    });
    Ok(RunningSim {
        addr,
        handle: SimHandle { shared },
        serving,
    })
}

/// One call of either provider.
async fn call(
    State(sim): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let provider = if headers.contains_key("x-acs-action") {
        Provider::Aliyun
    } else if headers.contains_key("x-tc-action") {
        Provider::Tencent
    } else {
        return axum::http::StatusCode::NOT_FOUND.into_response();
    };
    let fault = {
        let mut world = sim.world();
        world.calls += 1;
        faults::take(&mut world.faults, provider)
    };
    if let Some(response) = faults::instead(fault.as_ref()).await {
        return response;
    }
    let refused = match &fault {
        Some(Fault::Refuse { code }) => Some(code.as_str()),
        _ => None,
    };
    let answer = match provider {
        Provider::Aliyun => aliyun::answer(&sim, &uri, &headers, &body, refused),
        Provider::Tencent => tencent::answer(&sim, &headers, &body, refused),
    };
    faults::afterwards(fault.as_ref(), answer).await
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

    /// The `[sms]` table with which a server reaches this simulator.
    #[must_use]
    pub fn client_settings(&self, provider: Provider) -> serde_json::Value {
        control::client_settings(&self.shared.base_url, provider)
    }

    /// Makes the next `times` calls misbehave, of either provider.
    pub fn fault(&self, fault: Fault, times: u32) {
        self.shared.world().faults.push(FaultRule {
            provider: None,
            fault,
            times: Some(times),
        });
    }

    /// Ends all misbehaviour.
    pub fn clear_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// How many calls came.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.shared.world().calls
    }

    /// What would have been sent to a number, oldest first.
    #[must_use]
    pub fn messages(&self, phone: &str) -> Vec<Message> {
        let world = self.shared.world();
        let sent = world.messages.iter();
        sent.filter(|message| message.phone == phone)
            .cloned()
            .collect()
    }

    /// Keeps the providers' limits per number, or no longer.
    pub fn keep_limits(&self, keep: bool) {
        self.shared.world().limits = keep;
    }

    /// Moves the clock by which limits per number are counted.
    pub fn advance(&self, seconds: i64) {
        self.shared.world().ahead_s += seconds;
    }
}
