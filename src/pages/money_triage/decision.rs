//! The decision tree: which questions to ask, and what they lead to. Without texts and views.

use dika_contract::{Campus, Issuer, WalletKind};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Paid, and the card has nothing.
    NotOnCard,
    /// A machine is broken, or kept the money.
    Machine,
    /// The money went to another person or wallet.
    WrongPlace,
    /// Paid, and the order does not say so.
    Unpaid,
    /// Hot-water money that was not collected within six hours.
    LateWater,
    /// The card is gone.
    Lost,
}

impl Problem {
    /// All, the most frequent first.
    pub(super) const ALL: [Self; 6] = [
        Self::NotOnCard,
        Self::Machine,
        Self::Unpaid,
        Self::LateWater,
        Self::WrongPlace,
        Self::Lost,
    ];

    /// The value of its radio button.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::NotOnCard => "not-on-card",
            Self::Machine => "machine",
            Self::WrongPlace => "wrong-place",
            Self::Unpaid => "unpaid",
            Self::LateWater => "late-water",
            Self::Lost => "lost",
        }
    }

    /// The problem of a radio button's value.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}

/// The answers so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Answers {
    /// What happened.
    pub(super) problem: Option<Problem>,
    /// To which card.
    pub(super) card: Option<Issuer>,
    /// To which wallet.
    pub(super) wallet: Option<WalletKind>,
    /// The student's campus.
    pub(super) campus: Option<Campus>,
}

/// A question after the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Which card?
    Card,
    /// Which wallet?
    Wallet,
    /// Which campus?
    Campus,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advice {
    /// Money for the school's card waits at its machines.
    CollectGdut,
    /// The main wallet of the University Town card needs no collecting.
    HemcMain,
    /// Hot-water money waits at the University Town card's own machines.
    CollectWater,
    /// Try another machine, then call, with evidence.
    NextMachine,
    /// Call at once.
    WrongTarget,
    /// Look at the order; do not pay again.
    CheckPayment,
    /// Confirm, then collect.
    ConfirmLate,
    /// Call; no more top-ups.
    LostCard,
}

impl Advice {
    /// All of them.
    pub(super) const ALL: [Self; 8] = [
        Self::CollectGdut,
        Self::HemcMain,
        Self::CollectWater,
        Self::NextMachine,
        Self::WrongTarget,
        Self::CheckPayment,
        Self::ConfirmLate,
        Self::LostCard,
    ];

    /// Its name for tests (`data-answer`).
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::CollectGdut => "collect-gdut",
            Self::HemcMain => "hemc-main",
            Self::CollectWater => "collect-water",
            Self::NextMachine => "next-machine",
            Self::WrongTarget => "wrong-target",
            Self::CheckPayment => "check-payment",
            Self::ConfirmLate => "confirm-late",
            Self::LostCard => "lost-card",
        }
    }
}

/// What to do, and whom to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Conclusion {
    /// What to do.
    pub(super) advice: Advice,
    /// The card whose service points to call.
    pub(super) card: Issuer,
    /// The student's campus, whose service points to call.
    pub(super) campus: Campus,
}

impl Answers {
    /// Whether a question applies, answered or not. A question applies only once those before it are
    /// answered.
    pub(super) fn asks(self, question: Question) -> bool {
        // Only one card pays for hot water.
        let Some(problem) = self.problem.filter(|it| *it != Problem::LateWater) else {
            return false;
        };
        match (question, self.card) {
            (Question::Card, _) => true,
            // The University Town card's service points are all on one campus.
            (Question::Wallet, Some(Issuer::Hemc)) => problem == Problem::NotOnCard,
            (Question::Campus, Some(Issuer::Gdut)) => true,
            (Question::Wallet | Question::Campus, _) => false,
        }
    }

    /// The conclusion. Returns `None` while an answer is missing.
    pub(super) fn conclusion(self) -> Option<Conclusion> {
        let problem = self.problem?;
        if problem == Problem::LateWater {
            return Some(Conclusion {
                advice: Advice::ConfirmLate,
                card: Issuer::Hemc,
                campus: Campus::Daxuecheng,
            });
        }
        let (card, campus) = match self.card? {
            Issuer::Gdut => (Issuer::Gdut, self.campus?),
            Issuer::Hemc => (Issuer::Hemc, Campus::Daxuecheng),
            Issuer::Other => return None,
        };
        let advice = match problem {
            Problem::NotOnCard if card == Issuer::Gdut => Advice::CollectGdut,
            Problem::NotOnCard => match self.wallet? {
                WalletKind::Main => Advice::HemcMain,
                WalletKind::Utilities => Advice::CollectWater,
                WalletKind::Other => return None,
            },
            Problem::Machine => Advice::NextMachine,
            Problem::WrongPlace => Advice::WrongTarget,
            Problem::Unpaid => Advice::CheckPayment,
            Problem::LateWater => Advice::ConfirmLate,
            Problem::Lost => Advice::LostCard,
        };
        Some(Conclusion {
            advice,
            card,
            campus,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARDS: [Option<Issuer>; 3] = [None, Some(Issuer::Gdut), Some(Issuer::Hemc)];
    const WALLETS: [Option<WalletKind>; 3] =
        [None, Some(WalletKind::Main), Some(WalletKind::Utilities)];
    const CAMPUSES: [Option<Campus>; 5] = [
        None,
        Some(Campus::Daxuecheng),
        Some(Campus::Longdong),
        Some(Campus::Dongfenglu),
        Some(Campus::Panyu),
    ];

    fn every() -> impl Iterator<Item = Answers> {
        Problem::ALL.into_iter().flat_map(|problem| {
            CARDS.into_iter().flat_map(move |card| {
                WALLETS.into_iter().flat_map(move |wallet| {
                    CAMPUSES.into_iter().map(move |campus| Answers {
                        problem: Some(problem),
                        card,
                        wallet,
                        campus,
                    })
                })
            })
        })
    }

    #[test]
    fn no_answers_lead_nowhere() {
        let nothing = Answers::default();
        assert_eq!(nothing.conclusion(), None);
        assert!(!nothing.asks(Question::Card));
    }

    #[test]
    fn a_conclusion_needs_all_answers_that_apply() {
        for answers in every() {
            let open = [
                (Question::Card, answers.card.is_none()),
                (Question::Wallet, answers.wallet.is_none()),
                (Question::Campus, answers.campus.is_none()),
            ];
            let open = open
                .into_iter()
                .any(|(question, open)| open && answers.asks(question));
            assert_eq!(answers.conclusion().is_none(), open, "{answers:?}");
        }
    }

    #[test]
    fn the_service_points_are_those_of_the_card() {
        for answers in every() {
            let Some(answer) = answers.conclusion() else {
                continue;
            };
            if answers.problem != Some(Problem::LateWater) {
                assert_eq!(Some(answer.card), answers.card);
            }
            assert!(answer.campus.has(answer.card), "{answers:?}");
        }
    }

    #[test]
    fn machines_never_cross() {
        for answers in every() {
            match answers
                .conclusion()
                .map(|answer| (answer.advice, answer.card))
            {
                Some((Advice::CollectGdut, card)) => assert_eq!(card, Issuer::Gdut),
                Some((Advice::HemcMain | Advice::CollectWater | Advice::ConfirmLate, card)) => {
                    assert_eq!(card, Issuer::Hemc);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn each_advice_is_reached_and_has_its_own_name() {
        for advice in Advice::ALL {
            assert!(
                every().any(|answers| answers.conclusion().map(|it| it.advice) == Some(advice)),
                "{advice:?}"
            );
            let namesakes = Advice::ALL
                .iter()
                .filter(|it| it.as_str() == advice.as_str());
            assert_eq!(namesakes.count(), 1);
        }
        for problem in Problem::ALL {
            assert_eq!(Problem::from_word(problem.as_str()), Some(problem));
        }
    }
}
