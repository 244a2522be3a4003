use dika_contract::{
    CardPassword, CardStatus, Fen, MaskedIdentity, Timestamp, WalletKind, wire_enum,
};
use serde::{Deserialize, Serialize};

use super::operation::{CardRef, Identifier, Op, Operation};
use crate::{Malformed, money};

/// Whose card it is and whether it works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRecord {
    /// The account.
    pub card_ref: CardRef,
    /// `**** 5678`.
    pub card_no_masked: String,
    /// Whether it works.
    pub status: CardStatus,
    /// The card that took its place, for a status of `replaced`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<CardRef>,
    /// Whom it belongs to, masked.
    pub identity: MaskedIdentity,
    /// Whether it is a test account.
    #[serde(default)]
    pub test: bool,
}

impl CardRecord {
    fn check(&self, path: &str) -> Result<(), Malformed> {
        for (field, text) in [
            ("card_no_masked", &self.card_no_masked),
            ("identity.name", &self.identity.name),
            ("identity.student_no", &self.identity.student_no),
        ] {
            if !text.contains('*') {
                return Err(Malformed::new(format!("{path}{field}"), "not masked"));
            }
        }
        Ok(())
    }
}

/// Checks a card's password. Dika counts the attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verify {
    /// The account or the number on the card, as the student typed it.
    pub identifier: Identifier,
    /// The card's password.
    pub password: CardPassword,
}

wire_enum!(
    /// How a password check went.
    pub enum VerifyOutcome {
        /// Number and password belong together.
        Verified = "verified",
        /// They do not: a wrong number and a wrong password give the same answer.
        Refused = "refused",
    } else {
        /// An outcome that this version does not know.
        Other = "other",
    }
);

/// The answer to [`Verify`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyAnswer {
    /// Whether number and password belong together.
    pub outcome: VerifyOutcome,
    /// The card, where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardRecord>,
}

impl Operation for Verify {
    const OP: Op = Op::Verify;
    type Answer = VerifyAnswer;

    fn check(&self, answer: &VerifyAnswer) -> Result<(), Malformed> {
        match (answer.outcome, &answer.card) {
            (VerifyOutcome::Verified, Some(card)) => card.check("card."),
            (VerifyOutcome::Verified, None) => Err(Malformed::new("card", "missing")),
            (VerifyOutcome::Refused, Some(_)) => Err(Malformed::new(
                "card",
                "a refusal says nothing about the card",
            )),
            (VerifyOutcome::Refused, None) => Ok(()),
            (VerifyOutcome::Other, _) => Err(Malformed::new("outcome", "unknown word")),
        }
    }
}

/// Asks whose card it is and whether it works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The account.
    pub card_ref: CardRef,
}

/// The answer to [`Card`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardAnswer {
    /// The card.
    pub card: CardRecord,
}

impl Operation for Card {
    const OP: Op = Op::Card;
    type Answer = CardAnswer;

    fn check(&self, answer: &CardAnswer) -> Result<(), Malformed> {
        if answer.card.card_ref != self.card_ref {
            return Err(Malformed::new("card.card_ref", "another card's"));
        }
        answer.card.check("card.")
    }
}

/// Asks what is on a card and what waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balances {
    /// The account.
    pub card_ref: CardRef,
}

/// The answer to [`Balances`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalancesAnswer {
    /// One entry per wallet.
    pub wallets: Vec<WalletAmounts>,
}

/// The two amounts of a wallet; they are never added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletAmounts {
    /// Which wallet.
    pub kind: WalletKind,
    /// What can be spent.
    #[serde(deserialize_with = "money::not_negative")]
    pub on_card_fen: Fen,
    /// What was paid and waits at a terminal.
    #[serde(deserialize_with = "money::not_negative")]
    pub waiting_fen: Fen,
    /// When both were true.
    pub as_of: Timestamp,
}

impl Operation for Balances {
    const OP: Op = Op::Balances;
    type Answer = BalancesAnswer;
}

/// Blocks a card that was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLoss {
    /// The account.
    pub card_ref: CardRef,
    /// The card's password.
    pub password: CardPassword,
}

/// Lets a card that was found work again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoLoss {
    /// The account.
    pub card_ref: CardRef,
    /// The card's password.
    pub password: CardPassword,
}

/// Changes a card's password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePassword {
    /// The account.
    pub card_ref: CardRef,
    /// The password until now.
    pub password: CardPassword,
    /// The password from now on.
    pub new_password: CardPassword,
}

wire_enum!(
    /// How a change to a card went.
    pub enum ChangeOutcome {
        /// It is done, now or before: asking again changes nothing.
        Done = "done",
        /// It was not done; the code says why.
        Refused = "refused",
    } else {
        /// An outcome that this version does not know: nobody can say whether it was done.
        Other = "other",
    }
);

wire_enum!(
    /// Why a change to a card was refused.
    pub enum ChangeCode {
        /// The password is wrong.
        WrongPassword = "wrong_password",
        /// The new password does not follow the card system's rules.
        PasswordNotAllowed = "password_not_allowed",
        /// The card's status does not allow it: a closed card cannot be lost.
        WrongStatus = "wrong_status",
        /// Only a desk can do it.
        AskServicePoint = "ask_service_point",
    } else {
        /// A reason that this version does not know.
        Other = "other",
    }
);

/// The answer to [`ReportLoss`], [`UndoLoss`] and [`ChangePassword`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeAnswer {
    /// Whether it was done.
    pub outcome: ChangeOutcome,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ChangeCode>,
}

impl Operation for ReportLoss {
    const OP: Op = Op::ReportLoss;
    type Answer = ChangeAnswer;
}

impl Operation for UndoLoss {
    const OP: Op = Op::UndoLoss;
    type Answer = ChangeAnswer;
}

impl Operation for ChangePassword {
    const OP: Op = Op::ChangePassword;
    type Answer = ChangeAnswer;
}
