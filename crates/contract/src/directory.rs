use crate::language::Language;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::{Fen, ServicePointId, Timestamp};

wire_enum!(
    /// Who issues a card.
    pub enum Issuer {
        /// 广东工业大学校园卡, issued by the school; valid on all four campuses.
        Gdut = "gdut",
        /// 广州大学城一卡通, issued by 广州大学城一卡通有限公司; 大学城 campus and nine other universities.
        Hemc = "hemc",
    } else {
        /// An issuer that this version does not know.
        Other = "other",
    }
);

wire_enum!(
    /// A purse on a card.
    pub enum WalletKind {
        /// The purse for canteens and shops; `gdut` has only this one.
        Main = "main",
        /// 水电钱包: hot water on `hemc`.
        Utilities = "utilities",
    } else {
        /// A wallet that this version does not know.
        Other = "other",
    }
);

wire_enum!(
    /// Where a student lives and learns.
    pub enum Campus {
        /// 大学城校区 (University Town): both cards.
        Daxuecheng = "daxuecheng",
        /// 龙洞校区: `gdut` only.
        Longdong = "longdong",
        /// 东风路校区: `gdut` only.
        Dongfenglu = "dongfenglu",
        /// 番禺校区: `gdut` only.
        Panyu = "panyu",
    } else {
        /// A campus that this version does not know.
        Other = "other",
    }
);

wire_enum!(
    /// Where waiting money is put onto a card.
    pub enum TerminalKind {
        /// A staffed desk (校园卡充值点; for hot water the service centre).
        ServicePoint = "service_point",
        /// 圈存机 of the school's card.
        GdutLoad = "gdut_load",
        /// 圈存补登机 of the school's card.
        GdutTopUp = "gdut_top_up",
        /// 补登机 of the University Town card. It never serves the school's card, nor the reverse.
        HemcTopUp = "hemc_top_up",
    } else {
        /// A terminal that this version does not know.
        Other = "other",
    }
);

impl Campus {
    /// Whether students of this campus hold a card of this issuer (seed, 卡片使用范围 and the
    /// paragraph on new students).
    pub fn has(self, issuer: Issuer) -> bool {
        match issuer {
            Issuer::Gdut => self != Self::Other,
            Issuer::Hemc => self == Self::Daxuecheng,
            Issuer::Other => false,
        }
    }
}

/// A name or sentence of the directory in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Bilingual {
    /// Simplified Chinese; the source's own words where it is a name.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// The text in one language.
    pub fn text_in(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

/// Where, and how soon, paid money is collected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimRule {
    /// The terminals that release this money. Empty: the money needs no collecting.
    pub terminals: Vec<TerminalKind>,
    /// After so many seconds the student first confirms, then the money waits again. None: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_s: Option<u32>,
}

impl ClaimRule {
    /// Whether money has to be collected at all.
    pub fn is_needed(&self) -> bool {
        !self.terminals.is_empty()
    }
}

/// Amounts that a wallet takes. All bounds are inclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limits {
    /// Amounts to choose from with one tap.
    pub presets_fen: Vec<Fen>,
    /// The smallest top-up.
    pub min_fen: Fen,
    /// The largest top-up.
    pub max_fen: Fen,
    /// The most that may be paid for one card and wallet on one day in China.
    pub daily_fen: Fen,
    /// The most that the wallet may hold, waiting money included.
    pub cap_fen: Fen,
    /// From this amount on the app says what happens to the money when the card is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_from_fen: Option<Fen>,
}

/// A purse of an issuer's card and its rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Wallet {
    /// Which purse.
    pub kind: WalletKind,
    /// Its name.
    pub name: Bilingual,
    /// How its money gets onto the card.
    pub claim: ClaimRule,
    /// Absent where nobody has said them: the page then says to ask the service point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

/// The hours of a day, in China, in which top-ups are taken; both ends as minutes since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceHours {
    /// First minute, as in 390 for 06:30.
    pub from_min: u16,
    /// First minute after the end, as in 1410 for 23:30; 1440 is midnight.
    pub to_min: u16,
}

/// An issuer, its official links and its wallets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IssuerInfo {
    /// Which issuer.
    pub id: Issuer,
    /// The card's name.
    pub name: Bilingual,
    /// The issuer's site.
    pub site: String,
    /// Whether the source says that the site could not be reached.
    #[serde(default)]
    pub site_unreachable: bool,
    /// The official account in WeChat.
    pub official_account: String,
    /// Its purses.
    pub wallets: Vec<Wallet>,
    /// Absent where nobody has said them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<ServiceHours>,
    /// Until then no top-ups are taken for these cards, whatever the hours: a holiday. Absent on ordinary days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_until: Option<Timestamp>,
}

/// A campus and the cards its students hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CampusInfo {
    /// Which campus.
    pub id: Campus,
    /// Its name.
    pub name: Bilingual,
    /// The cards its students hold.
    pub issuers: Vec<Issuer>,
}

/// A kind of place where money is collected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Terminal {
    /// Which kind.
    pub kind: TerminalKind,
    /// What is written on it.
    pub name: Bilingual,
    /// Whose cards it serves.
    pub issuers: Vec<Issuer>,
    /// Where to look for one.
    pub whereabouts: Bilingual,
}

/// A phone number and the card it answers for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhoneLine {
    /// As dialled: `020-39322361`.
    pub number: String,
    /// The cards it answers for.
    pub issuers: Vec<Issuer>,
    /// Said where the phone is not a card desk's (番禺: a college office).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Bilingual>,
}

/// A desk where people help with cards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServicePoint {
    /// Which one.
    pub id: ServicePointId,
    /// Its name.
    pub name: Bilingual,
    /// Where it is.
    pub address: Bilingual,
    /// On which campus.
    pub campus: Campus,
    /// The cards it helps with.
    pub issuers: Vec<Issuer>,
    /// Its phones; they differ by card at 大学城.
    pub phones: Vec<PhoneLine>,
    /// Opening hours in words; absent where nobody has said them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Bilingual>,
}

impl ServicePoint {
    /// The phone that answers for this card here.
    pub fn phone(&self, issuer: Issuer) -> Option<&PhoneLine> {
        self.phones
            .iter()
            .find(|line| line.issuers.contains(&issuer))
    }
}

/// Something to know now: a machine that is out of order, a holiday. Once it is over, it is not sent any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Notice {
    /// What to know, a sentence or two.
    pub text: Bilingual,
    /// The cards that it is about.
    pub issuers: Vec<Issuer>,
}

/// Everything that is the same for all students. Changes rarely; carries its date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Directory {
    /// When the facts were last checked against their source.
    pub as_of: Timestamp,
    /// Whether amounts, limits and hours are the sandbox's own inventions.
    #[serde(default)]
    pub sandbox: bool,
    /// The two cards.
    pub issuers: Vec<IssuerInfo>,
    /// The four campuses.
    pub campuses: Vec<CampusInfo>,
    /// The kinds of machines and desks.
    pub terminals: Vec<Terminal>,
    /// The five desks.
    pub service_points: Vec<ServicePoint>,
    /// Complaints and suggestions.
    pub complaints_email: String,
    /// Who runs this installation and receives the money; absent where the school has not said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Bilingual>,
    /// What the school wants known now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
}

impl Directory {
    /// What the school's guide says, and nothing else: no limits, no hours. JSON of a `Directory`.
    /// The app's copy for when the API cannot be reached, and the server's base.
    pub const SEED_JSON: &'static str = include_str!("../data/directory.json");

    /// An issuer's entry.
    pub fn issuer(&self, id: Issuer) -> Option<&IssuerInfo> {
        self.issuers.iter().find(|info| info.id == id)
    }

    /// A wallet's rules.
    pub fn wallet(&self, issuer: Issuer, kind: WalletKind) -> Option<&Wallet> {
        self.issuer(issuer)?
            .wallets
            .iter()
            .find(|wallet| wallet.kind == kind)
    }

    /// A campus's entry.
    pub fn campus(&self, id: Campus) -> Option<&CampusInfo> {
        self.campuses.iter().find(|info| info.id == id)
    }

    /// A terminal kind's entry.
    pub fn terminal(&self, kind: TerminalKind) -> Option<&Terminal> {
        self.terminals.iter().find(|terminal| terminal.kind == kind)
    }

    /// The desks that help with this card, those of `campus` first.
    pub fn points_for(&self, issuer: Issuer, campus: Campus) -> Vec<&ServicePoint> {
        let (mut near, far): (Vec<_>, Vec<_>) = self
            .service_points
            .iter()
            .filter(|point| point.issuers.contains(&issuer))
            .partition(|point| point.campus == campus);
        near.extend(far);
        near
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> Directory {
        serde_json::from_str(Directory::SEED_JSON).expect("the built-in directory is well-formed")
    }

    #[test]
    fn the_built_in_copy_says_what_the_seed_says() {
        let seed = seed();
        assert!(!seed.sandbox);
        assert_eq!(seed.service_points.len(), 5);
        assert_eq!(seed.terminals.len(), 4);
        for campus in &seed.campuses {
            for issuer in [Issuer::Gdut, Issuer::Hemc] {
                assert_eq!(campus.issuers.contains(&issuer), campus.id.has(issuer));
            }
        }
        let phone = |issuer, campus: Campus, at: usize| {
            let points = seed.points_for(issuer, campus);
            points[at].phone(issuer).expect("a phone").number.clone()
        };
        assert_eq!(phone(Issuer::Gdut, Campus::Daxuecheng, 0), "020-39322361");
        assert_eq!(phone(Issuer::Hemc, Campus::Daxuecheng, 0), "020-39340236");
        assert_eq!(phone(Issuer::Gdut, Campus::Daxuecheng, 1), "020-39322360");
        assert_eq!(phone(Issuer::Hemc, Campus::Daxuecheng, 1), "020-39347848");
        assert_eq!(phone(Issuer::Gdut, Campus::Dongfenglu, 0), "020-37627477");
        assert_eq!(phone(Issuer::Gdut, Campus::Longdong, 0), "020-87083696");
        assert_eq!(phone(Issuer::Gdut, Campus::Panyu, 0), "020-22629122");
        assert_eq!(seed.points_for(Issuer::Hemc, Campus::Daxuecheng).len(), 2);
    }

    #[test]
    fn nothing_unsaid_is_in_the_built_in_copy() {
        for issuer in seed().issuers {
            assert!(issuer.hours.is_none());
            assert!(issuer.wallets.iter().all(|wallet| wallet.limits.is_none()));
        }
    }

    #[test]
    fn claim_rules_never_cross_issuers() {
        let seed = seed();
        for issuer in &seed.issuers {
            for kind in issuer
                .wallets
                .iter()
                .flat_map(|wallet| &wallet.claim.terminals)
            {
                let terminal = seed
                    .terminal(*kind)
                    .expect("every named terminal is described");
                assert!(terminal.issuers.contains(&issuer.id));
            }
        }
        let hot_water = seed
            .wallet(Issuer::Hemc, WalletKind::Utilities)
            .expect("hot water");
        assert_eq!(hot_water.claim.within_s, Some(6 * 3600));
        assert!(
            !seed
                .wallet(Issuer::Hemc, WalletKind::Main)
                .expect("main")
                .claim
                .is_needed()
        );
    }

    #[test]
    fn unknown_words_survive() {
        let point: TerminalKind = serde_json::from_str("\"drone\"").expect("any word");
        assert_eq!(point, TerminalKind::Other);
    }
}
