use dika_contract::{Fen, OrderId, Timestamp, WalletKind, wire_enum};
use serde::{Deserialize, Serialize};

use super::credits::CreditOutcome;
use super::operation::{CardRef, Op, Operation};
use crate::{Day, Malformed, money};

/// Asks what was spent and topped up, newest first, page by page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transactions {
    /// The account.
    pub card_ref: CardRef,
    /// Only this wallet's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletKind>,
    /// Only from this moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// The previous page's `next_cursor`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The most that a page may hold, 1 to 100.
    pub limit: u16,
}

wire_enum!(
    /// What kind of movement it is.
    pub enum TransactionKind {
        /// Something was bought.
        Spend = "spend",
        /// Money was put onto the card, by Dika or elsewhere.
        TopUp = "top_up",
        /// Something bought was paid back.
        Refund = "refund",
        /// An allowance from the school.
        Subsidy = "subsidy",
        /// The issuer took a fee.
        Fee = "fee",
        /// Money moved between wallets or to another card.
        Transfer = "transfer",
    } else {
        /// A kind that this version does not know.
        Other = "other",
    }
);

/// A movement of money on a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The card system's own number; unique per card.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// How much: negative where it left the card.
    #[serde(deserialize_with = "money::signed")]
    pub amount_fen: Fen,
    /// Which wallet.
    pub wallet: WalletKind,
    /// What kind.
    pub kind: TransactionKind,
    /// Where, as the card system names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What the wallet held afterwards. May be negative where a machine was offline.
    #[serde(
        default,
        deserialize_with = "money::optional_signed",
        skip_serializing_if = "Option::is_none"
    )]
    pub balance_after_fen: Option<Fen>,
}

/// A page of movements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionsAnswer {
    /// The movements, newest first.
    pub items: Vec<Transaction>,
    /// Up to when the list is complete; machines that were offline may add older movements later.
    pub as_of: Timestamp,
    /// Give this as `cursor` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl Operation for Transactions {
    const OP: Op = Op::Transactions;
    type Answer = TransactionsAnswer;

    fn check(&self, answer: &TransactionsAnswer) -> Result<(), Malformed> {
        if answer.items.len() > usize::from(self.limit) {
            return Err(Malformed::new("items", "more than the limit"));
        }
        let leaves = |kind| matches!(kind, TransactionKind::Spend | TransactionKind::Fee);
        for (at, item) in answer.items.iter().enumerate() {
            if leaves(item.kind) && item.amount_fen > Fen::ZERO {
                let field = format!("items[{at}].amount_fen");
                return Err(Malformed::new(field, "what leaves the card is negative"));
            }
        }
        if answer.next_cursor.is_some() && answer.next_cursor == self.cursor {
            return Err(Malformed::new("next_cursor", "the same page again"));
        }
        Ok(())
    }
}

/// Asks for the credits that the card system accepted on a day in China, for reconciliation. A call
/// marked as a test gives those of test accounts, any other gives those of all other accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayStatement {
    /// Which day. A credit belongs to the day on which it was first answered `on_card` or `waiting`.
    pub day: Day,
    /// Whether the credits themselves are wanted, not only their sums.
    #[serde(default)]
    pub list: bool,
    /// The previous page's `next_cursor`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A wallet's credits of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletTotal {
    /// Which wallet.
    pub wallet: WalletKind,
    /// How many credits.
    pub count: u64,
    /// Their sum.
    #[serde(deserialize_with = "money::not_negative")]
    pub sum_fen: Fen,
}

/// A credit of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedCredit {
    /// The order.
    pub order_id: OrderId,
    /// Which wallet.
    pub wallet: WalletKind,
    /// How much.
    #[serde(deserialize_with = "money::positive")]
    pub amount_fen: Fen,
    /// Where the money is now: `on_card` or `waiting`.
    pub outcome: CreditOutcome,
    /// When it was accepted.
    pub at: Timestamp,
}

/// The credits of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayStatementAnswer {
    /// Which day.
    pub day: Day,
    /// One entry per wallet; of the whole day on every page.
    pub wallets: Vec<WalletTotal>,
    /// The credits, at most 1000 on a page; absent where they were not wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<Vec<StatedCredit>>,
    /// Give this as `cursor` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl Operation for DayStatement {
    const OP: Op = Op::DayStatement;
    type Answer = DayStatementAnswer;

    fn check(&self, answer: &DayStatementAnswer) -> Result<(), Malformed> {
        if answer.day != self.day {
            return Err(Malformed::new("day", "another day's"));
        }
        if self.list && answer.credits.is_none() {
            return Err(Malformed::new("credits", "missing"));
        }
        if answer.next_cursor.is_some() && answer.next_cursor == self.cursor {
            return Err(Malformed::new("next_cursor", "the same page again"));
        }
        let credits = answer.credits.iter().flatten().enumerate();
        for (at, credit) in credits {
            if credit.at < self.day.start() || credit.at >= self.day.end() {
                return Err(Malformed::new(format!("credits[{at}].at"), "another day's"));
            }
        }
        Ok(())
    }
}
