use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::{CardId, Fen, Issuer, MaskedIdentity, Timestamp, WalletKind};

wire_enum!(
    /// Whether a card works.
    pub enum CardStatus {
        /// It works.
        Active = "active",
        /// Reported lost.
        Lost = "lost",
        /// Blocked by its issuer.
        Frozen = "frozen",
        /// Past its last day.
        Expired = "expired",
        /// Another card took its place.
        Replaced = "replaced",
        /// The account was closed.
        Closed = "closed",
    } else {
        /// A status that this version does not know; treated as one that takes no money.
        Other = "other",
    }
);

/// An amount and the moment it was true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Balance {
    /// How much.
    pub amount_fen: Fen,
    /// When it was read from the card system.
    pub as_of: Timestamp,
}

/// The two amounts of a wallet. They are never added up: one can be spent, the other cannot yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WalletBalance {
    /// Which purse.
    pub kind: WalletKind,
    /// Money on the card; absent while the card system does not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_card: Option<Balance>,
    /// Money paid and waiting to be collected; absent while the card system does not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Balance>,
}

/// A card that its student confirmed as theirs. `GET /cards` gives all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Card {
    /// Which card.
    pub id: CardId,
    /// Whose card.
    pub issuer: Issuer,
    /// Whom it belongs to, masked.
    pub identity: MaskedIdentity,
    /// `**** 5678`.
    pub card_no_masked: String,
    /// Whether it works.
    pub status: CardStatus,
    /// The one shown first.
    pub is_default: bool,
    /// Its purses, in the directory's order.
    pub wallets: Vec<WalletBalance>,
}

impl Card {
    /// Whether money may be put on it.
    pub fn takes_money(&self) -> bool {
        self.status == CardStatus::Active
    }

    /// A wallet's amounts.
    pub fn wallet(&self, kind: WalletKind) -> Option<&WalletBalance> {
        self.wallets.iter().find(|wallet| wallet.kind == kind)
    }
}
