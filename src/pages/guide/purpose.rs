//! Which cards serve which purpose on which campus. Source: the school's guide, sections 卡片功能 (what each
//! card does) and 卡片使用范围 (where).

use dika_contract::{Campus, Issuer, WalletKind};

/// What a card is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Meals.
    Canteen,
    /// Gates and loans.
    Library,
    /// Hot water.
    HotWater,
    /// Proof of identity.
    Identity,
    /// Spending at the nine other universities of 大学城.
    OtherUniversities,
    /// A teacher's sign-in to a lecture room's console.
    Console,
}

impl Purpose {
    /// All, the most frequent first.
    pub(super) const ALL: [Self; 6] = [
        Self::Canteen,
        Self::HotWater,
        Self::Library,
        Self::Identity,
        Self::OtherUniversities,
        Self::Console,
    ];

    /// The value of its radio button.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Canteen => "canteen",
            Self::Library => "library",
            Self::HotWater => "hot-water",
            Self::Identity => "identity",
            Self::OtherUniversities => "other-universities",
            Self::Console => "console",
        }
    }

    /// The purpose of a radio button's value.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}

/// A card, and the wallet that pays; `None` if nothing is paid.
pub(super) type Use = (Issuer, Option<WalletKind>);

/// What serves a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Any of these cards.
    Cards(&'static [Use]),
    /// Only a card that students of this campus don't get.
    NotHeld,
    /// The guide does not say.
    NotSaid,
}

/// What serves a purpose on a campus.
pub(super) const fn answer(campus: Campus, purpose: Purpose) -> Answer {
    const MAIN: Option<WalletKind> = Some(WalletKind::Main);
    match (campus, purpose) {
        (Campus::Other, _) => Answer::NotSaid,
        (Campus::Daxuecheng, Purpose::Canteen) => {
            Answer::Cards(&[(Issuer::Gdut, MAIN), (Issuer::Hemc, MAIN)])
        }
        (Campus::Daxuecheng, Purpose::HotWater) => {
            Answer::Cards(&[(Issuer::Hemc, Some(WalletKind::Utilities))])
        }
        (Campus::Daxuecheng, Purpose::Identity) => {
            Answer::Cards(&[(Issuer::Gdut, None), (Issuer::Hemc, None)])
        }
        (Campus::Daxuecheng, Purpose::Library | Purpose::Console) => {
            Answer::Cards(&[(Issuer::Hemc, None)])
        }
        (Campus::Daxuecheng, Purpose::OtherUniversities) => Answer::Cards(&[(Issuer::Hemc, MAIN)]),
        (_, Purpose::Canteen) => Answer::Cards(&[(Issuer::Gdut, MAIN)]),
        (_, Purpose::Library | Purpose::Identity) => Answer::Cards(&[(Issuer::Gdut, None)]),
        (_, Purpose::OtherUniversities) => Answer::NotHeld,
        (_, Purpose::HotWater | Purpose::Console) => Answer::NotSaid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_card_is_recommended_where_nobody_holds_it() {
        for campus in Campus::ALL.iter().copied() {
            for purpose in Purpose::ALL {
                if let Answer::Cards(cards) = answer(campus, purpose) {
                    assert!(!cards.is_empty());
                    assert!(cards.iter().all(|(issuer, _)| campus.has(*issuer)));
                }
            }
        }
    }

    #[test]
    fn hot_water_is_the_utilities_wallet_and_only_there() {
        for campus in Campus::ALL.iter().copied() {
            for purpose in Purpose::ALL {
                let Answer::Cards(cards) = answer(campus, purpose) else {
                    continue;
                };
                let utilities = (Issuer::Hemc, Some(WalletKind::Utilities));
                assert_eq!(cards.contains(&utilities), purpose == Purpose::HotWater);
                // The school's card has no such wallet.
                assert!(!cards.contains(&(Issuer::Gdut, Some(WalletKind::Utilities))));
            }
        }
    }

    #[test]
    fn the_library_takes_one_card_here_and_the_other_there() {
        assert_eq!(
            answer(Campus::Daxuecheng, Purpose::Library),
            Answer::Cards(&[(Issuer::Hemc, None)])
        );
        assert_eq!(
            answer(Campus::Panyu, Purpose::Library),
            Answer::Cards(&[(Issuer::Gdut, None)])
        );
    }

    #[test]
    fn words_read_back() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_word(purpose.as_str()), Some(purpose));
        }
        assert_eq!(Purpose::from_word(""), None);
    }
}
