use std::collections::BTreeMap;
use std::path::Path;

use dika_connector::client::Client;
use dika_connector::protocol::{Capabilities, CapabilitiesAnswer};
use dika_contract::{Issuer, endpoint};
use dika_core::clock::Clock;

use super::address::is_on_this_machine;
use super::file::CardsChoice;
use super::finding::{Finding, bad, good};
use super::model::Config;
use crate::adapters::system_clock::SystemClock;
use crate::school::{Merged, MissingLimits};
use crate::settings::Deployment;

/// What connectors answered when they were asked what they offer.
#[derive(Clone, Debug, Default)]
pub struct Offers {
    /// Those that answered.
    pub known: BTreeMap<Issuer, CapabilitiesAnswer>,
    /// Why the others did not.
    pub silent: BTreeMap<Issuer, String>,
}

impl Config {
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
            (None, Deployment::Production | Deployment::Rehearsal) => bad(
                "[operator] is missing: /privacy and /terms can't say who runs this, nor for how long data is kept",
            ),
        });
        findings.extend(self.unknown.iter().map(bad));
        if let Some(place) = self.password_in_file() {
            findings.push(bad(format!(
                "database_url at {place} holds a password; set DIKA_DATABASE_URL instead"
            )));
        }
        self.check_rehearsal(&mut findings);
        if settings.deployment != Deployment::Sandbox {
            self.check_cards(&mut findings);
        }
        match (&self.sms, settings.deployment) {
            (Some(section), Deployment::Production) if section.is_simulator() => findings.push(
                bad("[sms] endpoint is on this machine: nobody would get a code; leave it out"),
            ),
            (Some(section), _) => findings.push(match section.connect() {
                Ok(_) => good("[sms] can be used; a code sent to your own phone proves it"),
                Err(fault) => bad(format!("{fault}")),
            }),
            (None, Deployment::Sandbox) => findings.push(good("sandbox: codes by SMS are shown at /sandbox")),
            (None, Deployment::Production | Deployment::Rehearsal) => findings.push(good(
                "no [sms]: people sign in by WeChat alone, and cards that ask for a phone number can't be bound",
            )),
        }
        if let (Some(section), Deployment::Production) = (&self.sms, settings.deployment) {
            findings.extend(section.inline_secrets().into_iter().map(|key| {
                bad(format!(
                    "[sms] {key} stands in the settings file; write file:PATH or env:NAME"
                ))
            }));
        }
        match (&self.wechat, settings.deployment) {
            (Some(section), _) => self.check_wechat(section, &mut findings),
            (None, Deployment::Sandbox) => findings.push(good("sandbox: payments are invented")),
            (None, Deployment::Production | Deployment::Rehearsal) => {
                findings.push(bad("[wechat] is missing: nothing could take a payment"))
            }
        }
        findings
    }

    /// The directory as it is now, with what these connectors offer.
    pub fn merged(&self, offers: &BTreeMap<Issuer, CapabilitiesAnswer>) -> Merged {
        self.school.merge(&self.guide, offers, SystemClock.now())
    }

    /// Asks every connector what it offers. Moves nothing.
    pub async fn ask_connectors(&self) -> Offers {
        let mut offers = Offers::default();
        for (issuer, settings) in &self.connectors {
            let asked = match Client::new(settings.options.clone()) {
                Ok(client) => client
                    .call(&Capabilities {})
                    .await
                    .map_err(|it| it.to_string()),
                Err(fault) => Err(fault.to_string()),
            };
            match asked {
                Ok(answer) => {
                    offers.known.insert(*issuer, answer);
                }
                Err(fault) => {
                    offers.silent.insert(*issuer, fault);
                }
            }
        }
        offers
    }

    /// What the connectors' answers make of the settings: limits that nobody gave, and what contradicts itself.
    pub fn check_offers(&self, offers: &Offers) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (issuer, answer) in &offers.known {
            findings.push(good(format!(
                "online: the connector for {issuer} answers and offers {} operations",
                answer.ops.len()
            )));
        }
        for (issuer, fault) in &offers.silent {
            findings.push(bad(format!(
                "online: the connector for {issuer} does not answer: {fault}"
            )));
        }
        let merged = self.merged(&offers.known);
        // Of those that are silent nobody knows what they would say.
        let missing = merged
            .missing
            .iter()
            .filter(|missing| offers.known.contains_key(&missing.issuer));
        findings.extend(missing.map(|missing| bad(without_limits(missing))));
        findings.extend(merged.problems.iter().map(bad));
        findings
    }

    /// The card systems, and what the school decides about its cards.
    fn check_cards(&self, findings: &mut Vec<Finding>) {
        findings.extend(self.unusable.iter().map(bad));
        match self.cards {
            CardsChoice::Connectors => self.check_connectors(findings),
            CardsChoice::BuiltIn => {
                findings.push(good(
                    "cards: the built-in ledger; accounts come from dika-server accounts import",
                ));
                if !self.connectors.is_empty() || !self.unusable.is_empty() {
                    findings.push(bad(
                        "[connectors] are not asked while cards is built-in; leave one of them out",
                    ));
                }
            }
        }
        for (name, machine) in &self.settings.machines {
            findings.push(if self.cards == CardsChoice::BuiltIn {
                good(format!(
                    "[machines.{name}] taps of a {} are taken",
                    machine.kind
                ))
            } else {
                bad(format!(
                    "[machines.{name}] machines send taps here only with cards = \"built-in\""
                ))
            });
        }
        let merged = self.merged(&BTreeMap::new());
        for missing in &merged.missing {
            findings.push(if self.connectors.contains_key(&missing.issuer) {
                good(format!(
                    "{} {}: {} left to the connector; check-config --online asks it",
                    missing.issuer,
                    missing.wallet,
                    missing.keys.join(", ")
                ))
            } else {
                bad(without_limits(missing))
            });
        }
        findings.extend(merged.problems.iter().map(bad));
        for info in &merged.directory.issuers {
            for wallet in info.wallets.iter().filter(|it| it.limits.is_some()) {
                findings.push(good(format!(
                    "{} {}: takes top-ups within its limits",
                    info.id, wallet.kind
                )));
            }
        }
    }

    fn check_connectors(&self, findings: &mut Vec<Finding>) {
        for info in &self.guide.issuers {
            let issuer = info.id;
            let rules = self.school.issuers.get(issuer);
            let wanted = rules.and_then(|rules| rules.top_ups).unwrap_or(true);
            match self.connectors.get(&issuer) {
                Some(settings) => {
                    findings.push(good(format!(
                        "[connectors.{issuer}] {}: its key can be read",
                        settings.options.url
                    )));
                    if let Some(origin) = &self.settings.public_origin {
                        let path = endpoint::with_id(endpoint::CONNECTOR_CALLBACK, issuer.as_str());
                        findings.push(good(format!(
                            "to set at the connector for {issuer}: callbacks go to {origin}{}{path}",
                            endpoint::BASE
                        )));
                    }
                }
                None if wanted && !self.unusable.iter().any(|it| it.contains(issuer.as_str())) => {
                    findings.push(bad(format!(
                        "[connectors.{issuer}] is missing: no card of {issuer} could be bound or topped up; if that is meant, set top_ups = false under [issuers.{issuer}]"
                    )));
                }
                None if !wanted => findings.push(good(format!(
                    "{issuer}: no top-ups here, as [issuers.{issuer}] says"
                ))),
                None => {}
            }
        }
    }

    fn check_rehearsal(&self, findings: &mut Vec<Finding>) {
        if self.settings.deployment != Deployment::Rehearsal {
            return;
        }
        findings.push(bad(
            "rehearsal is on: payments and cards are simulated; take it out for a school",
        ));
        findings.extend(self.not_rehearsed.iter().map(bad));
    }

    /// Where the settings file holds the database's password.
    fn password_in_file(&self) -> Option<String> {
        let url = url::Url::parse(self.database_url.as_ref()?.expose()).ok()?;
        url.password()?;
        let place = self.layers.place("database_url")?;
        (!place.starts_with("DIKA_")).then_some(place)
    }
}

fn without_limits(missing: &MissingLimits) -> String {
    let MissingLimits {
        issuer,
        wallet,
        keys,
    } = missing;
    format!(
        "{issuer} {wallet}: takes no top-ups, because nobody gave {}; set them under [issuers.{issuer}.wallets.{wallet}]",
        keys.join(", ")
    )
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
