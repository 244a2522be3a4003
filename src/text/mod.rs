//! All texts that a person reads, in Chinese and English.
//!
//! One file per page or topic, with a struct that has a field per text, and two values of it. A text that is
//! missing in one language does not compile; an unused one is a warning. Placeholders are `{0}`, `{1}` …,
//! replaced by [`fill`].

use dika_contract::{
    Campus, CardStatus, ClaimState, Directory, Issuer, Language, PaymentState, TerminalKind,
    Timestamp, WalletKind, time::ChinaTime,
};
use leptos::prelude::use_context;

/// The app's language. Fixed while the document is open: the server chose it.
pub fn language() -> Language {
    use_context().unwrap_or_default()
}

/// Adds the two accessors of a struct of texts: by language, and for the current language.
macro_rules! texts {
    ($name:ident) => {
        impl $name {
            /// The texts in a language.
            pub(crate) fn of(language: dika_contract::Language) -> &'static Self {
                match language {
                    dika_contract::Language::Chinese => &ZH,
                    dika_contract::Language::English => &EN,
                }
            }

            /// The texts in the app's language.
            #[allow(dead_code, reason = "not every module uses both")]
            pub(crate) fn current() -> &'static Self {
                Self::of($crate::text::language())
            }
        }
    };
}

/// Binding a card.
mod bind;
/// One card.
mod card;
/// Texts that several pages share.
mod common;
/// Faults.
mod fault;
/// The frame.
mod frame;
/// The gallery; development builds only.
#[cfg(debug_assertions)]
mod gallery;
/// The guide.
mod guide;
/// Cards that are hidden because the phone number may have changed hands.
mod hidden_cards;
/// The home page.
mod home;
/// The pages on privacy and terms.
#[cfg(feature = "ssr")]
mod legal;
/// "Where is my money?".
mod money_triage;
/// Orders.
mod orders;
/// Another account that may be the student's.
mod other_account;
/// The texts of `public/rescue.js`.
#[cfg(feature = "ssr")]
mod rescue;
/// Service points.
mod service_points;
/// Settings.
mod settings;
/// Signing in.
mod sign_in;
/// A student's home page.
mod student_home;
/// Page titles and descriptions.
mod title;
/// Topping up.
mod top_up;

pub(crate) use bind::Bind as BindText;
pub(crate) use card::CardPage as CardText;
pub(crate) use common::Common;
pub(crate) use fault::Faults;
pub(crate) use frame::Frame as FrameText;
#[cfg(debug_assertions)]
pub(crate) use gallery::Gallery as GalleryText;
pub(crate) use guide::{
    Guide as GuideText, Machines as MachinesText, NewStudent as NewStudentText, Pair,
    PasswordHelper as PasswordHelperText, WhichCard as WhichCardText,
};
pub(crate) use hidden_cards::HiddenCards as HiddenCardsText;
pub(crate) use home::Home as HomeText;
#[cfg(feature = "ssr")]
pub(crate) use legal::{Document as LegalDocument, Legal as LegalText};
pub(crate) use money_triage::MoneyTriage as MoneyTriageText;
pub(crate) use orders::Orders as OrdersText;
pub(crate) use other_account::OtherAccount as OtherAccountText;
#[cfg(feature = "ssr")]
pub(crate) use rescue::Rescue;
pub(crate) use service_points::ServicePoints as ServicePointsText;
pub(crate) use settings::Settings as SettingsText;
pub(crate) use sign_in::SignIn as SignInText;
pub(crate) use student_home::StudentHome as StudentHomeText;
pub(crate) use title::Title;
pub(crate) use top_up::TopUp as TopUpText;

/// Replaces the placeholders `{0}`, `{1}` … of a text.
pub(crate) fn fill(text: &str, values: &[&str]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (index, behind) = after.split_once('}').unwrap_or((after, ""));
        let value = index.parse().ok().and_then(|at: usize| values.get(at));
        filled.push_str(value.unwrap_or(&""));
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

/// Formats an amount: `¥1,234.50`.
pub(crate) fn yuan(amount: dika_contract::Fen) -> String {
    let plain = amount.to_string();
    let (sign, digits) = plain
        .strip_prefix('-')
        .map_or(("", plain.as_str()), |digits| ("-", digits));
    let whole = digits.len() - 3;
    let mut shown = String::from(sign);
    shown.push('¥');
    for (at, digit) in digits.char_indices() {
        if at > 0 && at < whole && (whole - at) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A link that calls a phone number: `020-39322361` gives `tel:+862039322361`.
pub(crate) fn tel_link(number: &str) -> String {
    let digits = number.replace('-', "");
    ["tel:+86", digits.strip_prefix('0').unwrap_or(&digits)].concat()
}

/// The time of day in China: `14:05`.
pub(crate) fn clock(moment: Timestamp) -> String {
    let ChinaTime { hour, minute, .. } = moment.in_china();
    clock_of_day(u16::from(hour) * 60 + u16::from(minute))
}

/// Minutes since midnight as a time of day: 390 is `06:30`, 1440 is `24:00`.
pub(crate) fn clock_of_day(minutes: u16) -> String {
    let two = |number: u16| {
        let digits = number.to_string();
        if number < 10 {
            ["0", &digits].concat()
        } else {
            digits
        }
    };
    [two(minutes / 60).as_str(), ":", &two(minutes % 60)].concat()
}

/// Joins sentences, with a space in languages that use one.
pub(crate) fn sentences(language: Language, sentences: &[&str]) -> String {
    sentences.join(match language {
        Language::Chinese => "",
        Language::English => " ",
    })
}

/// Day and time in China: `11月22日 14:05`, `22 Nov 14:05`.
pub(crate) fn day_and_clock(language: Language, moment: Timestamp) -> String {
    [day(language, moment).as_str(), " ", &clock(moment)].concat()
}

/// Date and time in China, with the year: `2026年11月22日 14:05`, `22 Nov 2026 14:05`.
pub(crate) fn date_and_clock(language: Language, moment: Timestamp) -> String {
    let year = moment.in_china().year.to_string();
    let (day, clock) = (day(language, moment), clock(moment));
    match language {
        Language::Chinese => [&year, "年", &day, " ", &clock].concat(),
        Language::English => [&day, " ", &year, " ", &clock].concat(),
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

fn month_name(month: u8) -> &'static str {
    MONTHS
        .get(usize::from(month).wrapping_sub(1))
        .copied()
        .unwrap_or_default()
}

/// Day in China: `11月22日`, `22 Nov`.
pub(crate) fn day(language: Language, moment: Timestamp) -> String {
    let ChinaTime { month, day, .. } = moment.in_china();
    match language {
        Language::Chinese => [&month.to_string(), "月", &day.to_string(), "日"].concat(),
        Language::English => [&day.to_string(), " ", month_name(month)].concat(),
    }
}

/// Month in China: `2026年11月`, `Nov 2026`.
pub(crate) fn month(language: Language, moment: Timestamp) -> String {
    let ChinaTime { year, month, .. } = moment.in_china();
    match language {
        Language::Chinese => [&year.to_string(), "年", &month.to_string(), "月"].concat(),
        Language::English => [month_name(month), " ", &year.to_string()].concat(),
    }
}

/// Formats a duration: `5 小时 12 分钟`, `3 分 20 秒`; `5 h 12 min`, `3 min 20 s`.
pub(crate) fn duration(language: Language, seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hour, minute, minute_before_second, second) = match language {
        Language::Chinese => ("小时", "分钟", "分", "秒"),
        Language::English => ("h", "min", "min", "s"),
    };
    let parts = match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => vec![(s, second)],
        (0, m, 0) => vec![(m, minute)],
        (0, m, s) => vec![(m, minute_before_second), (s, second)],
        (h, 0, _) => vec![(h, hour)],
        (h, m, _) => vec![(h, hour), (m, minute)],
    };
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(number, unit)| [&number.to_string(), " ", unit].concat())
        .collect();
    parts.join(" ")
}

/// Names of states and kinds.
impl Common {
    /// A card's short name.
    pub(crate) fn issuer(&self, issuer: Issuer) -> &'static str {
        match issuer {
            Issuer::Gdut => self.gdut,
            Issuer::Hemc => self.hemc,
            Issuer::Other => self.other_card,
        }
    }

    /// A wallet's name.
    pub(crate) fn wallet(&self, wallet: WalletKind) -> &'static str {
        match wallet {
            WalletKind::Main => self.wallet_main,
            WalletKind::Utilities => self.wallet_utilities,
            WalletKind::Other => self.wallet_other,
        }
    }

    /// A campus's name.
    pub(crate) fn campus(&self, campus: Campus) -> &'static str {
        match campus {
            Campus::Daxuecheng => self.daxuecheng,
            Campus::Longdong => self.longdong,
            Campus::Dongfenglu => self.dongfenglu,
            Campus::Panyu => self.panyu,
            Campus::Other => self.other_campus,
        }
    }

    /// A terminal's name, as written on it.
    pub(crate) fn terminal(&self, kind: TerminalKind) -> &'static str {
        match kind {
            TerminalKind::ServicePoint => self.service_point,
            TerminalKind::GdutLoad => self.gdut_load,
            TerminalKind::GdutTopUp => self.gdut_top_up,
            TerminalKind::HemcTopUp => self.hemc_top_up,
            TerminalKind::Other => self.other_terminal,
        }
    }

    /// A list of terminals: `圈存机、圈存补登机或服务点`. With the University Town card's machines the service
    /// point is called a service centre (服务中心), as in the school's guide.
    pub(crate) fn terminals(&self, kinds: &[TerminalKind]) -> String {
        let centre = kinds.contains(&TerminalKind::HemcTopUp);
        let name = |kind: &TerminalKind| match kind {
            TerminalKind::ServicePoint if centre => self.service_centre,
            kind => self.terminal(*kind),
        };
        let names: Vec<&str> = kinds.iter().map(name).collect();
        match names.split_last() {
            None => String::new(),
            Some((last, [])) => (*last).to_owned(),
            Some((last, first)) => [&first.join(self.comma), self.or, *last].concat(),
        }
    }

    /// The name of a card's status.
    pub(crate) fn card_status(&self, status: CardStatus) -> &'static str {
        match status {
            CardStatus::Active => self.card_active,
            CardStatus::Lost => self.card_lost,
            CardStatus::Frozen => self.card_frozen,
            CardStatus::Expired => self.card_expired,
            CardStatus::Replaced => self.card_replaced,
            CardStatus::Closed => self.card_closed,
            CardStatus::Other => self.card_other,
        }
    }

    /// An order's state in a few words: the payment state until it is paid, then the claim state.
    pub(crate) fn order_state(&self, payment: PaymentState, claim: ClaimState) -> &'static str {
        match (payment, claim) {
            (PaymentState::Created, _) => self.order_created,
            (PaymentState::Paying, _) => self.order_paying,
            (PaymentState::Closed, _) => self.order_closed,
            (PaymentState::Failed, _) => self.order_failed,
            (PaymentState::Unknown, _) => self.order_unknown,
            (PaymentState::Refunding, _) => self.order_refunding,
            (PaymentState::Refunded, _) => self.order_refunded,
            (PaymentState::Paid, ClaimState::Waiting) => self.order_waiting,
            (PaymentState::Paid, ClaimState::NeedsConfirmation) => self.order_needs_confirmation,
            (PaymentState::Paid, ClaimState::Claimed | ClaimState::NotNeeded) => self.order_on_card,
            (PaymentState::Paid, ClaimState::Other) => self.order_paid,
        }
    }
}

/// The built-in directory, from the school's guide.
pub(crate) fn built_in_directory() -> Directory {
    // Tests of the contract read the same text.
    dika_json::read(Directory::SEED_JSON).expect("the built-in directory is well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dika_contract::Fen;

    #[test]
    fn blanks_are_filled() {
        assert_eq!(fill("{0} of {1}, {0}", &["a", "b"]), "a of b, a");
        assert_eq!(fill("none", &[]), "none");
        assert_eq!(fill("{7}", &["a"]), "");
    }

    #[test]
    fn a_day_has_clocks_from_midnight_to_midnight() {
        for (minutes, shown) in [(0, "00:00"), (5, "00:05"), (390, "06:30"), (1_440, "24:00")] {
            assert_eq!(clock_of_day(minutes), shown);
        }
    }

    #[test]
    fn sentences_are_apart_where_the_language_has_spaces() {
        assert_eq!(sentences(Language::Chinese, &["一。", "二。"]), "一。二。");
        assert_eq!(sentences(Language::English, &["One.", "Two."]), "One. Two.");
    }

    #[test]
    fn hot_water_is_paid_out_by_a_service_centre() {
        let common = Common::of(Language::Chinese);
        let hot_water = [TerminalKind::ServicePoint, TerminalKind::HemcTopUp];
        assert_eq!(common.terminals(&hot_water), "服务中心或大学城一卡通补登机");
        let gdut = [TerminalKind::GdutLoad, TerminalKind::ServicePoint];
        assert_eq!(common.terminals(&gdut), "圈存机或服务点");
    }

    #[test]
    fn amounts_are_set_apart() {
        for (fen, shown) in [
            (0, "¥0.00"),
            (5, "¥0.05"),
            (123_450, "¥1,234.50"),
            (-200, "-¥2.00"),
            (100_000_000, "¥1,000,000.00"),
        ] {
            assert_eq!(yuan(Fen::new(fen)), shown);
        }
    }

    #[test]
    fn moments_are_shown_in_china() {
        let moment = Timestamp::parse("2026-11-22T21:50:01Z").expect("a moment");
        assert_eq!(day_and_clock(Language::Chinese, moment), "11月23日 05:50");
        assert_eq!(day_and_clock(Language::English, moment), "23 Nov 05:50");
        assert_eq!(
            date_and_clock(Language::Chinese, moment),
            "2026年11月23日 05:50"
        );
        assert_eq!(
            date_and_clock(Language::English, moment),
            "23 Nov 2026 05:50"
        );
        assert_eq!(month(Language::English, moment), "Nov 2026");
    }

    #[test]
    fn durations_are_said_shortly() {
        for (seconds, zh, en) in [
            (0, "0 秒", "0 s"),
            (59, "59 秒", "59 s"),
            (60, "1 分钟", "1 min"),
            (200, "3 分 20 秒", "3 min 20 s"),
            (21_600, "6 小时", "6 h"),
            (18_725, "5 小时 12 分钟", "5 h 12 min"),
        ] {
            assert_eq!(duration(Language::Chinese, seconds), zh);
            assert_eq!(duration(Language::English, seconds), en);
        }
    }
}
