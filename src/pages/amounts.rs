//! The two amounts of each of a card's wallets, as the card's face shows them.

use dika_contract::{Balance, Card};
use leptos::prelude::*;

use crate::{
    text::{Common, yuan},
    ui::FaceAmounts,
};

/// On the card and waiting, wallet by wallet; named where there are several.
pub(crate) fn amounts(common: &'static Common, card: &Card) -> AnyView {
    let shown = |balance: Option<Balance>| {
        balance.map_or_else(
            || common.amount_unknown.to_owned(),
            |balance| yuan(balance.amount_fen),
        )
    };
    let several = card.wallets.len() > 1;
    card.wallets
        .iter()
        .map(|wallet| {
            let due = wallet
                .waiting
                .is_some_and(|waiting| waiting.amount_fen.get() > 0);
            view! {
                <FaceAmounts
                    wallet=several.then(|| common.wallet(wallet.kind).to_owned())
                    on_card_label=common.on_card
                    on_card=shown(wallet.on_card)
                    waiting_label=common.waiting
                    waiting=shown(wallet.waiting)
                    due
                />
            }
        })
        .collect_view()
        .into_any()
}
