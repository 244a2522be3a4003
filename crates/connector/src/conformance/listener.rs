use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use dika_contract::OrderId;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::callback::{self, Callback, CallbackFault};
use crate::client::now;
use crate::replay::ReplayGuard;
use crate::signature::{Keyring, SignedHeaders};

/// Takes the connector's callbacks while the suite runs.
#[derive(Debug)]
pub(super) struct Listener {
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    keys: Keyring,
    seen: ReplayGuard,
    got: Mutex<Vec<Result<Callback, String>>>,
}

impl Listener {
    pub(super) async fn start(address: SocketAddr, keys: Keyring) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let shared = Arc::new(Shared {
            keys,
            seen: ReplayGuard::new(),
            got: Mutex::default(),
        });
        let app = Router::new()
            .fallback(post(take))
            .with_state(shared.clone());
        let serving = tokio::spawn(async move {
            // Ends with the suite; what could not be served shows as a callback that did not come.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { shared, serving })
    }

    /// Waits for the decision about an order. Gives whether it came, and what was wrong with others.
    pub(super) async fn decision(
        &self,
        order: &OrderId,
        within: Duration,
    ) -> Result<(), Option<String>> {
        let started = Instant::now();
        loop {
            {
                let got = self.shared.lock();
                let about_it = got.iter().any(|got| {
                    matches!(got, Ok(Callback::CreditDecided(decided)) if decided.order_id == *order)
                });
                if about_it {
                    return Ok(());
                }
                if started.elapsed() > within {
                    return Err(got.iter().find_map(|got| got.clone().err()));
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Listener {
    /// Frees the address.
    pub(super) async fn stop(mut self) {
        self.serving.abort();
        // It was told to end: how it ended is of no interest.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Result<Callback, String>>> {
        self.got.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let find = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let received = SignedHeaders::from_lookup(find)
        .map_err(CallbackFault::from)
        .and_then(|signed| callback::receive(&signed, &body, &shared.keys, &shared.seen, now()));
    let status = match &received {
        Ok(_) => 204,
        Err(fault) => fault.status(),
    };
    if !matches!(received, Err(CallbackFault::Repeated)) {
        shared.lock().push(
            received
                .map(|received| received.callback)
                .map_err(|fault| fault.to_string()),
        );
    }
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
