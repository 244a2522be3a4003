//! `GET /metrics` in Prometheus' text format, on an address of its own: what an operator watches is nothing for the
//! public. The address is `DIKA_METRICS_LISTEN`; without it nothing is measured.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use crate::services::{Services, backlog};

/// The environment variable that names the address.
pub const LISTEN_VARIABLE: &str = "DIKA_METRICS_LISTEN";

/// Orders that may still change by themselves, by `payment` and `claim`.
const OPEN_ORDERS: &str = "dika_open_orders";
/// Seconds since the first of them was made.
const OLDEST_OPEN_ORDER: &str = "dika_open_order_oldest_seconds";
/// Paid money that is neither at the card system nor on its way back, in fen.
const PAID_NOT_CREDITED: &str = "dika_paid_not_credited_fen";
/// How late the sweep is.
const SWEEP_LAG: &str = "dika_sweep_lag_seconds";
/// Messages in the outbox, and how late the first of them is.
const OUTBOX: &str = "dika_outbox_messages";
const OUTBOX_LAG: &str = "dika_outbox_lag_seconds";

/// How often what was measured is put in order, so that it does not grow between two looks.
const UPKEEP_EVERY: Duration = Duration::from_secs(10);

/// Where metrics are served, where that is set. `env` gives environment variables.
///
/// # Errors
/// One plain sentence where the setting is no address.
pub fn address(env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<SocketAddr>> {
    let text = env(LISTEN_VARIABLE).filter(|text| !text.is_empty());
    text.map(|text| {
        text.parse().with_context(|| {
            format!(
                "{LISTEN_VARIABLE}: {text} is no address to listen on; write 127.0.0.1:9090 or the like."
            )
        })
    })
    .transpose()
}

/// Measures from here on, and serves what was measured.
///
/// # Errors
/// Where something else measures already.
pub fn serve(listener: TcpListener, services: Services) -> anyhow::Result<()> {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|_| anyhow::anyhow!("Something else measures already."))?;
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut beat = tokio::time::interval(UPKEEP_EVERY);
        loop {
            beat.tick().await;
            upkeep.run_upkeep();
        }
    });
    tokio::spawn(async move { axum::serve(listener, router(services, handle)).await });
    Ok(())
}

/// What the address answers.
pub fn router(services: Services, handle: PrometheusHandle) -> Router {
    Router::new()
        .route("/metrics", get(metrics_text))
        .with_state((services, handle))
}

async fn metrics_text(State((services, handle)): State<(Services, PrometheusHandle)>) -> Response {
    if let Err(cause) = look(&services).await {
        tracing::error!(?cause, "metrics could not be read");
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, handle.render()).into_response()
}

/// Reads what the database says. States that nothing is in any more are written down as nothing.
async fn look(services: &Services) -> dika_store::Result<()> {
    let now = services.clock.now();
    let orders = services.store.open_orders().await?;
    let mut stuck_fen = 0;
    for payment in dika_contract::PaymentState::ALL {
        for claim in dika_contract::ClaimState::ALL {
            let (mut count, mut age_s) = (0, 0);
            for group in &orders {
                if (group.payment, group.claim) == (*payment, *claim) {
                    count += group.count;
                    age_s = age_s.max(now.since(group.oldest));
                }
            }
            let labels = [("payment", payment.as_str()), ("claim", claim.as_str())];
            metrics::gauge!(OPEN_ORDERS, &labels).set(whole(count));
            metrics::gauge!(OLDEST_OPEN_ORDER, &labels).set(whole(age_s));
        }
    }
    for group in &orders {
        if group.payment == dika_contract::PaymentState::Paid && !group.settled {
            stuck_fen += group.amount.get();
        }
    }
    let messages = services.store.waiting_messages().await?;
    let message_lag_s = messages.first_due.map_or(0, |due| now.since(due).max(0));
    metrics::gauge!(PAID_NOT_CREDITED).set(whole(stuck_fen));
    metrics::gauge!(SWEEP_LAG).set(whole(backlog::sweep_lag_s(services).await?));
    metrics::gauge!(OUTBOX).set(whole(messages.count));
    metrics::gauge!(OUTBOX_LAG).set(whole(message_lag_s));
    Ok(())
}

/// A whole number as the exporter takes it without rounding; what is larger is as good as the largest.
fn whole(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}
