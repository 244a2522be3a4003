use std::collections::BTreeMap;

use dika_contract::{Fen, WalletKind};

use crate::card_system::CardRef;

/// Where money can be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// On a card, ready to be spent.
    OnCard(CardRef, WalletKind),
    /// Paid for a card and waiting at its terminals.
    Waiting(CardRef, WalletKind),
    /// What payment providers owe the issuers: the other side of every top-up.
    Provider,
    /// What was on the cards when the books were opened.
    Opening,
    /// What was spent.
    Shops,
}

impl Account {
    /// The account's name in the books.
    pub fn name(&self) -> String {
        match self {
            Self::OnCard(card, wallet) => format!("card/{}/{wallet}/on_card", card.0),
            Self::Waiting(card, wallet) => format!("card/{}/{wallet}/waiting", card.0),
            Self::Provider => "provider".to_owned(),
            Self::Opening => "opening".to_owned(),
            Self::Shops => "shops".to_owned(),
        }
    }
}

/// A movement of money. Its entries sum to zero: there is no way to build another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    id: String,
    kind: &'static str,
    entries: BTreeMap<Account, i64>,
}

impl Transfer {
    /// Moves an amount. `id` names the movement: the same id is booked once, however often it is
    /// asked for. Nothing where the amount is not positive or both sides are one account.
    pub fn new(
        id: String,
        kind: &'static str,
        from: Account,
        to: Account,
        amount: Fen,
    ) -> Option<Self> {
        (amount > Fen::ZERO && from != to).then(|| Self {
            id,
            kind,
            entries: BTreeMap::from([(from, -amount.get()), (to, amount.get())]),
        })
    }

    /// What names the movement.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What kind of movement it is: `opening`, `credit`, `claim`, `spend`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Each account's gain (negative: loss), in fen.
    pub fn entries(&self) -> impl Iterator<Item = (&Account, i64)> {
        self.entries
            .iter()
            .map(|(account, amount)| (account, *amount))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_moves_between_two_accounts_and_only_forward() {
        let card = || Account::OnCard(CardRef("gdut-1".to_owned()), WalletKind::Main);
        let moved =
            |from, to, fen| Transfer::new("m1".to_owned(), "credit", from, to, Fen::new(fen));
        let transfer = moved(Account::Provider, card(), 5).expect("a transfer");
        assert_eq!((transfer.id(), transfer.kind()), ("m1", "credit"));
        let entries: Vec<(String, i64)> = transfer
            .entries()
            .map(|(account, fen)| (account.name(), fen))
            .collect();
        assert_eq!(
            entries,
            [
                ("card/gdut-1/main/on_card".to_owned(), 5),
                ("provider".to_owned(), -5)
            ]
        );
        assert_eq!(moved(Account::Provider, card(), 0), None);
        assert_eq!(moved(Account::Provider, card(), -5), None);
        assert_eq!(moved(card(), card(), 5), None);
    }

    #[test]
    fn each_account_has_a_name_of_its_own() {
        let card = || CardRef("hemc-2".to_owned());
        let names = [
            Account::OnCard(card(), WalletKind::Utilities),
            Account::Waiting(card(), WalletKind::Utilities),
            Account::Provider,
            Account::Opening,
            Account::Shops,
        ]
        .map(|account| account.name());
        assert_eq!(
            names,
            [
                "card/hemc-2/utilities/on_card",
                "card/hemc-2/utilities/waiting",
                "provider",
                "opening",
                "shops"
            ]
        );
    }
}
