//! A card as its issuer would print it.

use leptos::prelude::*;

use super::{
    amount::{Amount, AmountSize},
    art,
    tag::Tag,
    text::{OptionalText, mark_chinese},
    tone::Tone,
};

/// Whose card it is: decides colour and artwork.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// The university's own card: blue, an engineer's lattice.
    Gdut,
    /// The university town's card: warm, an island in its river.
    Hemc,
    /// An issuer without a face of its own yet.
    #[default]
    Other,
}

impl Face {
    /// The face for an issuer's id as the API writes it.
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

    const fn art(self) -> &'static str {
        match self {
            Self::Gdut => art::FACE_GDUT,
            Self::Hemc => art::FACE_HEMC,
            Self::Other => "",
        }
    }
}

/// A card's face: issuer, amounts, holder, number.
#[component]
pub fn CardFace(
    /// Whose card.
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
    /// A word about the card: default, lost, frozen.
    #[prop(optional, into)]
    tag: OptionalText,
    /// The tone of that word.
    #[prop(optional)]
    tone: Tone,
    /// Whether the card can't be used.
    #[prop(optional)]
    inactive: bool,
    /// The card's page; the whole face leads there.
    #[prop(optional, into)]
    href: OptionalText,
    /// As of when, beside holder and number.
    #[prop(optional, into)]
    note: OptionalText,
    /// One [`FaceAmounts`] per wallet.
    children: Children,
) -> impl IntoView {
    let OptionalText(tag) = tag;
    let OptionalText(href) = href;
    let OptionalText(note) = note;
    view! {
        <article class=face.class() class:face-off=inactive>
            <div class="face-art" aria-hidden="true" inner_html=face.art()></div>
            <header class="face-head">
                <h2 class="face-name">
                    {match href {
                        Some(href) => view! { <a class="face-link" href=href>{name}</a> }.into_any(),
                        None => name.into_any(),
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

/// The two amounts of one wallet, side by side and never added up: on the card, and waiting.
#[component]
pub fn FaceAmounts(
    /// The wallet's name, where the card has several.
    #[prop(optional, into)]
    wallet: OptionalText,
    /// What the first amount is.
    #[prop(into)]
    on_card_label: String,
    /// Formatted amount on the card.
    #[prop(into)]
    on_card: String,
    /// What the second amount is.
    #[prop(into)]
    waiting_label: String,
    /// Formatted amount waiting to be collected.
    #[prop(into)]
    waiting: String,
    /// Whether something does wait: it then stands out.
    #[prop(optional)]
    due: bool,
) -> impl IntoView {
    let OptionalText(wallet) = wallet;
    view! {
        <div class="face-wallet">
            {wallet.map(|wallet| view! { <h3 class="face-wallet-name">{wallet}</h3> })}
            <dl class="face-amounts">
                <div>
                    <dt>{on_card_label}</dt>
                    <dd><Amount text=on_card size=AmountSize::Large/></dd>
                </div>
                <div class:face-due=due>
                    <dt>{waiting_label}</dt>
                    <dd><Amount text=waiting size=AmountSize::Large/></dd>
                </div>
            </dl>
        </div>
    }
}
