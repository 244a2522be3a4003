//! WeChat around the app: sign-in, notifications of payments, signed pages. The protocols themselves
//! are `dika_wechat`'s; WeChat Pay as a provider is [`crate::adapters::wechat_gateway`].

/// Pages signed for the JS-SDK.
mod js_config;
/// What WeChat Pay tells by itself.
mod notify;
/// Signing in inside WeChat.
mod sign_in;
/// Who a proven WeChat user is here, and when two accounts are one person's.
mod who;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::routing::{get, post};
use dika_contract::{PayChannel, endpoint};
use dika_wechat::pay::Pay;
use dika_wechat::{ConfigError, js::Js, oauth::OAuth};

pub use js_config::SignedPage;
pub use sign_in::{AUTHORIZE, CALLBACK};

use crate::AppState;
use crate::adapters::wechat_gateway::WechatGateway;
use dika_core::clock::Clock;
use dika_store::Store;

/// The kind of identity that an openid is.
pub const IDENTITY: &str = "wechat";

/// WeChat, connected.
#[derive(Clone)]
pub struct Wechat {
    /// WeChat Pay.
    pub gateway: Arc<WechatGateway>,
    /// Where WeChat Pay answers: a simulator's address in a sandbox.
    pub pay_origin: String,
    oauth: OAuth,
    js: Js,
    /// Where people reach the app, without a slash at the end.
    origin: String,
}

impl Wechat {
    /// Connects WeChat. `origin` is where people reach the app: `https://…` without a path.
    ///
    /// # Errors
    /// Where the system's TLS roots cannot be loaded.
    pub fn new(
        config: &dika_wechat::Config,
        store: Store,
        clock: Arc<dyn Clock>,
        origin: &str,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            gateway: Arc::new(WechatGateway::new(Pay::new(config)?, store, clock, origin)),
            oauth: OAuth::new(config)?,
            js: Js::new(config)?,
            pay_origin: config.pay_origin(),
            origin: origin.to_owned(),
        })
    }
}

/// What lies below the API's base path.
pub fn api_router() -> Router<AppState> {
    Router::new()
        .route(endpoint::WECHAT_NOTIFY, post(notify::take))
        .route(endpoint::WECHAT_JS_CONFIG, get(js_config::sign))
}

/// What a browser is sent to.
pub fn page_router() -> Router<AppState> {
    Router::new()
        .route(AUTHORIZE, get(sign_in::authorize))
        .route(CALLBACK, get(sign_in::callback))
}

/// Where the student is, by the user agent: for apps that leave it to the server.
pub fn channel_of(headers: &HeaderMap) -> PayChannel {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    PayChannel::of_user_agent(agent)
}
