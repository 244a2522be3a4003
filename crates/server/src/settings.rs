use std::path::PathBuf;

use dika_contract::Directory;
use dika_store::hidden_cards::VouchLimits;
use ipnet::IpNet;

/// What a server is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// Real people and real money.
    Production,
    /// Invented people and money, on this machine; only the sandbox's own program starts it.
    Sandbox,
}

/// Why these: docs/decisions/0006-a-number-that-changed-hands.md.
pub const SIGN_IN_DEFAULT: VouchLimits = VouchLimits {
    known_device_s: 120 * 86_400,
    new_device_s: 45 * 86_400,
};

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
    /// How long a proof of a phone number speaks for the same person.
    pub sign_in: VouchLimits,
    /// What is the same for all students, limits and hours included.
    pub directory: Directory,
}

impl Settings {
    /// Whether people reach this server by https, so that cookies and browsers may insist on it.
    pub fn is_encrypted(&self) -> bool {
        let origin = self.public_origin.as_deref();
        origin.is_some_and(|origin| origin.starts_with("https://"))
    }

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
            sign_in: SIGN_IN_DEFAULT,
            directory,
        }
    }
}
