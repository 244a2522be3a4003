use std::time::Duration;

use dika_connector::Op;
use dika_connector::client::{Fault, Observer};
use dika_contract::Issuer;

/// Seconds that a call to a connector took, by `issuer`, `op` and `answer` (`given`, or what was wrong).
pub const CONNECTOR_SECONDS: &str = "dika_connector_seconds";

/// Tells log and metrics about calls to connectors: whose, what, how long, and what was wrong with the answer. Nothing of a
/// call's or answer's content but the name of a field that is wrong.
#[derive(Clone, Copy, Debug)]
pub struct ConnectorLog;

impl Observer for ConnectorLog {
    fn called(&self, issuer: Issuer, op: Op, took: Duration, fault: Option<&Fault>) {
        metrics::histogram!(
            CONNECTOR_SECONDS,
            "issuer" => issuer.as_str(),
            "op" => op.as_str(),
            "answer" => fault.map_or("given", Fault::as_str)
        )
        .record(took);
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match fault {
            None => tracing::debug!(%issuer, %op, ms, "connector answered"),
            // Nothing was asked: the calls before were logged.
            Some(fault @ Fault::BreakerOpen(_)) => {
                tracing::debug!(%issuer, %op, kind = fault.as_str(), "connector not asked");
            }
            Some(fault) => {
                tracing::warn!(%issuer, %op, ms, kind = fault.as_str(), %fault, "connector gave no good answer");
            }
        }
    }
}
