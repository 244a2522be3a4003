use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use dika_contract::directory::Bilingual;
use dika_contract::{Directory, Issuer};
use dika_store::connect::Reach;
use dika_store::purge::Retention;

use super::address::{is_on_this_machine, net, origin};
use super::command_line::Options;
use super::connectors::{ConnectorSettings, connectors, machines};
use super::file::{CardsChoice, File};
use super::layers::Layers;
use super::secret::Private;
use super::sections::{SmsSection, WechatSection, simulated};
use crate::school::School;
use crate::settings::{Deployment, Settings};

/// Where the server listens where nobody says otherwise.
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
/// Where the database lies where nobody says otherwise.
const DEFAULT_DATA: &str = "data";

/// Everything that the server needs to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where files of the server's own lie.
    pub data_dir: PathBuf,
    /// The database, where it is not the embedded one in `data_dir`. May hold a password.
    pub database_url: Option<Private>,
    /// How the database is reached.
    pub reach: Reach,
    /// What handlers see.
    pub settings: Settings,
    /// WeChat's credentials, where given.
    pub wechat: Option<WechatSection>,
    /// The SMS provider's credentials, where given.
    pub sms: Option<SmsSection>,
    /// How long what nothing depends on is kept.
    pub retention: Retention,
    /// Which card system is asked.
    pub cards: CardsChoice,
    /// The connectors that can be used.
    pub connectors: BTreeMap<Issuer, ConnectorSettings>,
    /// What the school decides about its cards.
    pub school: School,
    /// What the school's guide says: the base under connectors and settings.
    pub guide: Directory,
    /// What is wrong with `[connectors]` and `[machines]`, one sentence each.
    pub(super) unusable: Vec<String>,
    /// Settings in the tables of WeChat and SMS that nobody knows, one sentence each.
    pub(super) unknown: Vec<String>,
    /// Why this can't be a rehearsal, one sentence each.
    pub(super) not_rehearsed: Vec<String>,
    /// Where each value stands.
    pub(super) layers: Layers,
}

impl Config {
    /// Puts the settings together. `env` gives environment variables.
    ///
    /// # Errors
    /// Plain sentences for the operator; they name settings, lines, and never a secret.
    pub fn read(
        options: &Options,
        deployment: Deployment,
        env: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let layers = Layers::read(options, env)?;
        // Who reads the tables of WeChat and SMS names what is wrong in them beside everything else.
        let (sections, others): (Vec<_>, Vec<_>) = layers.unknown().iter().partition(|unknown| {
            ["wechat.", "sms."]
                .iter()
                .any(|it| unknown.key.starts_with(it))
        });
        let say = |list: &[&super::positions::Unknown]| -> Vec<String> {
            list.iter()
                .map(|one| layers.unknown_sentence(one))
                .collect()
        };
        if !others.is_empty() {
            bail!("{}", say(&others).join("\n"));
        }
        let unknown = say(&sections);
        let file: File = layers.extract()?;
        let deployment = match (deployment, file.rehearsal) {
            (Deployment::Production, true) => Deployment::Rehearsal,
            (Deployment::Sandbox, true) => {
                bail!("rehearsal is for dika-server: the sandbox invents everything anyway.")
            }
            (deployment, _) => deployment,
        };
        let listen = file.listen.as_deref().unwrap_or(DEFAULT_LISTEN);
        let listen: SocketAddr = listen.parse().with_context(|| {
            format!("{listen} is no address to listen on; write 127.0.0.1:8080 or the like.")
        })?;
        let public_origin = file
            .public_url
            .as_ref()
            .map(|url| {
                origin(url).with_context(|| {
                    format!("public_url: {url} is no address like https://dika.example.edu.")
                })
            })
            .transpose()?;
        let api_origin = file
            .api_origin
            .as_ref()
            .map(|url| {
                origin(url).with_context(|| {
                    format!("api_origin: {url} is no origin like https://api.example.edu.")
                })
            })
            .transpose()?;
        let allowed_origins = file
            .allowed_origins
            .iter()
            .map(|url| {
                origin(url).with_context(|| {
                    format!("allowed_origins: {url} is no origin like https://dika.example.edu.")
                })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let trusted_proxies = file
            .trusted_proxies
            .iter()
            .map(|text| {
                net(text).with_context(|| {
                    format!(
                        "trusted_proxies: {text} is no address or net like 127.0.0.1 or 10.0.0.0/8."
                    )
                })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut guide: Directory = serde_json::from_str(Directory::SEED_JSON)
            .context("The built-in directory cannot be read.")?;
        guide.operator = file.operator.as_ref().map(|operator| Bilingual {
            zh: operator.zh.name.clone(),
            en: operator.en.name.clone(),
        });
        let (connectors, mut unusable) = connectors(&file.connectors);
        let (machines, more) = machines(&file.machines);
        unusable.extend(more);
        let not_rehearsed = if deployment == Deployment::Rehearsal {
            away(&file, listen, public_origin.as_deref())
        } else {
            Vec::new()
        };
        let callbacks = connectors
            .iter()
            .map(|(issuer, settings)| (*issuer, settings.options.keys.clone()))
            .collect();
        Ok(Self {
            listen,
            data_dir: file.data_dir.clone().unwrap_or(DEFAULT_DATA.into()),
            database_url: file.database_url.clone().map(Private::new),
            reach: file.database.reach()?,
            retention: file.retention.limits(),
            cards: file.cards,
            school: file.school(),
            settings: Settings {
                deployment,
                wechat: file.wechat.is_some(),
                maintenance: file.maintenance.unwrap_or(false),
                service_worker: file.service_worker.unwrap_or(true),
                public_origin,
                allowed_origins,
                app_dir: file.app_dir,
                trusted_proxies,
                verify_dir: file.verify_dir,
                api_origin,
                sign_in: file.sign_in.limits(),
                operator: file.operator,
                directory: Arc::new(guide.clone()),
                callbacks,
                machines,
            },
            wechat: file.wechat,
            sms: file.sms,
            connectors,
            guide,
            unusable,
            unknown,
            not_rehearsed,
            layers,
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

    /// Fails where cards could not be topped up as the settings ask for.
    ///
    /// # Errors
    /// One plain sentence that names the table.
    pub fn refuse_unusable(&self) -> anyhow::Result<()> {
        if let Some(problem) = self.unusable.first().or(self.unknown.first()) {
            bail!("{problem}.");
        }
        match self.cards {
            CardsChoice::Connectors if self.connectors.is_empty() => bail!(
                "No card system is connected: fill in [connectors.gdut] or [connectors.hemc], or, in a place without a card system, set cards = \"built-in\"."
            ),
            CardsChoice::BuiltIn if !self.connectors.is_empty() => {
                bail!("[connectors] are not asked while cards is built-in; leave one of them out.")
            }
            CardsChoice::Connectors if !self.settings.machines.is_empty() => {
                bail!("[machines] send taps here only with cards = \"built-in\"; leave them out.")
            }
            CardsChoice::Connectors | CardsChoice::BuiltIn => Ok(()),
        }
    }

    /// Fails where simulated payments could top up real cards, or real ones simulated cards.
    ///
    /// # Errors
    /// One plain sentence that names the hosts on this machine, or what of a rehearsal is not.
    pub fn refuse_simulators(&self) -> anyhow::Result<()> {
        if self.settings.deployment == Deployment::Rehearsal {
            if self.not_rehearsed.is_empty() {
                return Ok(());
            }
            bail!("{}.", self.not_rehearsed.join("; "));
        }
        let hosts = self
            .wechat
            .as_ref()
            .map(WechatSection::simulated_hosts)
            .unwrap_or_default();
        if !hosts.is_empty() {
            bail!("{}.", simulated(&hosts))
        }
        if self.settings.deployment == Deployment::Production
            && self.sms.as_ref().is_some_and(SmsSection::is_simulator)
        {
            bail!("[sms] endpoint is on this machine: nobody would get a code; leave it out.");
        }
        Ok(())
    }
}

/// What of a rehearsal lies elsewhere than on this machine, one sentence each.
fn away(file: &File, listen: SocketAddr, public_origin: Option<&str>) -> Vec<String> {
    let mut away = Vec::new();
    let mut here = |is_here: bool, what: &str| {
        if !is_here {
            away.push(format!("rehearsal: {what} is not on this machine"));
        }
    };
    here(public_origin.is_some_and(is_on_this_machine), "public_url");
    here(listen.ip().is_loopback(), "listen");
    let wechat = file.wechat.as_ref();
    here(
        wechat.is_some_and(WechatSection::is_simulator),
        "[wechat.hosts]",
    );
    let sms = file.sms.as_ref();
    here(sms.is_none_or(SmsSection::is_simulator), "[sms] endpoint");
    for (issuer, section) in file.connectors.iter() {
        here(
            section.is_on_this_machine(),
            &format!("[connectors.{issuer}] url"),
        );
    }
    away
}

/// `%`, `?` and `#` would end the path of an address.
pub(super) fn embedded_url(file: &Path) -> String {
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
