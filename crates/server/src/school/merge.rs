use std::collections::BTreeMap;

use dika_connector::Day;
use dika_connector::protocol::capabilities::check_limits;
use dika_connector::protocol::{CapabilitiesAnswer, WalletCapabilities};
use dika_contract::directory::{
    Bilingual, IssuerInfo, Limits, Notice, PhoneLine, ServicePoint, Wallet,
};
use dika_contract::{ClaimRule, Directory, Fen, Issuer, ServicePointId, Timestamp, WalletKind};

use super::rules::{IssuerRules, PhoneRules, PointRules, School, WalletRules};
use super::values::{Days, Hours, Words};
use crate::yuan::yuan;

/// Who said a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The settings: file, environment or command line.
    Settings,
    /// The issuer's connector.
    Connector,
    /// The school's guide, as it is built in.
    Guide,
    /// Nobody; this is what holds then.
    Default,
}

/// A value and who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The setting.
    pub key: String,
    /// The value, as a person reads it.
    pub value: String,
    /// Who said it.
    pub origin: Origin,
}

/// A wallet that nobody gave all limits to: it takes no money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingLimits {
    /// Whose card.
    pub issuer: Issuer,
    /// Which wallet.
    pub wallet: WalletKind,
    /// The settings that nobody gave.
    pub keys: Vec<&'static str>,
}

/// The directory, and what there is to say about it.
#[derive(Clone, Debug)]
pub struct Merged {
    /// What students see.
    pub directory: Directory,
    /// Each value and who said it.
    pub values: Vec<Shown>,
    /// Wallets that take no money because a limit is missing.
    pub missing: Vec<MissingLimits>,
    /// What contradicts itself, one sentence each.
    pub problems: Vec<String>,
}

impl School {
    /// Lays these decisions over what connectors offer, and both over the guide. The settings win over the connector,
    /// the connector over the guide, value by value.
    pub fn merge(
        &self,
        guide: &Directory,
        offers: &BTreeMap<Issuer, CapabilitiesAnswer>,
        now: Timestamp,
    ) -> Merged {
        let mut merging = Merging::default();
        let mut directory = guide.clone();
        if let Some(day) = self.checked_on {
            directory.as_of = day.start();
        }
        let checked = self.checked_on.map(|day| day.to_string());
        let guide_day = Day::of(guide.as_of).to_string();
        merging.pick("checked_on", checked, None, Some(guide_day), Clone::clone);
        merging.replace(
            "complaints_email",
            self.complaints_email.as_ref(),
            &mut directory.complaints_email,
        );
        let none = IssuerRules::default();
        for info in &mut directory.issuers {
            let rules = self.issuers.get(info.id).unwrap_or(&none);
            merging.issuer(info, rules, offers.get(&info.id), now);
        }
        for terminal in &mut directory.terminals {
            let Some(rules) = self.terminals.get(terminal.kind) else {
                continue;
            };
            let key = format!("terminals.{}", terminal.kind);
            merging.words(
                &format!("{key}.name"),
                rules.name.as_ref(),
                &mut terminal.name,
            );
            merging.words(
                &format!("{key}.whereabouts"),
                rules.whereabouts.as_ref(),
                &mut terminal.whereabouts,
            );
        }
        merging.claims_are_of_their_issuer(&directory);
        for (id, rules) in &self.service_points {
            merging.service_point(&mut directory, id, rules);
        }
        for notice in &self.notices {
            let begun = notice.from.is_none_or(|day| day.start() <= now);
            let over = notice.until.is_some_and(|day| day.end() <= now);
            let when = if over {
                "over"
            } else if begun {
                "shown now"
            } else {
                "not yet"
            };
            merging.show(
                "notices",
                format!("{} ({when})", notice.en),
                Origin::Settings,
            );
            if begun && !over {
                directory.notices.push(Notice {
                    text: Bilingual {
                        zh: notice.zh.clone(),
                        en: notice.en.clone(),
                    },
                    issuers: all_or(notice.issuers.as_ref()),
                });
            }
        }
        Merged {
            directory,
            values: merging.values,
            missing: merging.missing,
            problems: merging.problems,
        }
    }
}

/// What was found while merging.
#[derive(Default)]
struct Merging {
    values: Vec<Shown>,
    missing: Vec<MissingLimits>,
    problems: Vec<String>,
}

impl Merging {
    fn show(&mut self, key: impl Into<String>, value: impl Into<String>, origin: Origin) {
        self.values.push(Shown {
            key: key.into(),
            value: value.into(),
            origin,
        });
    }

    /// The first value that somebody said, and notes who.
    fn pick<T>(
        &mut self,
        key: impl Into<String>,
        settings: Option<T>,
        connector: Option<T>,
        guide: Option<T>,
        shown: impl Fn(&T) -> String,
    ) -> Option<T> {
        let said = [
            (settings, Origin::Settings),
            (connector, Origin::Connector),
            (guide, Origin::Guide),
        ];
        let (value, origin) = said
            .into_iter()
            .find_map(|(value, origin)| Some((value?, origin)))?;
        self.show(key, shown(&value), origin);
        Some(value)
    }

    fn replace(&mut self, key: impl Into<String>, settings: Option<&String>, place: &mut String) {
        let guide = Some(place.clone());
        if let Some(text) = self.pick(key, settings.cloned(), None, guide, Clone::clone) {
            *place = text;
        }
    }

    fn words(&mut self, key: &str, settings: Option<&Words>, place: &mut Bilingual) {
        if let Some(words) = settings {
            *place = words.into();
            self.show(key, place.en.clone(), Origin::Settings);
        }
    }

    fn issuer(
        &mut self,
        info: &mut IssuerInfo,
        rules: &IssuerRules,
        offer: Option<&CapabilitiesAnswer>,
        now: Timestamp,
    ) {
        let key = format!("issuers.{}", info.id);
        let top_ups = rules.top_ups.unwrap_or(true);
        let origin = rules.top_ups.map_or(Origin::Default, |_| Origin::Settings);
        self.show(format!("{key}.top_ups"), top_ups.to_string(), origin);
        info.hours = self
            .pick(
                format!("{key}.hours"),
                rules.hours,
                offer.and_then(|offer| offer.hours).map(Hours),
                info.hours.map(Hours),
                ToString::to_string,
            )
            .map(|Hours(hours)| hours);
        if info.hours.is_none() {
            self.show(format!("{key}.hours"), "always", Origin::Default);
        }
        if let Some(holidays) = &rules.holidays {
            let shown: Vec<String> = holidays.iter().map(ToString::to_string).collect();
            self.show(
                format!("{key}.holidays"),
                shown.join(", "),
                Origin::Settings,
            );
            info.closed_until = closed_until(holidays, now);
        }
        if rules.site.is_some() {
            info.site_unreachable = false;
        }
        self.replace(format!("{key}.site"), rules.site.as_ref(), &mut info.site);
        self.replace(
            format!("{key}.official_account"),
            rules.official_account.as_ref(),
            &mut info.official_account,
        );
        let issuer = info.id;
        for wallet in &mut info.wallets {
            let Some(rules) = rules.wallets.get(wallet.kind) else {
                continue;
            };
            let offered = offer.and_then(|offer| {
                offer
                    .wallets
                    .iter()
                    .find(|offered| offered.kind == wallet.kind)
            });
            if offer.is_some() && offered.is_none() && top_ups {
                self.problems.push(format!(
                    "{issuer}: its connector has no wallet {}",
                    wallet.kind
                ));
            }
            self.wallet(issuer, wallet, rules, offered, top_ups);
        }
    }

    fn wallet(
        &mut self,
        issuer: Issuer,
        wallet: &mut Wallet,
        rules: &WalletRules,
        offered: Option<&WalletCapabilities>,
        top_ups: bool,
    ) {
        let key = format!("issuers.{issuer}.wallets.{}", wallet.kind);
        self.claim(
            &key,
            wallet,
            rules,
            offered.and_then(|it| it.claim.as_ref()),
        );
        wallet.limits = None;
        if !top_ups {
            return;
        }
        let offered = offered.and_then(|it| it.limits.as_ref());
        let mut missing = Vec::new();
        let mut amount = |name: &'static str, needed, settings: Option<Fen>, connector| {
            let place = format!("{key}.{name}");
            let picked = self.pick(place, settings, connector, None, |fen| yuan(*fen));
            if picked.is_none() && needed {
                missing.push(name);
            }
            picked
        };
        let min = amount("min_fen", true, rules.min_fen, offered.map(|it| it.min_fen));
        let max = amount("max_fen", true, rules.max_fen, offered.map(|it| it.max_fen));
        let daily = amount(
            "daily_fen",
            true,
            rules.daily_fen,
            offered.map(|it| it.daily_fen),
        );
        let cap = amount("cap_fen", true, rules.cap_fen, offered.map(|it| it.cap_fen));
        let warn_from_fen = amount(
            "warn_from_fen",
            false,
            rules.warn_from_fen,
            offered.and_then(|it| it.warn_from_fen),
        );
        let presets = self.pick(
            format!("{key}.presets_fen"),
            rules.presets_fen.clone(),
            offered.map(|it| it.presets_fen.clone()),
            None,
            |presets| {
                let shown: Vec<String> = presets.iter().copied().map(yuan).collect();
                shown.join(", ")
            },
        );
        let (Some(min_fen), Some(max_fen), Some(daily_fen), Some(cap_fen)) = (min, max, daily, cap)
        else {
            self.missing.push(MissingLimits {
                issuer,
                wallet: wallet.kind,
                keys: missing,
            });
            return;
        };
        let limits = Limits {
            presets_fen: presets.unwrap_or_default(),
            min_fen,
            max_fen,
            daily_fen,
            cap_fen,
            warn_from_fen,
        };
        match check_limits(&limits) {
            Ok(()) => wallet.limits = Some(limits),
            Err(fault) => self.problems.push(format!("{key}: {fault}")),
        }
    }

    fn claim(
        &mut self,
        key: &str,
        wallet: &mut Wallet,
        rules: &WalletRules,
        offered: Option<&ClaimRule>,
    ) {
        let guide = wallet.claim.clone();
        let terminals = self.pick(
            format!("{key}.claim_terminals"),
            rules.claim_terminals.clone(),
            offered.map(|rule| rule.terminals.clone()),
            Some(guide.terminals),
            |kinds| match kinds[..] {
                [] => "none: on the card at once".to_owned(),
                _ => {
                    let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
                    words.join(", ")
                }
            },
        );
        let within = |rule: &ClaimRule| rule.within_s.unwrap_or(0);
        let within_s = self.pick(
            format!("{key}.claim_within_s"),
            rules.claim_within_s,
            offered.map(within),
            Some(guide.within_s.unwrap_or(0)),
            |seconds| match seconds {
                0 => "0: without a limit".to_owned(),
                seconds => seconds.to_string(),
            },
        );
        wallet.claim = ClaimRule {
            terminals: terminals.unwrap_or_default(),
            within_s: within_s.filter(|seconds| *seconds > 0),
        };
    }

    fn claims_are_of_their_issuer(&mut self, directory: &Directory) {
        for info in &directory.issuers {
            for wallet in &info.wallets {
                for kind in &wallet.claim.terminals {
                    let serves = directory
                        .terminal(*kind)
                        .is_some_and(|terminal| terminal.issuers.contains(&info.id));
                    if !serves {
                        self.problems.push(format!(
                            "issuers.{}.wallets.{}: claim_terminals names {kind}, which serves other cards",
                            info.id, wallet.kind
                        ));
                    }
                }
            }
        }
    }

    fn service_point(&mut self, directory: &mut Directory, id: &str, rules: &PointRules) {
        let key = format!("service_points.{id}");
        let points = &mut directory.service_points;
        let known = points.iter().position(|point| point.id.as_str() == id);
        match (known, rules.closed) {
            (Some(at), true) => {
                points.remove(at);
                self.show(key, "closed", Origin::Settings);
            }
            (Some(at), false) => {
                change(&mut points[at], rules);
                self.show(key, "changed", Origin::Settings);
            }
            (None, true) => self
                .problems
                .push(format!("{key} is closed, and the guide has no such desk")),
            (None, false) => match new_point(id, rules) {
                Ok(point) => {
                    points.push(point);
                    self.show(key, "new", Origin::Settings);
                }
                Err(missing) => self.problems.push(format!(
                    "{key}: the guide has no such desk, so a new one needs {missing}"
                )),
            },
        }
    }
}

/// The end of the closed days that go on now; days that follow one another count as one.
fn closed_until(holidays: &[Days], now: Timestamp) -> Option<Timestamp> {
    let mut end = None;
    let mut at = now;
    while let Some(days) = holidays
        .iter()
        .find(|days| days.first.start() <= at && at < days.last.end())
    {
        at = days.last.end();
        end = Some(at);
    }
    end
}

fn all_or(issuers: Option<&Vec<Issuer>>) -> Vec<Issuer> {
    issuers
        .cloned()
        .unwrap_or_else(|| vec![Issuer::Gdut, Issuer::Hemc])
}

fn phones(rules: &[PhoneRules]) -> Vec<PhoneLine> {
    rules
        .iter()
        .map(|phone| PhoneLine {
            number: phone.number.clone(),
            issuers: all_or(phone.issuers.as_ref()),
            note: phone.note.as_ref().map(Into::into),
        })
        .collect()
}

fn change(point: &mut ServicePoint, rules: &PointRules) {
    if let Some(name) = &rules.name {
        point.name = name.into();
    }
    if let Some(address) = &rules.address {
        point.address = address.into();
    }
    if let Some(campus) = rules.campus {
        point.campus = campus;
    }
    if let Some(issuers) = &rules.issuers {
        point.issuers.clone_from(issuers);
    }
    if let Some(lines) = &rules.phones {
        point.phones = phones(lines);
    }
    if let Some(hours) = &rules.hours {
        point.hours = Some(hours.into());
    }
}

/// A desk that the guide does not have; or what is missing.
fn new_point(id: &str, rules: &PointRules) -> Result<ServicePoint, &'static str> {
    Ok(ServicePoint {
        id: ServicePointId::parse(id).ok_or("an id of letters, digits and -")?,
        name: rules.name.as_ref().ok_or("name")?.into(),
        address: rules.address.as_ref().ok_or("address")?.into(),
        campus: rules.campus.ok_or("campus")?,
        issuers: rules.issuers.clone().ok_or("issuers")?,
        phones: phones(rules.phones.as_deref().unwrap_or_default()),
        hours: rules.hours.as_ref().map(Into::into),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guide() -> Directory {
        serde_json::from_str(Directory::SEED_JSON).expect("the guide")
    }

    fn offer(issuer: &str, wallets: &str) -> CapabilitiesAnswer {
        serde_json::from_str(&format!(
            r#"{{"protocol":"1","issuer":"{issuer}","ops":[],"wallets":{wallets},"hours":{{"from_min":480,"to_min":1200}}}}"#
        ))
        .expect("capabilities")
    }

    fn of<'a>(merged: &'a Merged, key: &str) -> Option<(&'a str, Origin)> {
        let shown = merged.values.iter().find(|shown| shown.key == key)?;
        Some((&shown.value, shown.origin))
    }

    const LIMITS: &str = r#"[{"kind":"main","limits":{"presets_fen":[2000],"min_fen":100,"max_fen":50000,"daily_fen":60000,"cap_fen":100000}}]"#;

    #[test]
    fn without_anybody_s_word_a_wallet_has_no_limits_and_is_named() {
        let merged = School::default().merge(&guide(), &BTreeMap::new(), Timestamp::from_unix(0));
        assert_eq!(merged.missing.len(), 3);
        assert_eq!(
            merged.missing[0],
            MissingLimits {
                issuer: Issuer::Gdut,
                wallet: WalletKind::Main,
                keys: vec!["min_fen", "max_fen", "daily_fen", "cap_fen"],
            }
        );
        assert_eq!(merged.directory, guide());
        assert_eq!(
            of(&merged, "issuers.gdut.hours"),
            Some(("always", Origin::Default))
        );
        assert_eq!(
            of(&merged, "issuers.hemc.wallets.utilities.claim_within_s"),
            Some(("21600", Origin::Guide))
        );
    }

    #[test]
    fn settings_win_over_the_connector_value_by_value() {
        let rules = r#"{"hours":"06:30-23:30","wallets":{"main":{"max_fen":20000}}}"#;
        let issuers = format!(r#"{{"gdut":{rules},"hemc":{{"top_ups":false}}}}"#);
        let school = School {
            issuers: serde_json::from_str(&issuers).expect("rules"),
            ..School::default()
        };
        let offers = BTreeMap::from([(Issuer::Gdut, offer("gdut", LIMITS))]);
        let merged = school.merge(&guide(), &offers, Timestamp::from_unix(0));
        assert!(
            merged.missing.is_empty() && merged.problems.is_empty(),
            "{merged:?}"
        );
        let wallet = merged.directory.wallet(Issuer::Gdut, WalletKind::Main);
        let limits = wallet.expect("a wallet").limits.as_ref().expect("limits");
        assert_eq!(
            (limits.min_fen, limits.max_fen),
            (Fen::new(100), Fen::new(20_000))
        );
        let hours = merged.directory.issuer(Issuer::Gdut).expect("it").hours;
        assert_eq!(hours.map(|hours| hours.from_min), Some(390));
        let key = |name: &str| format!("issuers.gdut.wallets.main.{name}");
        assert_eq!(
            of(&merged, &key("max_fen")),
            Some(("200.00 yuan", Origin::Settings))
        );
        assert_eq!(
            of(&merged, &key("min_fen")),
            Some(("1.00 yuan", Origin::Connector))
        );
        assert!(
            merged
                .directory
                .wallet(Issuer::Hemc, WalletKind::Main)
                .expect("it")
                .limits
                .is_none()
        );
    }

    #[test]
    fn what_contradicts_itself_takes_no_money_and_is_said() {
        let rules =
            r#"{"gdut":{"wallets":{"main":{"max_fen":50,"claim_terminals":["hemc_top_up"]}}}}"#;
        let school = School {
            issuers: serde_json::from_str(rules).expect("rules"),
            ..School::default()
        };
        let offers = BTreeMap::from([
            (Issuer::Gdut, offer("gdut", LIMITS)),
            (Issuer::Hemc, offer("hemc", LIMITS)),
        ]);
        let merged = school.merge(&guide(), &offers, Timestamp::from_unix(0));
        let wallet = merged.directory.wallet(Issuer::Gdut, WalletKind::Main);
        assert!(wallet.expect("a wallet").limits.is_none());
        let told = merged.problems.join("\n");
        for part in [
            "max_fen: not less than min_fen",
            "hemc_top_up, which serves other cards",
            "no wallet utilities",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn holidays_that_touch_are_one_and_notices_come_and_go() {
        let school = School {
            issuers: serde_json::from_str(r#"{"gdut":{"holidays":["2027-01-01","2027-01-02/2027-01-03"]}}"#)
                .expect("rules"),
            notices: serde_json::from_str(
                r#"[{"zh":"坏","en":"broken","issuers":["gdut"],"from":"2027-01-02","until":"2027-01-02"}]"#,
            )
            .expect("notices"),
            ..School::default()
        };
        let at = |text: &str| Timestamp::parse(text).expect("a moment");
        let seen = |now| {
            let directory = school.merge(&guide(), &BTreeMap::new(), now).directory;
            (directory.issuers[0].closed_until, directory.notices.len())
        };
        let open = Some(at("2027-01-04T00:00:00+08:00"));
        assert_eq!(seen(at("2026-12-31T23:59:59+08:00")), (None, 0));
        assert_eq!(seen(at("2027-01-01T00:00:00+08:00")), (open, 0));
        assert_eq!(seen(at("2027-01-02T12:00:00+08:00")), (open, 1));
        assert_eq!(seen(at("2027-01-03T23:59:59+08:00")), (open, 0));
        assert_eq!(seen(at("2027-01-04T00:00:00+08:00")), (None, 0));
    }

    #[test]
    fn desks_are_changed_closed_and_added() {
        let points = r#"{
            "panyu": {"closed": true},
            "longdong": {"hours": {"zh": "周一至周五", "en": "Monday to Friday"}},
            "library": {"name": {"zh": "图书馆", "en": "Library"}, "address": {"zh": "一楼", "en": "Ground floor"},
                "campus": "daxuecheng", "issuers": ["gdut"], "phones": [{"number": "020-1"}]},
            "half": {"campus": "panyu"}
        }"#;
        let school = School {
            service_points: serde_json::from_str(points).expect("rules"),
            ..School::default()
        };
        let merged = school.merge(&guide(), &BTreeMap::new(), Timestamp::from_unix(0));
        let point = |id: &str| {
            let points = &merged.directory.service_points;
            points.iter().find(|point| point.id.as_str() == id)
        };
        assert!(point("panyu").is_none());
        assert!(point("longdong").expect("it").hours.is_some());
        assert_eq!(point("library").expect("it").phones[0].issuers.len(), 2);
        assert!(point("half").is_none());
        assert!(
            merged.problems[0].contains("needs name"),
            "{:?}",
            merged.problems
        );
    }
}
