use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::{
    clock,
    key::{self, Certificate, MerchantKey, PlatformKey, PlatformKeys, SealKey, same_serial},
    secret::Secret,
};

/// A certificate that ends within this time is worth a word before it does.
const SOON_S: i64 = 30 * 24 * 3600;

/// Where a value comes from, as one text in a configuration file:
/// `file:PATH` reads a file, `env:NAME` an environment variable, anything else is the value itself. Where PEM is asked
/// for, a text that holds no PEM is taken for a path.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Source(String);

impl Source {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    fn read(&self) -> Result<String, String> {
        if let Some(path) = self.0.strip_prefix("file:") {
            read_file(path)
        } else if let Some(name) = self.0.strip_prefix("env:") {
            std::env::var(name).map_err(|_| format!("the environment variable {name} is not set"))
        } else {
            Ok(self.0.clone())
        }
    }

    fn read_pem(&self) -> Result<String, String> {
        if self.0.contains("-----BEGIN")
            || self.0.starts_with("file:")
            || self.0.starts_with("env:")
        {
            self.read()
        } else if self.0.trim().is_empty() {
            Err("is not set".to_owned())
        } else {
            read_file(&self.0)
        }
    }
}

fn read_file(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path)
        .map_err(|error| format!("the file {path:?} can't be read: {error}"))
}

impl fmt::Debug for Source {
    /// Shows where to look, never a value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.starts_with("file:") || self.0.starts_with("env:") {
            write!(f, "Source({})", self.0)
        } else {
            f.write_str("Source(…)")
        }
    }
}

/// One of WeChat Pay's verifying keys, as configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformKeySettings {
    /// `PUB_KEY_ID_…` of a public key. A certificate brings its own serial; given too, it must agree.
    #[serde(default)]
    pub id: Option<String>,
    /// PEM of WeChat Pay's public key or platform certificate.
    pub pem: Source,
}

/// The hosts called. Only a simulator changes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostSettings {
    /// WeChat Pay's API.
    pub pay: String,
    /// The public platform's API: tokens, tickets, the swap of a sign-in code.
    pub api: String,
    /// The sign-in page that the browser is sent to.
    pub open: String,
    /// The page on which a user allows one message, to which the browser is sent.
    pub mp: String,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            pay: "https://api.mch.weixin.qq.com".to_owned(),
            api: "https://api.weixin.qq.com".to_owned(),
            open: "https://open.weixin.qq.com".to_owned(),
            mp: "https://mp.weixin.qq.com".to_owned(),
        }
    }
}

/// Everything that a school fills in, as plain text: deserialise it from a file, or build it from the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The merchant number (`mchid`).
    pub mchid: String,
    /// The official account's id (`appid`), bound to the merchant.
    pub appid: String,
    /// The official account's secret (`AppSecret`).
    pub app_secret: Source,
    /// The APIv3 key: 32 bytes.
    pub api_v3_key: Source,
    /// PEM of the merchant's private key (`apiclient_key.pem`).
    pub merchant_key: Source,
    /// Serial of the merchant's certificate. May be left out where the certificate itself is given.
    #[serde(default)]
    pub merchant_serial: Option<String>,
    /// PEM of the merchant's certificate (`apiclient_cert.pem`): lets its end and its key be checked.
    #[serde(default)]
    pub merchant_certificate: Option<Source>,
    /// WeChat Pay's verifying keys: all that may sign now, the old and the new one during a rotation.
    pub platform_keys: Vec<PlatformKeySettings>,
    /// Where WeChat Pay sends notifications of payments: https, no query.
    pub notify_url: String,
    /// Where it sends those of refunds; `notify_url` if left out.
    #[serde(default)]
    pub refund_notify_url: Option<String>,
    /// The template of one-time subscription messages, as the account's console shows it. Left out: no messages are
    /// offered.
    #[serde(default)]
    pub subscribe_template_id: Option<String>,
    /// The hosts called.
    #[serde(default)]
    pub hosts: HostSettings,
    /// Seconds allowed for one call, 1 to 60; 10 if left out.
    #[serde(default = "default_limit_s")]
    pub time_limit_s: u64,
}

fn default_limit_s() -> u64 {
    10
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Works today; look at it.
    Warning,
    /// Does not work.
    Error,
}

/// One thing wrong with the settings, in plain English and without any secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The setting's name, e.g. `api_v3_key` or `platform_keys[1].pem`.
    pub setting: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong and what to do; continues the setting's name as a sentence.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{mark}: {} {}", self.setting, self.message)
    }
}

/// Settings that can't be used, with every reason found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the WeChat settings can't be used:{}", .0.iter().map(|f| format!("\n  {f}")).collect::<String>())]
pub struct ConfigError(pub Vec<Finding>);

/// Checked configuration: cheap to clone, keys loaded, secrets redacted.
#[derive(Clone)]
pub struct Config(pub(crate) Arc<Checked>);

pub(crate) struct Checked {
    pub(crate) mchid: String,
    pub(crate) appid: String,
    pub(crate) app_secret: Secret,
    pub(crate) seal_key: SealKey,
    pub(crate) merchant_key: MerchantKey,
    pub(crate) merchant_serial: String,
    pub(crate) platform_keys: PlatformKeys,
    pub(crate) notify_url: String,
    pub(crate) refund_notify_url: String,
    pub(crate) pay_host: Url,
    pub(crate) api_host: Url,
    pub(crate) open_host: Url,
    pub(crate) mp_host: Url,
    pub(crate) subscribe_template_id: Option<String>,
    pub(crate) time_limit: Duration,
}

impl Config {
    /// Reads all files and keys, and checks them against this machine's clock.
    ///
    /// # Errors
    /// [`ConfigError`] with every finding, if one of them is an error.
    pub fn load(settings: &Settings) -> Result<Self, ConfigError> {
        let (config, findings) = read(settings, clock::unix_s());
        config.ok_or(ConfigError(findings))
    }

    /// The official account's id.
    #[must_use]
    pub fn appid(&self) -> &str {
        &self.0.appid
    }

    /// The merchant number.
    #[must_use]
    pub fn mchid(&self) -> &str {
        &self.0.mchid
    }

    /// The origin of the pay host: a simulator's own address, or Tencent's.
    #[must_use]
    pub fn pay_origin(&self) -> String {
        self.0.pay_host.origin().ascii_serialization()
    }

    /// Where payments are notified.
    #[must_use]
    pub fn notify_url(&self) -> &str {
        &self.0.notify_url
    }

    /// The ids of the verifying keys accepted now, for a page that shows the configuration.
    #[must_use]
    pub fn platform_key_ids(&self) -> Vec<&str> {
        self.0
            .platform_keys
            .0
            .iter()
            .map(|key| key.id.as_str())
            .collect()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("mchid", &self.0.mchid)
            .field("appid", &self.0.appid)
            .field("merchant_serial", &self.0.merchant_serial)
            .field("platform_keys", &self.platform_key_ids())
            .field("notify_url", &self.0.notify_url)
            .field("pay_host", &self.0.pay_host.as_str())
            .field("api_host", &self.0.api_host.as_str())
            .field("open_host", &self.0.open_host.as_str())
            .field("mp_host", &self.0.mp_host.as_str())
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Everything wrong with these settings now, errors first; empty if nothing is.
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        self.check_at(clock::unix_s())
    }

    /// The same for another time (Unix seconds): what will be wrong by then.
    #[must_use]
    pub fn check_at(&self, now_unix_s: i64) -> Vec<Finding> {
        read(self, now_unix_s).1
    }
}

/// Collects findings while reading.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, severity: Severity, setting: &str, message: impl Into<String>) {
        self.0.push(Finding {
            setting: setting.to_owned(),
            severity,
            message: message.into(),
        });
    }

    fn error(&mut self, setting: &str, message: impl Into<String>) {
        self.add(Severity::Error, setting, message);
    }

    fn warn(&mut self, setting: &str, message: impl Into<String>) {
        self.add(Severity::Warning, setting, message);
    }

    /// Keeps a good value, notes a bad one.
    fn keep<T>(&mut self, setting: &str, result: Result<T, String>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(message) => {
                self.error(setting, message);
                None
            }
        }
    }
}

/// Reads and checks everything at once: one pass that finds all, instead of stopping at the first.
fn read(settings: &Settings, now_unix_s: i64) -> (Option<Config>, Vec<Finding>) {
    let mut found = Findings::default();

    if !(8..=10).contains(&settings.mchid.len())
        || !settings.mchid.chars().all(|c| c.is_ascii_digit())
    {
        found.error("mchid", "must be the merchant number: 8 to 10 digits");
    }
    if settings.appid.len() != 18 || !settings.appid.starts_with("wx") || !settings.appid.is_ascii()
    {
        found.error(
            "appid",
            "must be the official account's id: \"wx\" and 16 more characters",
        );
    }
    let app_secret = found.keep(
        "app_secret",
        settings
            .app_secret
            .read()
            .and_then(|text| read_app_secret(&text)),
    );
    let seal_key = found.keep(
        "api_v3_key",
        settings
            .api_v3_key
            .read()
            .and_then(|text| read_seal_key(&text)),
    );
    let merchant_key = found.keep(
        "merchant_key",
        settings
            .merchant_key
            .read_pem()
            .and_then(|text| MerchantKey::from_pem(&text)),
    );
    let merchant_certificate = settings.merchant_certificate.as_ref().and_then(|source| {
        found.keep(
            "merchant_certificate",
            source
                .read_pem()
                .and_then(|text| Certificate::from_pem(&text)),
        )
    });
    if let Some(certificate) = &merchant_certificate {
        check_validity(&mut found, "merchant_certificate", certificate, now_unix_s);
        if let Some(key) = &merchant_key
            && key.public_der() != certificate.public_der
        {
            found.error(
                "merchant_certificate",
                "does not belong to merchant_key: take apiclient_cert.pem and apiclient_key.pem from the same download",
            );
        }
    }
    let merchant_serial = read_serial(&mut found, settings, merchant_certificate.as_ref());
    let platform_keys = read_platform_keys(
        &mut found,
        settings,
        merchant_key.as_ref(),
        merchant_certificate.as_ref(),
        now_unix_s,
    );

    let pay_host = read_host(&mut found, "hosts.pay", &settings.hosts.pay);
    let api_host = read_host(&mut found, "hosts.api", &settings.hosts.api);
    let open_host = read_host(&mut found, "hosts.open", &settings.hosts.open);
    let mp_host = read_host(&mut found, "hosts.mp", &settings.hosts.mp);
    if let Some(id) = &settings.subscribe_template_id
        && (!(1..=64).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_graphic()))
    {
        found.error(
            "subscribe_template_id",
            "must be the id as the account's console shows it",
        );
    }
    let notified_from_afar = pay_host.as_ref().is_some_and(|url| !is_this_machine(url));
    check_notify_url(
        &mut found,
        "notify_url",
        &settings.notify_url,
        notified_from_afar,
    );
    if let Some(url) = &settings.refund_notify_url {
        check_notify_url(&mut found, "refund_notify_url", url, notified_from_afar);
    }
    if !(1..=60).contains(&settings.time_limit_s) {
        found.error("time_limit_s", "must be 1 to 60 seconds");
    }

    let mut findings = found.0;
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    if findings
        .first()
        .is_some_and(|finding| finding.severity == Severity::Error)
    {
        return (None, findings);
    }
    let config = (|| {
        Some(Config(Arc::new(Checked {
            mchid: settings.mchid.clone(),
            appid: settings.appid.clone(),
            app_secret: app_secret?,
            seal_key: seal_key?,
            merchant_key: merchant_key?,
            merchant_serial: merchant_serial?,
            platform_keys: PlatformKeys(platform_keys),
            notify_url: settings.notify_url.clone(),
            refund_notify_url: settings
                .refund_notify_url
                .clone()
                .unwrap_or_else(|| settings.notify_url.clone()),
            pay_host: pay_host?,
            api_host: api_host?,
            open_host: open_host?,
            mp_host: mp_host?,
            subscribe_template_id: settings.subscribe_template_id.clone(),
            time_limit: Duration::from_secs(settings.time_limit_s),
        })))
    })();
    (config, findings)
}

fn read_app_secret(text: &str) -> Result<Secret, String> {
    let text = text.trim();
    if text.len() == 32 && text.chars().all(|c| c.is_ascii_alphanumeric()) {
        Ok(Secret::new(text))
    } else {
        Err(format!(
            "has {} characters; an AppSecret has 32 letters and digits",
            text.chars().count()
        ))
    }
}

fn read_seal_key(text: &str) -> Result<SealKey, String> {
    // A file ends with a line break that is no part of the key.
    let text = text.trim_end_matches(['\r', '\n']);
    SealKey::new(text.as_bytes()).ok_or_else(|| {
        format!("has {} bytes; the APIv3 key has exactly 32 (the merchant console: API security, APIv3 key)", text.len())
    })
}

fn read_serial(
    found: &mut Findings,
    settings: &Settings,
    certificate: Option<&Certificate>,
) -> Option<String> {
    let setting = "merchant_serial";
    match (&settings.merchant_serial, certificate) {
        (Some(serial), certificate) => {
            let serial = serial.trim().to_uppercase();
            if serial.is_empty()
                || serial.len() > 40
                || !serial.chars().all(|c| c.is_ascii_hexdigit())
            {
                found.error(setting, "must be the merchant certificate's serial: up to 40 hexadecimal digits, no colons");
                return None;
            }
            if let Some(certificate) = certificate
                && !same_serial(&serial, &certificate.serial)
            {
                found.error(
                    setting,
                    format!(
                        "is {serial}, but merchant_certificate has {}",
                        certificate.serial
                    ),
                );
                return None;
            }
            Some(serial)
        }
        (None, Some(certificate)) => Some(certificate.serial.clone()),
        (None, None) => {
            found.error(
                setting,
                "is not set: give it, or merchant_certificate to read it from",
            );
            None
        }
    }
}

fn read_platform_keys(
    found: &mut Findings,
    settings: &Settings,
    merchant_key: Option<&MerchantKey>,
    merchant_certificate: Option<&Certificate>,
    now_unix_s: i64,
) -> Vec<PlatformKey> {
    if settings.platform_keys.is_empty() {
        found.error(
            "platform_keys",
            "is empty: no answer or notification of WeChat Pay's could be believed",
        );
    }
    let mut keys: Vec<PlatformKey> = Vec::new();
    // Certificates whose time is over or has not come: with them, which setting and why.
    let mut out_of_date: Vec<(String, String)> = Vec::new();
    for (index, entry) in settings.platform_keys.iter().enumerate() {
        let name = format!("platform_keys[{index}].pem");
        let id_name = format!("platform_keys[{index}].id");
        let Some(text) = found.keep(&name, entry.pem.read_pem()) else {
            continue;
        };
        let key = if key::is_certificate(&text) {
            let Some(certificate) = found.keep(&name, Certificate::from_pem(&text)) else {
                continue;
            };
            if merchant_certificate.is_some_and(|own| same_serial(&own.serial, &certificate.serial))
            {
                found.error(&name, "is the merchant's own certificate; WeChat Pay's platform certificate is needed here");
                continue;
            }
            if let Some(id) = &entry.id
                && !same_serial(id, &certificate.serial)
            {
                found.error(
                    &id_name,
                    format!(
                        "is {id}, but the certificate's serial is {}",
                        certificate.serial
                    ),
                );
            }
            match validity(&certificate, now_unix_s) {
                Ok(None) => {}
                Ok(Some(soon)) => found.warn(&name, soon),
                Err(reason) => {
                    out_of_date.push((name, reason));
                    continue;
                }
            }
            PlatformKey {
                id: certificate.serial,
                public_der: certificate.public_der,
            }
        } else {
            let Some(public_der) = found.keep(&name, key::public_key_from_pem(&text)) else {
                continue;
            };
            match &entry.id {
                Some(id) if id.starts_with("PUB_KEY_ID_") && id.len() > 11 => PlatformKey {
                    id: id.clone(),
                    public_der,
                },
                _ => {
                    found.error(&id_name, "must be the public key's id as the merchant console shows it: PUB_KEY_ID_…");
                    continue;
                }
            }
        };
        if merchant_key.is_some_and(|own| own.public_der() == key.public_der) {
            found.error(
                &name,
                "is the merchant's own key; WeChat Pay's is needed here",
            );
        } else if keys.iter().any(|other| same_serial(&other.id, &key.id)) {
            found.error(&name, format!("repeats the key {}", key.id));
        } else {
            keys.push(key);
        }
    }
    for (name, reason) in out_of_date {
        // Left in after a rotation, it must not stop the start: the other key is what counts.
        if keys.is_empty() {
            found.error(&name, reason);
        } else {
            found.warn(
                &name,
                format!("{reason}; it is not used, and another key is"),
            );
        }
    }
    keys
}

fn check_validity(found: &mut Findings, setting: &str, certificate: &Certificate, now_unix_s: i64) {
    match validity(certificate, now_unix_s) {
        Ok(None) => {}
        Ok(Some(soon)) => found.warn(setting, soon),
        Err(reason) => found.error(setting, reason),
    }
}

/// Whether a certificate is in date: a word where it ends soon, the reason where it is not.
fn validity(certificate: &Certificate, now_unix_s: i64) -> Result<Option<String>, String> {
    let (from, until) = (certificate.not_before_unix_s, certificate.not_after_unix_s);
    if now_unix_s > until {
        Err(format!(
            "expired on {}: renew it ({})",
            day(until),
            certificate.subject
        ))
    } else if now_unix_s < from {
        Err(format!(
            "is valid only from {}: is this machine's clock right?",
            day(from)
        ))
    } else {
        Ok((until - now_unix_s < SOON_S)
            .then(|| format!("expires on {}: renew it before then", day(until))))
    }
}

/// A date for people, in UTC.
fn day(unix_s: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(unix_s)
        .map_or_else(|_| "an unknown day".to_owned(), |t| t.date().to_string())
}

fn read_host(found: &mut Findings, setting: &str, text: &str) -> Option<Url> {
    let Ok(url) = Url::parse(text) else {
        found.error(setting, "is not an address");
        return None;
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_this_machine(&url)) {
        found.error(
            setting,
            "must be https; plain http is accepted for this machine only",
        );
        return None;
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        found.error(setting, "must be a host alone, with no path or query");
        return None;
    }
    Some(url)
}

fn check_notify_url(found: &mut Findings, setting: &str, text: &str, notified_from_afar: bool) {
    let Ok(url) = Url::parse(text) else {
        found.error(setting, "is not an address");
        return;
    };
    if text.len() > 256 {
        found.error(setting, "is longer than 256 characters");
    }
    if url.query().is_some() || url.fragment().is_some() {
        found.error(
            setting,
            "must have no query and no fragment: WeChat Pay refuses it",
        );
    }
    if is_this_machine(&url) {
        if notified_from_afar {
            found.error(setting, "points at this machine; WeChat Pay can't reach it");
        }
    } else if url.scheme() != "https" {
        found.error(setting, "must be https");
    }
}

/// Whether an address can only mean this machine.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}
