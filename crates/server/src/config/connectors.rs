use std::collections::BTreeMap;
use std::time::Duration;

use dika_connector::client::Options;
use dika_connector::{Keyring, Secret};
use dika_contract::{Issuer, TerminalKind};
use serde::Deserialize;
use url::Url;

use super::address::is_on_this_machine;
use super::secret::SecretSource;
use crate::school::PerIssuer;
use crate::settings::Machine;

/// The longest that a connector may be waited for: a look at an order asks it twice, and lasts no minute.
const MOST_S: u64 = 20;

/// A connector, ready to be asked.
#[derive(Clone, Debug)]
pub struct ConnectorSettings {
    /// How it is reached.
    pub options: Options,
}

/// The `[connectors.ISSUER]` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectorSection {
    url: Url,
    secret: SecretSource,
    #[serde(default)]
    other_secret: Option<SecretSource>,
    #[serde(default)]
    time_limit_s: Option<u64>,
    #[serde(default)]
    breaker_silences: Option<u32>,
    #[serde(default)]
    breaker_pause_s: Option<u64>,
    #[serde(default)]
    direct: bool,
}

/// The `[machines.NAME]` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MachineSection {
    kind: TerminalKind,
    secret: SecretSource,
    #[serde(default)]
    other_secret: Option<SecretSource>,
}

fn keys(secret: &SecretSource, other: Option<&SecretSource>) -> Result<Keyring, String> {
    let read = |source: &SecretSource, name: &str| {
        let text = source.read().map_err(|fault| format!("{name}: {fault}"))?;
        Secret::parse(text.expose()).map_err(|fault| format!("{name}: {fault}"))
    };
    let mut keys = Keyring::new(read(secret, "secret")?);
    if let Some(other) = other {
        keys = keys.with_other(read(other, "other_secret")?);
    }
    Ok(keys)
}

impl ConnectorSection {
    fn settings(&self, issuer: Issuer) -> Result<ConnectorSettings, String> {
        let keys = keys(&self.secret, self.other_secret.as_ref())?;
        let plain = self.url.scheme() == "http" && is_on_this_machine(self.url.as_str());
        if self.url.scheme() != "https" && !plain {
            return Err("url is not https: passwords would travel in the open".to_owned());
        }
        if !self.url.username().is_empty() || self.url.password().is_some() {
            return Err("url holds a password; calls are signed, so leave it out".to_owned());
        }
        let mut options = Options::new(self.url.clone(), issuer, keys);
        if let Some(seconds) = self.time_limit_s {
            if !(1..=MOST_S).contains(&seconds) {
                return Err(format!("time_limit_s is not 1 to {MOST_S}"));
            }
            options.time_limit = Duration::from_secs(seconds);
        }
        if let Some(silences) = self.breaker_silences {
            if silences == 0 {
                return Err("breaker_silences is not 1 or more".to_owned());
            }
            options.breaker.silences = silences;
        }
        if let Some(pause) = self.breaker_pause_s {
            if !(1..=600).contains(&pause) {
                return Err("breaker_pause_s is not 1 to 600".to_owned());
            }
            options.breaker.pause = Duration::from_secs(pause);
            options.breaker.longest_pause =
                options.breaker.longest_pause.max(options.breaker.pause);
        }
        options.direct = self.direct || plain;
        Ok(ConnectorSettings { options })
    }

    /// Whether it lies on this machine.
    pub(super) fn is_on_this_machine(&self) -> bool {
        is_on_this_machine(self.url.as_str())
    }
}

/// Every connector that can be used, and what is wrong with the others.
pub(super) fn connectors(
    sections: &PerIssuer<ConnectorSection>,
) -> (BTreeMap<Issuer, ConnectorSettings>, Vec<String>) {
    let mut connectors = BTreeMap::new();
    let mut problems = Vec::new();
    for (issuer, section) in sections.iter() {
        match section.settings(issuer) {
            Ok(settings) => {
                connectors.insert(issuer, settings);
            }
            Err(fault) => problems.push(format!("[connectors.{issuer}] {fault}")),
        }
    }
    (connectors, problems)
}

/// Every machine that can be used, and what is wrong with the others.
pub(super) fn machines(
    sections: &BTreeMap<String, MachineSection>,
) -> (BTreeMap<String, Machine>, Vec<String>) {
    let mut machines = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, section) in sections {
        let plain = (1..=36).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let machine = if !plain {
            Err("a machine's name is 1 to 36 letters, digits, - and _".to_owned())
        } else if section.kind == TerminalKind::Other {
            Err(
                "kind: one of service_point, gdut_load, gdut_top_up, hemc_top_up is expected"
                    .to_owned(),
            )
        } else {
            keys(&section.secret, section.other_secret.as_ref()).map(|keys| Machine {
                kind: section.kind,
                keys,
            })
        };
        match machine {
            Ok(machine) => {
                machines.insert(name.clone(), machine);
            }
            Err(fault) => problems.push(format!("[machines.{name}] {fault}")),
        }
    }
    (machines, problems)
}
