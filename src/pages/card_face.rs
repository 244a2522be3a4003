//! A bound card as shown on the home page and on its own page: its face and its top-up links.

use dika_contract::{Balance, Card, CardStatus, Timestamp, WalletKind};
use dika_markup::{Node, view};

use crate::{
    route::Route,
    text::{self, Common, day_and_clock, fill, yuan},
    ui::{ButtonLink, ButtonVariant, CardFace, Face, FaceAmounts, Tone},
};

/// When the oldest balance of a card was read.
pub(crate) fn as_of(card: &Card) -> Option<Timestamp> {
    card.wallets
        .iter()
        .flat_map(|wallet| [wallet.on_card, wallet.waiting])
        .flatten()
        .map(|balance| balance.as_of)
        .min()
}

/// The card's face; with the time of its oldest balance where it is a link.
pub(crate) fn face(
    card: &Card,
    // Whether the default card is tagged.
    marks_default: bool,
    // The card's page, if the face is a link.
    href: Option<String>,
) -> Node {
    let (common, language) = (Common::current(), text::language());
    // The card's own page says it beside the button that reads it again.
    let as_of = href.as_ref().and_then(|_| as_of(card));
    let (tag, tone) = match card.status {
        CardStatus::Active if card.is_default && marks_default => {
            (Some(common.default_card), Tone::Info)
        }
        CardStatus::Active => (None, Tone::Info),
        CardStatus::Lost
        | CardStatus::Frozen
        | CardStatus::Expired
        | CardStatus::Replaced
        | CardStatus::Closed
        | CardStatus::Other => (Some(common.card_status(card.status)), Tone::Danger),
    };
    // A link to top up each wallet, on a face that is not its own page's.
    let has_links = href.is_some() && card.takes_money();
    let amounts = amounts(common, card, has_links);
    view! {
        <CardFace
            face=Face::of(card.issuer.as_str())
            name=common.issuer(card.issuer)
            number=number_ending(common, &card.card_no_masked)
            holder=card.identity.name.clone()
            tag=tag.map(str::to_owned)
            tone
            inactive=!card.takes_money()
            href
            note=as_of.map(|as_of| fill(common.as_of, &[&day_and_clock(language, as_of)]))
        >
            {amounts}
        </CardFace>
    }
}

/// A masked number as people say it: `尾号 0101`.
pub(crate) fn number_ending(common: &Common, masked: &str) -> String {
    let tail = masked.trim_start_matches(['*', ' ']);
    if tail.is_empty() || tail.len() == masked.len() || tail.contains('*') {
        return masked.to_owned();
    }
    fill(common.number_ending, &[tail])
}

/// The balances of each wallet, with names if there are several.
fn amounts(common: &'static Common, card: &Card, has_links: bool) -> Node {
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
            // Nothing to collect is not worth a line.
            let waiting = wallet
                .waiting
                .filter(|waiting| waiting.amount_fen.get() > 0)
                .map(|waiting| yuan(waiting.amount_fen));
            let link = (has_links && wallet.kind != WalletKind::Other)
                .then(|| top_up_link(common, card, wallet.kind, several));
            view! {
                <FaceAmounts
                    wallet=several.then(|| common.wallet(wallet.kind).to_owned())
                    on_card_label=common.on_card
                    on_card=shown(wallet.on_card)
                    waiting_label=common.waiting
                    waiting
                >
                    {link}
                </FaceAmounts>
            }
        })
        .collect::<Node>()
}

fn top_up_link(common: &'static Common, card: &Card, wallet: WalletKind, several: bool) -> Node {
    let href = Route::TopUp(card.id.clone(), wallet).to_string();
    let which = several.then(|| view! { <span class="sr-only">" "{common.wallet(wallet)}</span> });
    view! {
        <div class="face-action" data-wallet=wallet.as_str()>
            <a class="btn btn-small face-btn" href=href data-action="top-up">
                <span>{common.top_up}{which}</span>
            </a>
        </div>
    }
}

/// A top-up link for each wallet; the first is the main action.
pub(crate) fn top_up_links(card: &Card) -> Node {
    let common = Common::current();
    let several = card.wallets.len() > 1;
    card.wallets
        .iter()
        // A wallet unknown to this version has no page.
        .filter(|wallet| wallet.kind != WalletKind::Other)
        .enumerate()
        .map(|(at, wallet)| {
            let label = if several {
                fill(common.top_up_wallet, &[common.wallet(wallet.kind)])
            } else {
                common.top_up.to_owned()
            };
            let variant = if at == 0 {
                ButtonVariant::Primary
            } else {
                ButtonVariant::Default
            };
            let href = Route::TopUp(card.id.clone(), wallet.kind).to_string();
            view! {
                <div data-wallet=wallet.kind.as_str()>
                    <ButtonLink href label variant action="top-up"/>
                </div>
            }
        })
        .collect::<Node>()
}
