use std::time::Duration;

use reqwest::RequestBuilder;
use url::{Host, Url};

use dika_core::sms::{Outcome, Refusal};

/// A longer answer is not a provider's: theirs take a few hundred bytes.
const BODY_LIMIT: usize = 64 << 10;

/// A client that waits `limit` for a whole call to `endpoint`.
pub(crate) fn client(endpoint: &Url, limit: Duration) -> Result<reqwest::Client, reqwest::Error> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("dika-sms/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(limit.min(Duration::from_secs(3)))
        .timeout(limit)
        // Providers never redirect these calls; following one would carry a signature elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        // A kept connection that the other side just dropped looks like a lost answer.
        .pool_idle_timeout(Duration::from_secs(20))
        // A request that reached the provider may have sent a message: never repeat one.
        .retry(reqwest::retry::never());
    if is_this_machine(endpoint) {
        builder = builder.no_proxy();
    }
    builder.build()
}

/// Sends a request and reads the whole body, whatever its status: both providers say in the body what happened.
///
/// # Errors
/// The outcome where there is no body to read.
pub(crate) async fn send(request: RequestBuilder) -> Result<Vec<u8>, Outcome> {
    let failed = |error: reqwest::Error| {
        // A time-out while connecting is both; nothing was sent then.
        if error.is_connect() || error.is_builder() {
            Outcome::Refused(Refusal::Unreachable)
        } else {
            Outcome::MaybeSent
        }
    };
    let mut response = request.send().await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Outcome::MaybeSent)? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(Outcome::MaybeSent);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The `host` header of a request to this address: with the port where it is not the scheme's own.
pub(crate) fn host_header(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
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
