//! What the parts of the page share: what they must know, and what the student enters.

use dika_contract::{
    Card, CardId, Fen, Language, OrderId, Timestamp, Wallet, WalletKind, directory::ServiceHours,
};
use futures_util::future::join3;
use leptos::prelude::*;

use super::flow::Flow;
use crate::{
    api::{Api, Fault},
    platform,
    text::built_in_directory,
    ui::FieldValue,
};

/// What must be known before a student can pay. Without balances: they change often, and each change
/// would redraw the form while the student types.
#[derive(Clone, PartialEq)]
pub(super) struct TopUpContext {
    /// The card, without balances.
    pub(super) card: Card,
    /// The wallet's rules; `None` if the card has no such wallet.
    pub(super) wallet: Option<Wallet>,
    /// When the card system takes top-ups.
    pub(super) hours: Option<ServiceHours>,
    /// When that begins again after closed days.
    pub(super) closed_until: Option<Timestamp>,
    /// Whether no real money moves.
    pub(super) sandbox: bool,
    /// Who receives the money, where the school has said it.
    pub(super) payee: Option<String>,
    /// An order for this card and wallet that is not paid yet, and until when it can be.
    pub(super) unpaid: Option<(OrderId, Fen, Timestamp)>,
}

impl TopUpContext {
    /// Loads all of it, and apart from it the wallet's balance. Only the card is required.
    pub(super) async fn load(
        api: Api,
        id: CardId,
        kind: WalletKind,
        language: Language,
    ) -> Result<(Self, Option<OnCard>), Fault> {
        let (card, directory, open) =
            join3(api.card(&id), api.directory(), api.open_top_ups()).await;
        let mut card = card?;
        let on_card = card
            .wallets
            .iter()
            .find(|wallet| wallet.kind == kind)
            .and_then(|wallet| {
                Some(OnCard {
                    amount: wallet.on_card?.amount_fen,
                    waits: wallet
                        .waiting
                        .is_some_and(|waiting| waiting.amount_fen > Fen::ZERO),
                })
            });
        for wallet in &mut card.wallets {
            (wallet.on_card, wallet.waiting) = (None, None);
        }
        // The built-in copy has no limits to show; the server enforces them all the same.
        let directory = directory.unwrap_or_else(|_| built_in_directory());
        let unpaid = open.ok().and_then(|page| {
            page.items.into_iter().find(|order| {
                order.card_id == id
                    && order.wallet == kind
                    && order.payment.is_open()
                    && order.pay_by > platform::now()
            })
        });
        let issuer = directory.issuer(card.issuer);
        let context = Self {
            wallet: directory.wallet(card.issuer, kind).cloned(),
            hours: issuer.and_then(|issuer| issuer.hours),
            closed_until: issuer.and_then(|issuer| issuer.closed_until),
            sandbox: directory.sandbox,
            payee: directory
                .operator
                .as_ref()
                .map(|operator| operator.text_in(language).to_owned()),
            unpaid: unpaid.map(|order| (order.id, order.amount_fen, order.pay_by)),
            card,
        };
        Ok((context, on_card))
    }
}

/// The balance of the wallet that is topped up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct OnCard {
    /// What can be spent now.
    pub(super) amount: Fen,
    /// Whether other money waits to be collected.
    pub(super) waits: bool,
}

/// The form's state, shared by the amount and the review. Outlives each redraw of either.
#[derive(Clone, Copy)]
pub(super) struct TopUpForm {
    /// The steps from the amount to the order.
    pub(super) flow: RwSignal<Flow>,
    /// The amount as typed.
    pub(super) amount: FieldValue,
    /// The wallet's balance, once it is known.
    pub(super) on_card: RwSignal<Option<OnCard>>,
    /// The chosen preset, as an amount without trailing zeros; empty if none.
    pub(super) preset: RwSignal<String>,
    /// What is wrong with the amount.
    pub(super) error: RwSignal<Option<String>>,
    /// Goes to the review of an amount.
    pub(super) review: Callback<Fen>,
    /// Goes back to the amount.
    pub(super) edit: Callback<()>,
    /// Creates the order.
    pub(super) pay: Callback<()>,
}

/// An amount as typed: `50`, `19.90`.
pub(super) fn short_amount(amount: Fen) -> String {
    let text = amount.to_string();
    text.strip_suffix(".00").unwrap_or(&text).to_owned()
}
