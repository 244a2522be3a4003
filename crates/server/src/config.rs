//! What an operator sets. The command line wins over the environment, the environment over the file.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use dika_contract::directory::Bilingual;
use dika_contract::{Directory, endpoint};
use dika_wechat::Severity;
use ipnet::IpNet;
use serde::Deserialize;
use url::{Host, Url};

use crate::adapters::wechat::Wechat;
use crate::check_connector::CheckConnector;
use crate::settings::{Deployment, Operator, SIGN_IN_DEFAULT, Settings};
use dika_core::clock::Clock;
use dika_store::Store;
use dika_store::hidden_cards::VouchLimits;

/// Where the server listens where nobody says otherwise.
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
/// Where the database lies where nobody says otherwise.
const DEFAULT_DATA: &str = "data";

/// The command line of `dika-server`.
#[derive(Debug, Parser)]
#[command(
    name = "dika-server",
    version,
    about = "The reference API of Dika, and the app beside it."
)]
pub struct CommandLine {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to serve.
    #[command(flatten)]
    pub options: Options,
}

/// What to do instead of serving.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Reads the settings and says in plain words what is right and what is not.
    CheckConfig {
        /// Also asks WeChat Pay and the official account whether they know these settings. Orders nothing.
        #[arg(long)]
        online: bool,
    },
    /// Tests a school's connector: prints a table of what held and what is broken. Moves money on test accounts only.
    CheckConnector(Box<CheckConnector>),
}

/// How to serve.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// The built app; without it, only the API is served.
    #[arg(long, global = true, value_name = "DIR")]
    pub app_dir: Option<PathBuf>,
    /// Where the database lies; made if it is not there [default: data].
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A TOML file with settings.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The settings file. Every key can also come as an environment variable, `DIKA_` and the key in
/// capitals; lists are separated by commas there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Option<String>,
    data_dir: Option<PathBuf>,
    app_dir: Option<PathBuf>,
    database_url: Option<String>,
    public_url: Option<String>,
    allowed_origins: Option<Vec<String>>,
    api_origin: Option<String>,
    verify_dir: Option<PathBuf>,
    trusted_proxies: Option<Vec<String>>,
    maintenance: Option<bool>,
    service_worker: Option<bool>,
    wechat: Option<WechatSection>,
    sms: Option<SmsSection>,
    sign_in: Option<SignInSection>,
    operator: Option<Operator>,
}

/// The `[sign_in]` table: when cards are hidden until their password is given again.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SignInSection {
    reverify_after_days: Option<u32>,
    new_device_after_days: Option<u32>,
}

impl SignInSection {
    fn limits(self) -> VouchLimits {
        let seconds =
            |days: Option<u32>, default| days.map_or(default, |days| i64::from(days) * 86_400);
        VouchLimits {
            known_device_s: seconds(self.reverify_after_days, SIGN_IN_DEFAULT.known_device_s),
            new_device_s: seconds(self.new_device_after_days, SIGN_IN_DEFAULT.new_device_s),
        }
    }
}

/// The `[sms]` table as it was written. Holds a secret, so `Debug` names only its keys.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct SmsSection(toml::Table);

/// The `[wechat]` table as it was written: who connects WeChat reads it. Holds secrets, so `Debug`
/// names only its keys.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct WechatSection(pub toml::Table);

/// Everything that the server needs to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where files of the server's own lie.
    pub data_dir: PathBuf,
    /// The database, where it is not the embedded one in `data_dir`. May hold a password.
    pub database_url: Option<Private>,
    /// What handlers see.
    pub settings: Settings,
    /// WeChat's credentials, where given.
    pub wechat: Option<WechatSection>,
    /// The SMS provider's credentials, where given.
    pub sms: Option<SmsSection>,
}

/// Text that is not to be shown.
#[derive(Clone)]
pub struct Private(String);

/// One thing that `check-config` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the server works with it.
    pub good: bool,
    /// A plain sentence.
    pub text: String,
}

/// The keys of `[wechat.hosts]`.
const HOSTS: [&str; 3] = ["pay", "api", "open"];

impl fmt::Debug for WechatSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl fmt::Debug for SmsSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl SmsSection {
    /// The provider, ready to be asked.
    ///
    /// # Errors
    /// Plain sentences that name settings and no value.
    pub fn connect(&self) -> anyhow::Result<dika_sms::Provider> {
        let settings: dika_sms::Settings =
            toml::Value::Table(self.0.clone())
                .try_into()
                .map_err(|fault: toml::de::Error| {
                    let message = fault.message();
                    // Only these kinds of message quote names alone; others quote values.
                    let names_only = ["missing field", "unknown field", "unknown variant"];
                    if names_only.iter().any(|start| message.starts_with(start)) {
                        anyhow::anyhow!("[sms]: {message}")
                    } else {
                        anyhow::anyhow!("[sms]: a value is of the wrong kind")
                    }
                })?;
        dika_sms::Provider::new(&settings, crate::services::sign_in::CODE_MINUTES)
            .map_err(|fault| anyhow::anyhow!("[sms]: {fault}"))
    }
}

impl WechatSection {
    /// Whether all three of Tencent's hosts are replaced by ones on this machine, as a simulator's are.
    pub fn is_simulator(&self) -> bool {
        HOSTS
            .iter()
            .all(|name| self.host(name).is_some_and(is_on_this_machine))
    }

    /// Those of Tencent's hosts that are replaced by ones on this machine.
    fn simulated_hosts(&self) -> Vec<&'static str> {
        HOSTS
            .into_iter()
            .filter(|name| self.host(name).is_some_and(is_on_this_machine))
            .collect()
    }

    fn host(&self, name: &str) -> Option<&str> {
        self.0.get("hosts")?.as_table()?.get(name)?.as_str()
    }
}

impl WechatSection {
    /// The settings, each of the right kind. `notify_url` may be left out: this server knows its own.
    ///
    /// # Errors
    /// One sentence that names what is missing or unknown, and no value.
    pub fn settings(&self, origin: Option<&str>) -> anyhow::Result<dika_wechat::Settings> {
        let mut table = self.0.clone();
        if let Some(origin) = origin {
            table
                .entry("notify_url")
                .or_insert_with(|| notify_url(origin).into());
        }
        // Secrets may also come from the environment where the file names none.
        for (key, variable) in [
            ("app_secret", "DIKA_WECHAT_APP_SECRET"),
            ("api_v3_key", "DIKA_WECHAT_API_V3_KEY"),
            ("merchant_key", "DIKA_WECHAT_MERCHANT_KEY"),
        ] {
            table
                .entry(key)
                .or_insert_with(|| format!("env:{variable}").into());
        }
        toml::Value::Table(table)
            .try_into()
            .map_err(|fault: toml::de::Error| {
                let message = fault.message();
                // Only these two kinds of message quote names alone; others quote values.
                if message.starts_with("missing field") || message.starts_with("unknown field") {
                    anyhow::anyhow!("[wechat]: {message}")
                } else {
                    anyhow::anyhow!(
                        "[wechat]: a value is of the wrong kind; all are texts but time_limit_s"
                    )
                }
            })
    }
}

impl Private {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(…)")
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.good { "ok     " } else { "problem" };
        write!(f, "{mark}  {}", self.text)
    }
}

impl Config {
    /// Puts the settings together. `env` gives environment variables.
    ///
    /// # Errors
    /// One plain sentence for the operator; it names the setting and never a secret.
    pub fn read(
        options: &Options,
        deployment: Deployment,
        env: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let file = File::read(options.config.as_deref())?.with_env(env)?;
        let listen = options
            .listen
            .clone()
            .or(file.listen)
            .unwrap_or(DEFAULT_LISTEN.to_owned());
        let listen = listen.parse().with_context(|| {
            format!("{listen} is no address to listen on; write 127.0.0.1:8080 or the like.")
        })?;
        let public_origin = file
            .public_url
            .map(|url| {
                origin(&url).with_context(|| {
                    format!("public_url: {url} is no address like https://dika.example.edu.")
                })
            })
            .transpose()?;
        let api_origin = file
            .api_origin
            .map(|url| {
                origin(&url).with_context(|| {
                    format!("api_origin: {url} is no origin like https://api.example.edu.")
                })
            })
            .transpose()?;
        let allowed_origins = file
            .allowed_origins
            .unwrap_or_default()
            .iter()
            .map(|url| {
                origin(url).with_context(|| {
                    format!("allowed_origins: {url} is no origin like https://dika.example.edu.")
                })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let trusted_proxies = file
            .trusted_proxies
            .unwrap_or_default()
            .iter()
            .map(|text| {
                net(text).with_context(|| {
                    format!(
                        "trusted_proxies: {text} is no address or net like 127.0.0.1 or 10.0.0.0/8."
                    )
                })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut directory: Directory = serde_json::from_str(Directory::SEED_JSON)
            .context("The built-in directory cannot be read.")?;
        directory.operator = file.operator.as_ref().map(|operator| Bilingual {
            zh: operator.zh.name.clone(),
            en: operator.en.name.clone(),
        });
        Ok(Self {
            listen,
            data_dir: options
                .data
                .clone()
                .or(file.data_dir)
                .unwrap_or(DEFAULT_DATA.into()),
            database_url: file.database_url.map(Private),
            settings: Settings {
                deployment,
                wechat: file.wechat.is_some(),
                maintenance: file.maintenance.unwrap_or(false),
                service_worker: file.service_worker.unwrap_or(true),
                public_origin,
                allowed_origins,
                app_dir: options.app_dir.clone().or(file.app_dir),
                trusted_proxies,
                verify_dir: file.verify_dir,
                api_origin,
                sign_in: file.sign_in.unwrap_or_default().limits(),
                operator: file.operator,
                directory,
            },
            wechat: file.wechat,
            sms: file.sms,
        })
    }

    /// Where the database is; makes the data folder where the embedded one is used.
    ///
    /// # Errors
    /// One plain sentence where the folder cannot be made.
    pub fn open_data(&self) -> anyhow::Result<String> {
        if let Some(url) = &self.database_url {
            return Ok(url.expose().to_owned());
        }
        make_private_folder(&self.data_dir)
            .and_then(|()| self.data_dir.canonicalize())
            .map(|folder| embedded_url(&folder.join("dika.db")))
            .with_context(|| {
                format!(
                    "The data folder {} cannot be made or opened.",
                    self.data_dir.display()
                )
            })
    }

    /// What is right and what is not, one sentence each.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = vec![good(format!("listens on {}", self.listen))];
        let settings = &self.settings;
        findings.push(match &settings.public_origin {
            Some(origin) if origin.starts_with("https://") => good(format!(
                "people reach the app at {origin}; cookies are marked Secure"
            )),
            Some(origin) if is_on_this_machine(origin) => {
                good(format!("people reach the app at {origin}"))
            }
            Some(origin) => bad(format!(
                "public_url {origin} is not https: WeChat and browsers refuse it"
            )),
            None if settings.deployment == Deployment::Sandbox => {
                good("no public_url: plain http on this machine")
            }
            None => bad("public_url is missing: cookies would not be marked Secure"),
        });
        findings.push(match &self.database_url {
            Some(url) if url.expose().starts_with("postgres") => good("database: PostgreSQL"),
            Some(url) if url.expose().starts_with("sqlite:") => {
                good("database: SQLite at database_url")
            }
            Some(_) => bad("database_url starts with neither postgres: nor sqlite:"),
            None => good(format!("database: SQLite in {}", self.data_dir.display())),
        });
        findings.push(match &settings.app_dir {
            None => good("no app_dir: only the API is served"),
            Some(folder) if folder.join("index.html").is_file() => {
                good(format!("the app lies in {}", folder.display()))
            }
            Some(folder) => bad(format!(
                "{} holds no index.html: the app is not built",
                folder.display()
            )),
        });
        if !settings.service_worker {
            findings.push(good(
                "service_worker is off: browsers remove theirs, and the app needs a network",
            ));
        }
        findings.push(match &settings.verify_dir {
            None if self.has_real_wechat() => bad(
                "verify_dir is missing: WeChat's domain check would find no MP_verify_….txt here",
            ),
            None => good("no verify_dir: MP_verify files are answered 404"),
            Some(folder) => match verify_files(folder) {
                0 => bad(format!(
                    "verify_dir {} holds no MP_verify_….txt",
                    folder.display()
                )),
                count => good(format!(
                    "verify_dir: {count} file(s) for WeChat's domain check"
                )),
            },
        });
        if !settings.allowed_origins.is_empty() {
            findings.push(good(format!(
                "apps on these origins may call: {}",
                settings.allowed_origins.join(", ")
            )));
        }
        if !settings.trusted_proxies.is_empty() {
            let nets: Vec<String> = settings
                .trusted_proxies
                .iter()
                .map(ToString::to_string)
                .collect();
            findings.push(good(format!(
                "X-Forwarded-For is believed from {}",
                nets.join(", ")
            )));
        }
        findings.push(match (&settings.operator, settings.deployment) {
            (Some(operator), _) => good(format!("/privacy and /terms name {}", operator.zh.name)),
            (None, Deployment::Sandbox) => good("/privacy and /terms say that this is a sandbox"),
            (None, Deployment::Production) => bad(
                "[operator] is missing: /privacy and /terms can't say who runs this, nor for how long data is kept",
            ),
        });
        match (&self.sms, settings.deployment) {
            (Some(section), _) => findings.push(match section.connect() {
                Ok(_) => good("[sms] can be used; a code sent to your own phone proves it"),
                Err(fault) => bad(format!("{fault}")),
            }),
            (None, Deployment::Sandbox) => findings.push(good("sandbox: codes by SMS are shown at /sandbox")),
            (None, Deployment::Production) => findings.push(good(
                "no [sms]: people sign in by WeChat alone, and cards that ask for a phone number can't be bound",
            )),
        }
        match (&self.wechat, settings.deployment) {
            (Some(section), _) => self.check_wechat(section, &mut findings),
            (None, Deployment::Sandbox) => findings.push(good("sandbox: payments are invented")),
            (None, Deployment::Production) => {
                findings.push(bad("[wechat] is missing: nothing could take a payment"))
            }
        }
        findings
    }

    /// Fails where simulated payments could top up real cards.
    ///
    /// # Errors
    /// One plain sentence that names the hosts on this machine.
    pub fn refuse_simulators(&self) -> anyhow::Result<()> {
        let hosts = self
            .wechat
            .as_ref()
            .map(WechatSection::simulated_hosts)
            .unwrap_or_default();
        if hosts.is_empty() {
            return Ok(());
        }
        bail!("{}.", simulated(&hosts))
    }

    /// Whether `[wechat]` names Tencent's own hosts.
    fn has_real_wechat(&self) -> bool {
        self.wechat
            .as_ref()
            .is_some_and(|section| !section.is_simulator())
    }

    /// The `[wechat]` settings, and what has to be typed into WeChat's consoles.
    fn check_wechat(&self, section: &WechatSection, findings: &mut Vec<Finding>) {
        match (section.simulated_hosts(), self.settings.deployment) {
            (hosts, _) if hosts.is_empty() => {}
            (_, Deployment::Sandbox) => findings.push(good("[wechat] points to a simulator")),
            (hosts, Deployment::Production) => findings.push(bad(simulated(&hosts))),
        }
        let Some(origin) = &self.settings.public_origin else {
            findings.push(bad(
                "[wechat] needs public_url: people come back to it from WeChat",
            ));
            return;
        };
        let settings = match section.settings(Some(origin)) {
            Ok(settings) => settings,
            Err(fault) => {
                findings.push(bad(fault.to_string()));
                return;
            }
        };
        let found = settings.check();
        findings.extend(found.iter().map(|finding| Finding {
            good: finding.severity == Severity::Warning,
            text: format!("[wechat] {finding}"),
        }));
        if settings.notify_url != notify_url(origin) {
            findings.push(bad(format!(
                "[wechat] notify_url is not {}: notifications would not arrive; leave it out",
                notify_url(origin)
            )));
        }
        if found
            .iter()
            .any(|finding| finding.severity == Severity::Error)
        {
            return;
        }
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        let keys = dika_wechat::Config::load(&settings)
            .map_or(0, |config| config.platform_key_ids().len());
        findings.extend([
            good(format!(
                "[wechat] merchant {}, official account {}, {keys} verifying key(s): all readable and in date",
                settings.mchid, settings.appid
            )),
            good(format!("to set in WeChat: JSAPI payment directory {origin}/")),
            good(format!("to set in WeChat: H5 payment domain {host}")),
            good(format!(
                "to set in WeChat: web sign-in domain, JS-SDK domain and business domain {host}"
            )),
        ]);
    }

    /// WeChat, connected: nothing where it is not set up.
    ///
    /// # Errors
    /// Plain sentences for the operator; they name settings and never a secret.
    pub fn connect_wechat(
        &self,
        store: &Store,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Option<Wechat>> {
        let Some(section) = &self.wechat else {
            return Ok(None);
        };
        let origin = self
            .settings
            .public_origin
            .as_deref()
            .context("[wechat] needs public_url: people come back to it from WeChat.")?;
        let settings = section.settings(Some(origin))?;
        let config = dika_wechat::Config::load(&settings)?;
        Ok(Some(Wechat::new(
            &config,
            store.clone(),
            clock.clone(),
            origin,
        )?))
    }
}

impl File {
    fn read(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("The settings file {} cannot be read.", path.display()))?;
        toml::from_str(&text).map_err(|fault| {
            // The parser's full message quotes the line, which may hold a secret.
            let line = fault.span().map_or(0, |span| {
                text[..span.start.min(text.len())].lines().count().max(1)
            });
            anyhow::anyhow!("{}, line {line}: {}", path.display(), fault.message())
        })
    }

    fn with_env(self, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let text = |key: &str| env(&format!("DIKA_{key}")).filter(|value| !value.is_empty());
        let switch = |key: &str, file: Option<bool>| match text(key).as_deref() {
            None => Ok(file),
            Some("1" | "true" | "yes") => Ok(Some(true)),
            Some("0" | "false" | "no") => Ok(Some(false)),
            Some(_) => bail!("DIKA_{key} is neither true nor false."),
        };
        let maintenance = switch("MAINTENANCE", self.maintenance)?;
        let service_worker = switch("SERVICE_WORKER", self.service_worker)?;
        Ok(Self {
            listen: text("LISTEN").or(self.listen),
            data_dir: text("DATA_DIR").map(Into::into).or(self.data_dir),
            app_dir: text("APP_DIR").map(Into::into).or(self.app_dir),
            database_url: text("DATABASE_URL").or(self.database_url),
            public_url: text("PUBLIC_URL").or(self.public_url),
            allowed_origins: text("ALLOWED_ORIGINS")
                .map(|list| list.split(',').map(|one| one.trim().to_owned()).collect())
                .or(self.allowed_origins),
            api_origin: text("API_ORIGIN").or(self.api_origin),
            verify_dir: text("VERIFY_DIR").map(Into::into).or(self.verify_dir),
            trusted_proxies: text("TRUSTED_PROXIES")
                .map(|list| list.split(',').map(|one| one.trim().to_owned()).collect())
                .or(self.trusted_proxies),
            maintenance,
            service_worker,
            wechat: self.wechat,
            sms: self.sms,
            sign_in: self.sign_in,
            operator: self.operator,
        })
    }
}

pub(crate) fn good(text: impl Into<String>) -> Finding {
    Finding {
        good: true,
        text: text.into(),
    }
}

pub(crate) fn bad(text: impl Into<String>) -> Finding {
    Finding {
        good: false,
        text: text.into(),
    }
}

/// `scheme://host[:port]`, in lower case; nothing where the text is something else.
fn origin(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let (scheme, authority) = text.split_once("://")?;
    let plain = !authority.is_empty()
        && authority
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    (matches!(scheme, "http" | "https") && plain).then_some(text)
}

/// Where WeChat Pay's notifications arrive.
fn notify_url(origin: &str) -> String {
    format!("{origin}{}{}", endpoint::BASE, endpoint::WECHAT_NOTIFY)
}

/// A net, or one address.
fn net(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// What is wrong with hosts on this machine.
fn simulated(hosts: &[&str]) -> String {
    format!(
        "[wechat.hosts] {} on this machine: simulated payments would top up real cards; leave the hosts out, or start dika-sandbox",
        hosts.join(", ")
    )
}

/// Whether a URL's host is this machine, however it is written (`127.1`, `[::ffff:127.0.0.1]`).
fn is_on_this_machine(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let is_own = |address: IpAddr| {
        let address = address.to_canonical();
        address.is_loopback() || address.is_unspecified()
    };
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => is_own(address.into()),
        Some(Host::Ipv6(address)) => is_own(address.into()),
        None => false,
    }
}

fn verify_files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, |entries| {
        entries
            .filter_map(Result::ok)
            .filter(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                name.starts_with("MP_verify_") && name.ends_with(".txt")
            })
            .count()
    })
}

/// `%`, `?` and `#` would end the path of an address.
fn embedded_url(file: &Path) -> String {
    let path = file
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("sqlite://{path}?mode=rwc")
}

/// Only the server's own user may look into its data.
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    use Deployment::{Production, Sandbox};

    fn read(text: &str, deployment: Deployment, env: &[(&str, &str)]) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("dika.toml");
        std::fs::write(&file, text).expect("a file");
        let options = Options {
            config: Some(file),
            ..Options::default()
        };
        Config::read(&options, deployment, |name| {
            env.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_command_line_is_understood() {
        let line = CommandLine::try_parse_from([
            "dika-server",
            "--listen",
            "127.0.0.1:0",
            "--app-dir",
            "dist",
            "--data",
            "d",
        ])
        .expect("good");
        assert!(line.options.app_dir.is_some() && line.command.is_none());
        let line = CommandLine::try_parse_from(["dika-server", "check-config", "--config", "f"])
            .expect("good");
        let offline = Some(Command::CheckConfig { online: false });
        assert_eq!(line.command, offline);
        assert!(line.options.config.is_some());
        let line = CommandLine::try_parse_from(["dika-server", "check-config", "--online"]);
        let online = Some(Command::CheckConfig { online: true });
        assert_eq!(line.expect("good").command, online);
        assert!(CommandLine::try_parse_from(["dika-server", "--online"]).is_err());
    }

    #[test]
    fn environment_wins_over_file() {
        let text = "listen = \"127.0.0.1:1\"\npublic_url = \"https://Dika.example.edu/\"\n";
        let config = read(
            text,
            Sandbox,
            &[
                ("DIKA_LISTEN", "127.0.0.1:2"),
                (
                    "DIKA_ALLOWED_ORIGINS",
                    "https://a.example, http://localhost:8081",
                ),
            ],
        )
        .expect("good");
        assert_eq!(config.listen.port(), 2);
        assert_eq!(
            config.settings.public_origin.as_deref(),
            Some("https://dika.example.edu")
        );
        assert_eq!(
            config.settings.allowed_origins,
            ["https://a.example", "http://localhost:8081"]
        );
    }

    #[test]
    fn how_long_a_proven_number_speaks_for_a_person_can_be_set() {
        let limits = |text: &str| read(text, Sandbox, &[]).map(|config| config.settings.sign_in);
        assert_eq!(limits("").expect("good"), SIGN_IN_DEFAULT);
        let set = limits("[sign_in]\nreverify_after_days = 180\nnew_device_after_days = 0\n");
        let wanted = VouchLimits {
            known_device_s: 180 * 86_400,
            new_device_s: 0,
        };
        assert_eq!(set.expect("good"), wanted);
        for wrong in [
            "[sign_in]\nreverify_after_days = -1\n",
            "[sign_in]\nafter_days = 1\n",
        ] {
            assert!(limits(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_operator_is_named_to_students_and_missed_where_nobody_is() {
        let text = "[operator]\nsince = \"2026-12-01\"\n\
            [operator.zh]\nname = \"学校\"\ncontact = \"1\"\nretention = \"五年。\"\n\
            [operator.en]\nname = \"The school\"\ncontact = \"1\"\nretention = \"Five years.\"\n";
        let config = read(text, Production, &[]).expect("good");
        let named = config.settings.directory.operator.as_ref().expect("named");
        assert_eq!(
            (named.zh.as_str(), named.en.as_str()),
            ("学校", "The school")
        );
        let told = |config: &Config| {
            let found = config.check().into_iter();
            found
                .map(|finding| finding.to_string())
                .find(|line| line.contains("/privacy"))
                .expect("a finding")
        };
        assert!(told(&config).starts_with("ok"), "{}", told(&config));
        let nobody = read("", Production, &[]).expect("readable");
        assert!(nobody.settings.directory.operator.is_none());
        assert!(told(&nobody).starts_with("problem"), "{}", told(&nobody));
        assert!(read(&text.replace("contact", "contacts"), Production, &[]).is_err());
    }

    #[test]
    fn the_service_worker_is_on_until_somebody_says_no() {
        assert!(
            read("", Sandbox, &[])
                .expect("good")
                .settings
                .service_worker
        );
        let off = read("service_worker = false", Sandbox, &[]).expect("good");
        assert!(!off.settings.service_worker);
        let told = off.check();
        assert!(
            told.iter()
                .any(|it| it.good && it.text.contains("service_worker"))
        );
        let off = read("", Sandbox, &[("DIKA_SERVICE_WORKER", "false")]).expect("good");
        assert!(!off.settings.service_worker);
        let fault =
            read("", Sandbox, &[("DIKA_SERVICE_WORKER", "perhaps")]).expect_err("no switch");
        assert!(fault.to_string().contains("DIKA_SERVICE_WORKER"), "{fault}");
    }

    #[test]
    fn faults_are_one_sentence_without_secrets() {
        for (text, told) in [
            ("listen = \"nowhere\"", "nowhere is no address"),
            ("listne = \"127.0.0.1:1\"", "line 1"),
            ("public_url = \"dika.example.edu\"", "public_url"),
            (
                "allowed_origins = [\"https://a.example/path\"]",
                "allowed_origins",
            ),
        ] {
            let fault = read(text, Sandbox, &[]).expect_err(text).to_string();
            assert!(fault.contains(told), "{fault}");
        }
        let fault =
            read("[wechat]\napp_secret = \"hush\nx = 1", Sandbox, &[]).expect_err("bad TOML");
        assert!(!format!("{fault:#}").contains("hush"), "{fault:#}");
    }

    #[test]
    fn a_simulator_is_told_from_real_credentials() {
        let section = |text: &str| {
            let config = read(text, Sandbox, &[]).expect("readable");
            config.wechat.expect("a section")
        };
        let real = "[wechat]\nmchid = \"1\"\napp_secret = \"hush\"\n";
        assert!(!section(real).is_simulator());
        let config = read(real, Production, &[]).expect("good");
        assert!(!format!("{config:?}").contains("hush"));
        config.refuse_simulators().expect("Tencent's own hosts");
        let half = "[wechat.hosts]\npay = \"http://127.0.0.1:1\"\napi = \"http://localhost:1\"\n";
        assert!(!section(half).is_simulator());
        let trick = format!("{half}open = \"http://127.0.0.1@open.weixin.qq.com\"\n");
        assert!(!section(&trick).is_simulator());
        let simulator = format!("{half}open = \"http://[::1]:1/x\"\n");
        assert!(section(&simulator).is_simulator());
    }

    #[test]
    fn production_refuses_each_host_on_this_machine() {
        for host in [
            "http://127.0.0.1:1",
            "http://127.1:1",
            "http://0x7f000001/",
            "http://localhost:9",
            "https://LOCALHOST./",
            "http://pay.localhost/",
            "http://[::1]:1",
            "http://[::ffff:127.0.0.1]/",
            "http://0.0.0.0:1",
            "http://api.mch.weixin.qq.com@127.0.0.1/",
        ] {
            for key in HOSTS {
                let text = format!("[wechat.hosts]\n{key} = \"{host}\"\n");
                let config = read(&text, Production, &[]).expect("readable");
                let fault = config.refuse_simulators().expect_err(host).to_string();
                assert!(
                    fault.contains(key) && fault.contains("real cards"),
                    "{fault}"
                );
                let told: Vec<String> = config.check().iter().map(ToString::to_string).collect();
                let found = told
                    .iter()
                    .any(|line| line.starts_with("problem") && line.contains("real cards"));
                assert!(found, "{host}: {told:?}");
            }
        }
        for host in [
            "https://api.mch.weixin.qq.com",
            "https://localhost.example.cn/",
        ] {
            let text = format!("[wechat.hosts]\npay = \"{host}\"\n");
            let config = read(&text, Production, &[]).expect("readable");
            config.refuse_simulators().expect(host);
        }
    }

    #[test]
    fn wechat_settings_are_checked_without_telling_them() {
        let text = "public_url = \"https://dika.example.edu\"\n[wechat]\nmchid = \"12\"\n\
            appid = \"wx\"\napp_secret = \"hush\"\napi_v3_key = \"hush\"\nmerchant_key = \"/none\"\n\
            platform_keys = []\n";
        let told = |text: &str| {
            let found = read(text, Production, &[]).expect("readable").check();
            let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
            lines.join("\n")
        };
        let found = told(text);
        for named in ["mchid", "appid", "app_secret", "api_v3_key", "merchant_key"] {
            assert!(found.contains(&format!("{named} ")), "{named}: {found}");
        }
        assert!(!found.contains("hush"), "{found}");
        assert!(found.contains("problem  verify_dir is missing"), "{found}");
        let found = told(&text.replace("platform_keys = []", "platform_keys = \"hush\""));
        assert!(
            found.contains("wrong kind") && !found.contains("hush"),
            "{found}"
        );
        let found = told(&text.replace("mchid", "mchidd"));
        assert!(found.contains("mchid"), "{found}");
        let found = told(&text.replace("public_url = \"https://dika.example.edu\"\n", ""));
        assert!(found.contains("needs public_url"), "{found}");
    }

    #[test]
    fn proxies_are_addresses_or_nets() {
        let config = read(
            "trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]",
            Sandbox,
            &[],
        );
        assert_eq!(config.expect("good").settings.trusted_proxies.len(), 2);
        assert!(read("trusted_proxies = [\"a\"]", Sandbox, &[]).is_err());
    }

    #[test]
    fn findings_name_what_is_missing() {
        let config = read("", Production, &[]).expect("readable");
        let problems: Vec<String> = config
            .check()
            .into_iter()
            .filter(|finding| !finding.good)
            .map(|finding| finding.text)
            .collect();
        assert!(problems.iter().any(|text| text.contains("public_url")));
        assert!(problems.iter().any(|text| text.contains("[wechat]")));
        assert!(
            read("", Sandbox, &[])
                .expect("readable")
                .check()
                .iter()
                .all(|finding| finding.good)
        );
    }

    #[test]
    fn odd_folders_make_good_addresses() {
        assert_eq!(
            embedded_url(Path::new("/a b/50%?#")),
            "sqlite:///a b/50%25%3f%23?mode=rwc"
        );
    }
}
