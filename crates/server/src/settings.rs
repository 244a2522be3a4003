use std::path::PathBuf;
use std::sync::Arc;

use dika_contract::Directory;
use dika_core::card_system::CardSystem;
use dika_core::clock::Clock;
use dika_core::directory::DirectorySource;
use dika_core::ids::Ids;
use dika_core::payment_gateway::PaymentGateway;
use dika_core::sms::SmsSender;
use dika_store::Store;
use ipnet::IpNet;

use crate::wechat::Wechat;

/// What every handler may use. Clones share everything.
#[derive(Clone)]
pub struct AppState {
    /// Everything that is kept.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub ids: Arc<dyn Ids>,
    /// The schools' card systems.
    pub cards: Arc<dyn CardSystem>,
    /// The payment provider.
    pub gateway: Arc<dyn PaymentGateway>,
    /// WeChat, where it is connected: sign-in, notifications, signed pages.
    pub wechat: Option<Arc<Wechat>>,
    /// Sends SMS codes.
    pub sms: Arc<dyn SmsSender>,
    /// Issuers, wallets, limits and hours.
    pub directory: Arc<dyn DirectorySource>,
    /// What the operator set.
    pub settings: Arc<Settings>,
}

/// What a server is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// Real people and real money.
    Production,
    /// Invented people and money, on this machine; only the sandbox's own program starts it.
    Sandbox,
}

/// What the operator set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What this server is for.
    pub deployment: Deployment,
    /// Whether sign-in by WeChat is set up.
    pub wechat: bool,
    /// Answers 503 `maintenance` to every call but health.
    pub maintenance: bool,
    /// Whether browsers may keep the app for times without a network. Off: `/sw.js` answers a worker
    /// that removes whatever worker a browser has.
    pub service_worker: bool,
    /// Where people reach this server, `https://…` without a path; decides about `Secure` cookies.
    /// Absent: plain HTTP on this machine.
    pub public_origin: Option<String>,
    /// Other origins whose apps may call with credentials.
    pub allowed_origins: Vec<String>,
    /// The built app; absent: the API alone.
    pub app_dir: Option<PathBuf>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Holds WeChat's `MP_verify_*.txt` files; absent: they are answered 404.
    pub verify_dir: Option<PathBuf>,
    /// Where the app's pages call the API when it is another origin than their own.
    pub api_origin: Option<String>,
    /// What is the same for all students, limits and hours included.
    pub directory: Directory,
}

impl Settings {
    /// A server for this machine: plain HTTP, the API alone.
    pub fn on_this_machine(deployment: Deployment, directory: Directory) -> Self {
        Self {
            deployment,
            wechat: false,
            maintenance: false,
            service_worker: true,
            public_origin: None,
            allowed_origins: Vec::new(),
            app_dir: None,
            trusted_proxies: Vec::new(),
            verify_dir: None,
            api_origin: None,
            directory,
        }
    }
}
