use dika_contract::{Fen, OrderId, Timestamp, WalletKind, wire_enum};
use serde::{Deserialize, Serialize};

use super::operation::{CardRef, Op, Operation};
use crate::{Malformed, money};

/// Hands an order's paid money to the card system.
///
/// Idempotent by `order_id`, for ever: the first answer that is a decision is given again whenever the
/// same order is sent, whatever happened to the card since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The order.
    pub order_id: OrderId,
    /// For which account.
    pub card_ref: CardRef,
    /// For which wallet.
    pub wallet: WalletKind,
    /// How much.
    #[serde(deserialize_with = "money::positive")]
    pub amount_fen: Fen,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// Whether the student was told that the money waits at a terminal.
    #[serde(default)]
    pub waits: bool,
    /// Until when it can be collected without the student's confirmation; absent: without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_by: Option<Timestamp>,
    /// The most that the wallet may hold, waiting money and this money included.
    #[serde(
        default,
        deserialize_with = "money::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub cap_fen: Option<Fen>,
}

wire_enum!(
    /// Why money for a card was refused. It goes back to its payer.
    pub enum CreditRefusal {
        /// There is no such card.
        UnknownCard = "unknown_card",
        /// The card is lost, frozen, expired, replaced or closed.
        CardNotActive = "card_not_active",
        /// The card has no such wallet.
        UnknownWallet = "unknown_wallet",
        /// The wallet would hold more than it may.
        OverCap = "over_cap",
        /// The amount is one that the card system never takes.
        AmountNotAllowed = "amount_not_allowed",
    } else {
        /// A reason that this version does not know.
        Other = "other",
    }
);

/// What became of an order's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditState {
    /// It is on the card.
    OnCard,
    /// It waits at a terminal.
    Waiting,
    /// It was not taken and never will be.
    Refused(CreditRefusal),
    /// Nobody can say yet. Also every outcome that this version does not know.
    Undecided,
}

/// The answer to [`Credit`] and [`Reopen`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StatusFields", into = "StatusFields")]
pub struct CreditAnswer {
    /// The order.
    pub order_id: OrderId,
    /// How much it is about.
    pub amount: Fen,
    /// What became of it.
    pub state: CreditState,
    /// The card system's own number, for the desk and for reconciliation.
    pub reference: Option<String>,
}

/// The answer to [`CreditStatus`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StatusFields", into = "StatusFields")]
pub enum CreditStatusAnswer {
    /// The connector knows the order.
    Known(CreditAnswer),
    /// It never heard of the order. No refusal: the credit may be on its way.
    Unknown(OrderId),
}

wire_enum!(
    /// The words of an outcome.
    pub enum CreditOutcome {
        /// [`CreditState::OnCard`].
        OnCard = "on_card",
        /// [`CreditState::Waiting`].
        Waiting = "waiting",
        /// [`CreditState::Refused`].
        Refused = "refused",
        /// [`CreditState::Undecided`].
        Undecided = "undecided",
        /// [`CreditStatusAnswer::Unknown`].
        Unknown = "unknown",
    } else {
        /// A word that this version does not know: undecided.
        Other = "other",
    }
);

/// The fields as they travel.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct StatusFields {
    order_id: OrderId,
    outcome: CreditOutcome,
    #[serde(
        default,
        deserialize_with = "money::optional",
        skip_serializing_if = "Option::is_none"
    )]
    amount_fen: Option<Fen>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<CreditRefusal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

impl TryFrom<StatusFields> for CreditStatusAnswer {
    type Error = &'static str;

    fn try_from(fields: StatusFields) -> Result<Self, Self::Error> {
        let state = match fields.outcome {
            CreditOutcome::OnCard => CreditState::OnCard,
            CreditOutcome::Waiting => CreditState::Waiting,
            CreditOutcome::Refused => {
                CreditState::Refused(fields.code.unwrap_or(CreditRefusal::Other))
            }
            CreditOutcome::Undecided | CreditOutcome::Other => CreditState::Undecided,
            CreditOutcome::Unknown => return Ok(Self::Unknown(fields.order_id)),
        };
        Ok(Self::Known(CreditAnswer {
            order_id: fields.order_id,
            // In serde's own words, from which the field's name is taken.
            amount: fields.amount_fen.ok_or("missing field `amount_fen`")?,
            state,
            reference: fields.reference,
        }))
    }
}

impl TryFrom<StatusFields> for CreditAnswer {
    type Error = &'static str;

    fn try_from(fields: StatusFields) -> Result<Self, Self::Error> {
        match CreditStatusAnswer::try_from(fields)? {
            CreditStatusAnswer::Known(answer) => Ok(answer),
            CreditStatusAnswer::Unknown(_) => Err("outcome: a credit is never unknown"),
        }
    }
}

impl From<CreditAnswer> for StatusFields {
    fn from(answer: CreditAnswer) -> Self {
        let (outcome, code) = match answer.state {
            CreditState::OnCard => (CreditOutcome::OnCard, None),
            CreditState::Waiting => (CreditOutcome::Waiting, None),
            CreditState::Refused(code) => (CreditOutcome::Refused, Some(code)),
            CreditState::Undecided => (CreditOutcome::Undecided, None),
        };
        Self {
            order_id: answer.order_id,
            outcome,
            amount_fen: Some(answer.amount),
            code,
            reference: answer.reference,
        }
    }
}

impl From<CreditStatusAnswer> for StatusFields {
    fn from(answer: CreditStatusAnswer) -> Self {
        match answer {
            CreditStatusAnswer::Known(answer) => answer.into(),
            CreditStatusAnswer::Unknown(order_id) => Self {
                order_id,
                outcome: CreditOutcome::Unknown,
                amount_fen: None,
                code: None,
                reference: None,
            },
        }
    }
}

impl Operation for Credit {
    const OP: Op = Op::Credit;
    type Answer = CreditAnswer;

    fn check(&self, answer: &CreditAnswer) -> Result<(), Malformed> {
        same_order(&self.order_id, &answer.order_id)?;
        if answer.amount != self.amount_fen {
            return Err(Malformed::new("amount_fen", "another amount than was sent"));
        }
        Ok(())
    }
}

fn same_order(asked: &OrderId, answered: &OrderId) -> Result<(), Malformed> {
    if asked == answered {
        Ok(())
    } else {
        Err(Malformed::new("order_id", "another order's"))
    }
}

/// Asks where an order's money is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditStatus {
    /// The order.
    pub order_id: OrderId,
}

impl Operation for CreditStatus {
    const OP: Op = Op::CreditStatus;
    type Answer = CreditStatusAnswer;

    fn check(&self, answer: &CreditStatusAnswer) -> Result<(), Malformed> {
        let (CreditStatusAnswer::Known(CreditAnswer { order_id, .. })
        | CreditStatusAnswer::Unknown(order_id)) = answer;
        same_order(&self.order_id, order_id)
    }
}

/// Lets money whose time to be collected went by wait again. Idempotent; where the money is on the
/// card already, or the order was refused, nothing changes and the answer says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopen {
    /// The order.
    pub order_id: OrderId,
    /// Until when it can be collected; absent: without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_by: Option<Timestamp>,
}

impl Operation for Reopen {
    const OP: Op = Op::Reopen;
    type Answer = CreditAnswer;

    fn check(&self, answer: &CreditAnswer) -> Result<(), Malformed> {
        same_order(&self.order_id, &answer.order_id)
    }
}
