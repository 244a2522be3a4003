use std::collections::BTreeMap;

use dika_connector::Day;
use dika_contract::{Campus, Fen, Issuer, TerminalKind, WalletKind};
use serde::Deserialize;

use super::values::{self, Days, Hours, Words};

/// What a school decides. What is left out is the connector's to say, or the guide's.
#[derive(Clone, Debug, Default)]
pub struct School {
    /// When the facts were last checked against their source.
    pub checked_on: Option<Day>,
    /// Complaints and suggestions.
    pub complaints_email: Option<String>,
    /// The cards.
    pub issuers: PerIssuer<IssuerRules>,
    /// The kinds of machines.
    pub terminals: PerTerminal,
    /// Desks, by id: those of the guide, changed or closed, and others.
    pub service_points: BTreeMap<String, PointRules>,
    /// What to know now.
    pub notices: Vec<NoticeRules>,
}

/// Something for each issuer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerIssuer<T> {
    gdut: Option<T>,
    hemc: Option<T>,
}

impl<T> Default for PerIssuer<T> {
    fn default() -> Self {
        Self {
            gdut: None,
            hemc: None,
        }
    }
}

impl<T> PerIssuer<T> {
    /// An issuer's.
    pub fn get(&self, issuer: Issuer) -> Option<&T> {
        match issuer {
            Issuer::Gdut => self.gdut.as_ref(),
            Issuer::Hemc => self.hemc.as_ref(),
            Issuer::Other => None,
        }
    }

    /// Those that are there.
    pub fn iter(&self) -> impl Iterator<Item = (Issuer, &T)> {
        [Issuer::Gdut, Issuer::Hemc]
            .into_iter()
            .filter_map(|issuer| Some((issuer, self.get(issuer)?)))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.gdut.is_none() && self.hemc.is_none()
    }
}

/// Rules for each wallet of an issuer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PerWallet {
    main: WalletRules,
    utilities: WalletRules,
}

impl PerWallet {
    /// A wallet's.
    pub fn get(&self, wallet: WalletKind) -> Option<&WalletRules> {
        match wallet {
            WalletKind::Main => Some(&self.main),
            WalletKind::Utilities => Some(&self.utilities),
            WalletKind::Other => None,
        }
    }
}

/// Words for each kind of machine.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PerTerminal {
    service_point: TerminalRules,
    gdut_load: TerminalRules,
    gdut_top_up: TerminalRules,
    hemc_top_up: TerminalRules,
}

impl PerTerminal {
    /// A kind's.
    pub fn get(&self, kind: TerminalKind) -> Option<&TerminalRules> {
        match kind {
            TerminalKind::ServicePoint => Some(&self.service_point),
            TerminalKind::GdutLoad => Some(&self.gdut_load),
            TerminalKind::GdutTopUp => Some(&self.gdut_top_up),
            TerminalKind::HemcTopUp => Some(&self.hemc_top_up),
            TerminalKind::Other => None,
        }
    }
}

/// What is decided for an issuer's cards.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IssuerRules {
    /// Whether these cards can be topped up here.
    pub top_ups: Option<bool>,
    /// When top-ups are taken.
    pub hours: Option<Hours>,
    /// Days on which none are taken.
    pub holidays: Option<Vec<Days>>,
    /// The issuer's site.
    pub site: Option<String>,
    /// The official account in WeChat.
    pub official_account: Option<String>,
    /// Its wallets.
    pub wallets: PerWallet,
}

/// What is decided for a wallet.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WalletRules {
    /// Amounts to choose from.
    pub presets_fen: Option<Vec<Fen>>,
    /// The smallest top-up.
    pub min_fen: Option<Fen>,
    /// The largest top-up.
    pub max_fen: Option<Fen>,
    /// The most a day.
    pub daily_fen: Option<Fen>,
    /// The most that the wallet may hold.
    pub cap_fen: Option<Fen>,
    /// From where on the app warns.
    pub warn_from_fen: Option<Fen>,
    /// Where money is collected; empty: nowhere, it is on the card at once.
    #[serde(deserialize_with = "values::terminals")]
    pub claim_terminals: Option<Vec<TerminalKind>>,
    /// Within how many seconds; 0: without a limit.
    pub claim_within_s: Option<u32>,
}

/// What is decided for a kind of machine.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TerminalRules {
    /// What is written on it.
    pub name: Option<Words>,
    /// Where to look for one.
    pub whereabouts: Option<Words>,
}

/// What is decided for a desk.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PointRules {
    /// Whether it is not there any more.
    pub closed: bool,
    /// Its name.
    pub name: Option<Words>,
    /// Where it is.
    pub address: Option<Words>,
    /// On which campus.
    #[serde(deserialize_with = "values::campus")]
    pub campus: Option<Campus>,
    /// The cards it helps with.
    #[serde(deserialize_with = "values::issuers")]
    pub issuers: Option<Vec<Issuer>>,
    /// Its phones.
    pub phones: Option<Vec<PhoneRules>>,
    /// Opening hours in words.
    pub hours: Option<Words>,
}

/// A desk's phone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneRules {
    /// As dialled.
    pub number: String,
    /// The cards it answers for; left out: all.
    #[serde(default, deserialize_with = "values::issuers")]
    pub issuers: Option<Vec<Issuer>>,
    /// Whose it is, where it is not a card desk's.
    #[serde(default)]
    pub note: Option<Words>,
}

/// Something to know for a time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeRules {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// The cards that it is about; left out: all.
    #[serde(default, deserialize_with = "values::issuers")]
    pub issuers: Option<Vec<Issuer>>,
    /// From this day on.
    #[serde(default)]
    pub from: Option<Day>,
    /// Up to this day, included.
    #[serde(default)]
    pub until: Option<Day>,
}
