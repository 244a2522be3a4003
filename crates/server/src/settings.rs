use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use dika_connector::Keyring;
use dika_contract::{Directory, Issuer, TerminalKind};
use dika_store::hidden_cards::VouchLimits;
use ipnet::IpNet;
use serde::Deserialize;

/// What a server is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// Real people and real money.
    Production,
    /// The production program beside simulators on this machine: invented people and money.
    Rehearsal,
    /// Invented people and money, on this machine; only the sandbox's own program starts it.
    Sandbox,
}

/// Why these: docs/decisions/0006-a-number-that-changed-hands.md.
pub const SIGN_IN_DEFAULT: VouchLimits = VouchLimits {
    known_device_s: 120 * 86_400,
    new_device_s: 45 * 86_400,
};

/// Who runs this installation, as its pages on privacy and terms say it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The day since which these words apply.
    pub since: String,
    /// In Chinese.
    pub zh: OperatorWords,
    /// In English.
    pub en: OperatorWords,
}

/// What an operator says in one language.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorWords {
    /// Who runs the service and receives the money.
    pub name: String,
    /// Where to ask about one's data, or to complain.
    pub contact: String,
    /// How long accounts and orders are kept: whole sentences.
    pub retention: String,
    /// More on privacy; may have several lines, or none.
    #[serde(default)]
    pub privacy: String,
    /// More terms; may have several lines, or none.
    #[serde(default)]
    pub terms: String,
}

/// A machine at which cards are laid, where the built-in ledger keeps the cards.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What kind it is: decides whose money it releases.
    pub kind: TerminalKind,
    /// What signs its calls.
    pub keys: Keyring,
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
    /// How long a proof of a phone number speaks for the same person.
    pub sign_in: VouchLimits,
    /// Who runs this, for the pages on privacy and terms; absent: they say that it was not filled in.
    pub operator: Option<Operator>,
    /// What is the same for all students, limits and hours included.
    pub directory: Arc<Directory>,
    /// What signs each connector's callbacks.
    pub callbacks: BTreeMap<Issuer, Keyring>,
    /// The machines that may send taps, by name.
    pub machines: BTreeMap<String, Machine>,
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
            operator: None,
            directory: Arc::new(directory),
            callbacks: BTreeMap::new(),
            machines: BTreeMap::new(),
        }
    }
}
