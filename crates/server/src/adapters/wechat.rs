use std::sync::Arc;

use dika_core::clock::Clock;
use dika_core::messenger::Messenger;
use dika_store::Store;
use dika_wechat::pay::Pay;
use dika_wechat::{ConfigError, js::Js, oauth::OAuth, subscribe::Subscribe};

use crate::adapters::wechat_gateway::WechatGateway;
use crate::adapters::wechat_messenger::WechatMessenger;

/// WeChat, connected.
#[derive(Clone)]
pub struct Wechat {
    /// WeChat Pay.
    pub gateway: Arc<WechatGateway>,
    /// Where WeChat Pay answers: a simulator's address in a sandbox.
    pub pay_origin: String,
    /// Sign-in.
    pub oauth: OAuth,
    /// Signatures for pages.
    pub js: Js,
    subscribe: Option<Subscribe>,
    /// Where people reach the app, without a slash at the end.
    pub origin: String,
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
        let js = Js::new(config)?;
        Ok(Self {
            subscribe: Subscribe::new(config, &js)?,
            gateway: Arc::new(WechatGateway::new(Pay::new(config)?, store, clock, origin)),
            oauth: OAuth::new(config)?,
            js,
            pay_origin: config.pay_origin(),
            origin: origin.to_owned(),
        })
    }

    /// What sends messages, where the settings name a template for them.
    pub fn messenger(&self) -> Option<Arc<dyn Messenger>> {
        let subscribe = self.subscribe.clone()?;
        Some(Arc::new(WechatMessenger::new(subscribe, &self.origin)))
    }
}
