use std::collections::{BTreeMap, BTreeSet};

use dika_contract::{CardStatus, Issuer, OrderId, Timestamp, WalletKind};
use dika_core::card_system::CardRef;

/// A card as its system has it.
#[derive(Clone, Debug)]
pub struct Account {
    /// Whose.
    pub issuer: Issuer,
    /// What its student signs in with.
    pub identifier: String,
    /// Whether it works.
    pub status: CardStatus,
    /// Fen on it, by wallet.
    pub on_card: BTreeMap<WalletKind, i64>,
}

/// An order's money as its card system has it.
#[derive(Clone, Debug)]
pub struct Deposit {
    /// For which card.
    pub card: CardRef,
    /// For which wallet.
    pub wallet: WalletKind,
    /// How much.
    pub fen: i64,
    /// Whether it waits still.
    pub waiting: bool,
    /// Until when without a confirmation.
    pub claim_by: Option<Timestamp>,
}

/// What the two card systems know.
#[derive(Debug, Default)]
pub struct Books {
    /// The cards; also where the server keeps their money itself.
    pub accounts: BTreeMap<CardRef, Account>,
    /// What they took.
    pub deposits: BTreeMap<OrderId, Deposit>,
    /// What they refused, for good.
    pub refused: BTreeSet<OrderId>,
    /// When they can say.
    pub deciding: BTreeMap<OrderId, Timestamp>,
}

impl Books {
    pub(crate) fn waiting(&self, card: &CardRef, wallet: WalletKind) -> i64 {
        let mine = self
            .deposits
            .values()
            .filter(|deposit| deposit.waiting && deposit.card == *card && deposit.wallet == wallet);
        mine.map(|deposit| deposit.fen).sum()
    }

    pub(crate) fn on_card(&self, card: &CardRef, wallet: WalletKind) -> i64 {
        let account = self.accounts.get(card);
        let fen = account.and_then(|account| account.on_card.get(&wallet));
        fen.copied().unwrap_or(0)
    }

    /// The card whose student signs in so.
    pub fn by_identifier(&self, issuer: Issuer, identifier: &str) -> Option<CardRef> {
        let mut found = self
            .accounts
            .iter()
            .filter(|(_, account)| account.issuer == issuer && account.identifier == identifier);
        found.next().map(|(card, _)| card.clone())
    }
}
