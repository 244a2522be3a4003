use std::fmt;

use serde::Deserialize;

use super::address::{is_on_this_machine, notify_url};

/// The `[sms]` table as it was written. Holds a secret, so `Debug` names only its keys.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct SmsSection(pub toml::Table);

/// The `[wechat]` table as it was written: who connects WeChat reads it. Holds secrets, so `Debug`
/// names only its keys.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct WechatSection(pub toml::Table);

/// The keys of `[wechat.hosts]`.
pub(super) const HOSTS: [&str; 3] = ["pay", "api", "open"];

/// Settings of both tables that hold a secret.
const SECRETS: [&str; 5] = [
    "app_secret",
    "api_v3_key",
    "merchant_key",
    "access_key_secret",
    "secret_key",
];

/// The secrets that stand in a table themselves, in place of a file's or variable's name.
fn inline_secrets(table: &toml::Table) -> Vec<&'static str> {
    SECRETS
        .into_iter()
        .filter(|key| {
            let text = table.get(*key).and_then(toml::Value::as_str);
            text.is_some_and(|text| {
                let named = text.starts_with("file:") || text.starts_with("env:");
                // A PEM may be named by its bare path.
                let path = *key == "merchant_key" && !text.contains("-----BEGIN");
                !named && !path
            })
        })
        .collect()
}

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

    /// Whether the provider is one on this machine, as a simulator is.
    pub(super) fn is_simulator(&self) -> bool {
        let endpoint = self.0.get("endpoint").and_then(toml::Value::as_str);
        endpoint.is_some_and(is_on_this_machine)
    }

    /// The secrets that stand in the table themselves.
    pub(super) fn inline_secrets(&self) -> Vec<&'static str> {
        inline_secrets(&self.0)
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
    pub(super) fn simulated_hosts(&self) -> Vec<&'static str> {
        HOSTS
            .into_iter()
            .filter(|name| self.host(name).is_some_and(is_on_this_machine))
            .collect()
    }

    /// The secrets that stand in the table themselves.
    pub(super) fn inline_secrets(&self) -> Vec<&'static str> {
        inline_secrets(&self.0)
    }

    fn host(&self, name: &str) -> Option<&str> {
        self.0.get("hosts")?.as_table()?.get(name)?.as_str()
    }

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

/// What is wrong with hosts on this machine.
pub(super) fn simulated(hosts: &[&str]) -> String {
    format!(
        "[wechat.hosts] {} on this machine: simulated payments would top up real cards; leave the hosts out, or start dika-sandbox",
        hosts.join(", ")
    )
}
