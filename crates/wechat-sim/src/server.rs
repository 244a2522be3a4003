use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::{Context as _, ensure};
use axum::{
    Router,
    routing::{any, get, post},
};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    control, handle::SimHandle, keys::SimKeys, notify, oauth, pages, pay_api, shared::Shared,
    subscribe,
};

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
    let shared = Arc::new(Shared::new(config.keys, format!("http://{addr}"), http));
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
        handle: SimHandle::new(shared),
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
        .route("/cgi-bin/message/template/subscribe", post(subscribe::send))
        .route(
            "/mp/subscribemsg",
            get(subscribe::subscribemsg).post(subscribe::subscribemsg_do),
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
