use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use dika_connector::Day;
use dika_store::connect::{Locks, Reach, Tls};
use dika_store::hidden_cards::VouchLimits;
use dika_store::purge::Retention;
use serde::{Deserialize, Deserializer};

use super::connectors::{ConnectorSection, MachineSection};
use super::sections::{SmsSection, WechatSection};
use crate::school::{IssuerRules, NoticeRules, PerIssuer, PerTerminal, PointRules, School};
use crate::settings::{Operator, SIGN_IN_DEFAULT};

/// The settings file, with the environment over it. `SETTINGS` describes each field; a test compares both.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) listen: Option<String>,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) app_dir: Option<PathBuf>,
    pub(super) database_url: Option<String>,
    pub(super) database: DatabaseSection,
    pub(super) public_url: Option<String>,
    pub(super) allowed_origins: Vec<String>,
    pub(super) api_origin: Option<String>,
    pub(super) verify_dir: Option<PathBuf>,
    pub(super) trusted_proxies: Vec<String>,
    pub(super) maintenance: Option<bool>,
    pub(super) service_worker: Option<bool>,
    pub(super) rehearsal: bool,
    pub(super) cards: CardsChoice,
    pub(super) connectors: PerIssuer<ConnectorSection>,
    pub(super) machines: BTreeMap<String, MachineSection>,
    pub(super) issuers: PerIssuer<IssuerRules>,
    pub(super) terminals: PerTerminal,
    pub(super) service_points: BTreeMap<String, PointRules>,
    pub(super) notices: Vec<NoticeRules>,
    pub(super) complaints_email: Option<String>,
    pub(super) checked_on: Option<Day>,
    pub(super) wechat: Option<WechatSection>,
    pub(super) sms: Option<SmsSection>,
    pub(super) sign_in: SignInSection,
    pub(super) retention: RetentionSection,
    pub(super) operator: Option<Operator>,
}

/// Which card system is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardsChoice {
    /// The school's, each issuer's behind a connector of its own.
    #[default]
    Connectors,
    /// The ledger in this server's database, for places without a card system.
    BuiltIn,
}

/// The `[sign_in]` table: when cards are hidden until their password is given again.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SignInSection {
    reverify_after_days: Option<u32>,
    new_device_after_days: Option<u32>,
}

impl SignInSection {
    pub(super) fn limits(self) -> VouchLimits {
        let seconds =
            |days: Option<u32>, default| days.map_or(default, |days| i64::from(days) * 86_400);
        VouchLimits {
            known_device_s: seconds(self.reverify_after_days, SIGN_IN_DEFAULT.known_device_s),
            new_device_s: seconds(self.new_device_after_days, SIGN_IN_DEFAULT.new_device_s),
        }
    }
}

/// The `[database]` table: how PostgreSQL is reached. Times are whole seconds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DatabaseSection {
    tls: Option<String>,
    ca_file: Option<PathBuf>,
    locks: Option<String>,
    connections: Option<u32>,
    acquire_timeout_s: Option<u32>,
    lock_timeout_s: Option<u32>,
    statement_timeout_s: Option<u32>,
    idle_in_transaction_timeout_s: Option<u32>,
}

impl DatabaseSection {
    /// How the database is reached.
    ///
    /// # Errors
    /// One sentence that names the setting.
    pub(super) fn reach(&self) -> anyhow::Result<Reach> {
        let usual = Reach::default();
        let within = |name: &str, seconds: Option<u32>, usual: Duration| match seconds {
            None => Ok(usual),
            Some(0) => {
                bail!("database.{name}: at least one second; without an end, nobody is answered.")
            }
            Some(seconds) => Ok(Duration::from_secs(seconds.into())),
        };
        let tls = match &self.tls {
            None => None,
            Some(word) => Some(Tls::from_word(word).with_context(|| {
                let known = Tls::ALL.map(Tls::as_str).join(", ");
                format!("database.tls: one of {known} is expected.")
            })?),
        };
        let locks = match &self.locks {
            None => usual.locks,
            Some(word) => Locks::from_word(word)
                .context("database.locks: one of advisory, rows is expected.")?,
        };
        let connections = self.connections.unwrap_or(usual.connections);
        ensure!(
            connections >= 2,
            "database.connections: at least 2, of which half may write."
        );
        Ok(Reach {
            connections,
            acquire_timeout: within(
                "acquire_timeout_s",
                self.acquire_timeout_s,
                usual.acquire_timeout,
            )?,
            lock_timeout: within("lock_timeout_s", self.lock_timeout_s, usual.lock_timeout)?,
            statement_timeout: within(
                "statement_timeout_s",
                self.statement_timeout_s,
                usual.statement_timeout,
            )?,
            idle_in_transaction_timeout: within(
                "idle_in_transaction_timeout_s",
                self.idle_in_transaction_timeout_s,
                usual.idle_in_transaction_timeout,
            )?,
            tls,
            ca_file: self.ca_file.clone(),
            locks,
        })
    }
}

/// A number of days within bounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Days<const LEAST: u32, const MOST: u32>(u32);

impl<'de, const LEAST: u32, const MOST: u32> Deserialize<'de> for Days<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let days = u32::deserialize(deserializer)?;
        if (LEAST..=MOST).contains(&days) {
            return Ok(Self(days));
        }
        let expected = format!("{LEAST} to {MOST} days are expected");
        Err(serde::de::Error::custom(expected))
    }
}

impl<const LEAST: u32, const MOST: u32> Days<LEAST, MOST> {
    fn seconds(days: Option<Self>, default: i64) -> i64 {
        days.map_or(default, |Self(days)| i64::from(days) * 86_400)
    }
}

/// The `[retention]` table: how long is kept what nothing depends on any more.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RetentionSection {
    bindings_days: Option<Days<1, 365>>,
    devices_days: Option<Days<30, 400>>,
    messages_days: Option<Days<7, 3_650>>,
    notes_days: Option<Days<30, 3_650>>,
}

impl RetentionSection {
    pub(super) fn limits(self) -> Retention {
        let usual = Retention::default();
        Retention {
            bindings_s: Days::seconds(self.bindings_days, usual.bindings_s),
            devices_s: Days::seconds(self.devices_days, usual.devices_s),
            messages_s: Days::seconds(self.messages_days, usual.messages_s),
            notes_s: Days::seconds(self.notes_days, usual.notes_s),
        }
    }
}

impl File {
    /// What the school decides about its cards.
    pub(super) fn school(&self) -> School {
        School {
            checked_on: self.checked_on,
            complaints_email: self.complaints_email.clone(),
            issuers: self.issuers.clone(),
            terminals: self.terminals.clone(),
            service_points: self.service_points.clone(),
            notices: self.notices.clone(),
        }
    }
}
