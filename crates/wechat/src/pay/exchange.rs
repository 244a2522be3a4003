//! The seam for the simulation: answers that come from a model and not from the network.

use std::pin::Pin;

use http::Method;
use serde_json::Value;

use crate::http::NetworkFault;

/// Status and body of a call, once they are there.
pub type Exchanged<'a> =
    Pin<Box<dyn Future<Output = Result<(u16, Vec<u8>), NetworkFault>> + Send + 'a>>;

/// Somebody who stands between the client and the network, and gives each call its answer: unsigned, and believed all the
/// same. That is why no program that serves is built with it.
pub trait Exchange: std::fmt::Debug + Send + Sync {
    /// Gives a call's status and body.
    fn exchange<'a>(
        &'a self,
        method: &'a Method,
        path: &'a [&'a str],
        body: Option<&'a Value>,
    ) -> Exchanged<'a>;
}
