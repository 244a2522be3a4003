use std::{net::SocketAddr, sync::Arc};

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

use crate::{
    aliyun, control,
    faults::{self, Fault},
    handle::SimHandle,
    messages::Provider,
    page,
    shared::Shared,
    tencent,
};

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
    let shared = Arc::new(Shared::new(format!("http://{addr}")));
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
        handle: SimHandle::new(shared),
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
    if let Some(response) = faults::response_before(fault.as_ref()).await {
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
    faults::response_after(fault.as_ref(), answer).await
}
