use axum::http::{HeaderMap, HeaderValue, header};
use dika_contract::PayChannel;

/// Stands in the user agents of all of WeChat's browsers, WeCom's included.
const WECHAT: &[u8] = b"MicroMessenger";

/// Whether one of WeChat's browsers asks.
pub fn is_in_wechat(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT);
    let agent = agent.map_or(&b""[..], HeaderValue::as_bytes);
    let mut parts = agent.windows(WECHAT.len());
    parts.any(|part| part.eq_ignore_ascii_case(WECHAT))
}

/// Where the student is, by the user agent: for apps that leave it to the server.
pub fn channel_of(headers: &HeaderMap) -> PayChannel {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    PayChannel::of_user_agent(agent)
}
