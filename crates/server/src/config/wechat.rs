use std::sync::Arc;

use anyhow::Context;
use dika_core::clock::Clock;
use dika_store::Store;
use dika_wechat::Severity;

use super::address::notify_url;
use super::finding::{Finding, bad, good};
use super::model::Config;
use super::sections::{WechatSection, simulated};
use crate::adapters::wechat::Wechat;
use crate::settings::Deployment;

impl Config {
    /// Whether `[wechat]` names Tencent's own hosts.
    pub(super) fn has_real_wechat(&self) -> bool {
        self.wechat
            .as_ref()
            .is_some_and(|section| !section.is_simulator())
    }

    /// The `[wechat]` settings, and what has to be typed into WeChat's consoles.
    pub(super) fn check_wechat(&self, section: &WechatSection, findings: &mut Vec<Finding>) {
        match (section.simulated_hosts(), self.settings.deployment) {
            (hosts, _) if hosts.is_empty() => {}
            (_, Deployment::Sandbox | Deployment::Rehearsal) => {
                findings.push(good("[wechat] points to a simulator"));
            }
            (hosts, Deployment::Production) => findings.push(bad(simulated(&hosts))),
        }
        if self.settings.deployment == Deployment::Production {
            findings.extend(section.inline_secrets().into_iter().map(|key| {
                bad(format!(
                    "[wechat] {key} stands in the settings file; write file:PATH or env:NAME"
                ))
            }));
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
