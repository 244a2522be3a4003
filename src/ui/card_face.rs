//! A card that looks like the printed one.

use dika_markup::{Children, IntoNode, Node, view};
use leptos::prelude::*;

use super::{
    amount::{Amount, AmountSize},
    tag::Tag,
    text::{OptionalText, mark_chinese},
    tone::Tone,
};

/// The design of a card: colour and artwork.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// The GDUT card.
    Gdut,
    /// The University Town card.
    Hemc,
    /// A card of another issuer.
    #[default]
    Other,
}

impl Face {
    /// The design for an issuer, as written in the API.
    #[must_use]
    pub fn of(issuer: &str) -> Self {
        match issuer {
            "gdut" => Self::Gdut,
            "hemc" => Self::Hemc,
            _ => Self::Other,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Gdut => "face face-gdut",
            Self::Hemc => "face face-hemc",
            Self::Other => "face",
        }
    }
}

/// A card's face: issuer, amounts, holder, number.
#[component]
pub fn CardFace(
    /// The design.
    face: Face,
    /// The issuer's or card's name.
    #[prop(into)]
    name: String,
    /// The masked number.
    #[prop(into)]
    number: String,
    /// The masked holder.
    #[prop(into)]
    holder: String,
    /// The tag: default, lost, frozen.
    #[prop(optional, into)]
    tag: OptionalText,
    /// The tone of the tag.
    #[prop(optional)]
    tone: Tone,
    /// Whether the card can't be used.
    #[prop(optional)]
    inactive: bool,
    /// The card's page, if the whole face is a link.
    #[prop(optional, into)]
    href: OptionalText,
    /// The time of the balances, beside holder and number.
    #[prop(optional, into)]
    note: OptionalText,
    /// One [`FaceAmounts`] per wallet.
    children: Children,
) -> Node {
    let OptionalText(tag) = tag;
    let OptionalText(href) = href;
    let OptionalText(note) = note;
    view! {
        <article class=face.class() class:face-off=inactive>
            <header class="face-head">
                <h2 class="face-name">
                    {match href {
                        Some(href) => view! { <a class="face-link" href=href>{name}</a> },
                        None => name.into_node(),
                    }}
                </h2>
                {tag.map(|text| view! { <Tag tone text/> })}
            </header>
            {children()}
            <p class="face-foot">
                <span translate="no">{mark_chinese(holder)}</span>
                <span class="num" translate="no">{number}</span>
                {note.map(|note| view! { <span>{note}</span> })}
            </p>
        </article>
    }
}

/// The two amounts of a wallet, on the card and waiting. Never added up.
#[component]
pub fn FaceAmounts(
    /// The wallet's name, if the card has several.
    #[prop(optional, into)]
    wallet: OptionalText,
    /// Label of the first amount.
    #[prop(into)]
    on_card_label: String,
    /// The formatted amount on the card.
    #[prop(into)]
    on_card: String,
    /// Label of the second amount.
    #[prop(into)]
    waiting_label: String,
    /// The formatted amount that waits to be collected; `None` if there is none.
    #[prop(optional, into)]
    waiting: OptionalText,
    /// A link beside the amounts, above the face's own.
    #[prop(optional)]
    children: Option<Children>,
) -> Node {
    let OptionalText(wallet) = wallet;
    let OptionalText(waiting) = waiting;
    view! {
        <div class="face-wallet">
            {wallet.map(|wallet| view! { <h3 class="face-wallet-name">{wallet}</h3> })}
            <div class="face-line">
                <dl class="face-amounts">
                    <div>
                        <dt>{on_card_label}</dt>
                        <dd><Amount text=on_card size=AmountSize::Large/></dd>
                    </div>
                    {waiting
                        .map(|waiting| {
                            view! {
                                <div class="face-due">
                                    <dt>{waiting_label}</dt>
                                    <dd><Amount text=waiting size=AmountSize::Large/></dd>
                                </div>
                            }
                        })}
                </dl>
                {children.map(|children| children())}
            </div>
        </div>
    }
}
