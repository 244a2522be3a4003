use axum::http::{HeaderMap, header};
use dika_contract::PayChannel;

/// Where the student is, by the user agent: for apps that leave it to the server.
pub fn channel_of(headers: &HeaderMap) -> PayChannel {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    PayChannel::of_user_agent(agent)
}
