//! A service point with its phones.

use dika_markup::{Node, view};
use leptos::prelude::*;

use super::{
    art::{Icon, IconArt},
    text::{OptionalText, mark_chinese},
};

/// A phone number of a service point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneLine {
    /// Which card or office answers.
    pub label: String,
    /// The number as displayed.
    pub number: String,
    /// The `tel:` link.
    pub href: String,
}

/// What `public/filter.js` looks for at a service point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointFilter {
    /// Its campus.
    pub campus: &'static str,
    /// The cards that it is for: words with spaces between.
    pub cards: String,
    /// Whether it is there for that script alone.
    pub hidden: bool,
}

/// A service point: address, phone numbers, map link.
#[component]
pub fn PointCell(
    /// Its id (`data-service-point`).
    #[prop(into)]
    id: String,
    /// Where the page can be filtered.
    #[prop(optional)]
    filter: Option<PointFilter>,
    /// Its name.
    #[prop(into)]
    name: String,
    /// Where it is.
    #[prop(into)]
    place: String,
    /// Its phone numbers.
    phones: Vec<PhoneLine>,
    /// A map link and its label.
    #[prop(optional)]
    map: Option<(String, String)>,
    /// A note.
    #[prop(optional, into)]
    note: OptionalText,
) -> Node {
    let OptionalText(note) = note;
    let (campus, cards, hidden) = filter.map_or((None, None, false), |filter| {
        (Some(filter.campus), Some(filter.cards), filter.hidden)
    });
    view! {
        <article class="point" data-service-point=id data-campus=campus data-cards=cards hidden=hidden>
            <h2 class="point-name">{mark_chinese(name)}</h2>
            <p class="point-place"><IconArt icon=Icon::Pin/><span>{mark_chinese(place)}</span></p>
            {note.map(|note| view! { <p class="point-note">{note}</p> })}
            <ul class="point-links" role="list">
                {phones
                    .into_iter()
                    .map(|PhoneLine { label, number, href }| point_link(Icon::Phone, href, label, Some(number)))
                    .collect::<Node>()}
                {map.map(|(href, label)| point_link(Icon::Map, href, label, None))}
            </ul>
        </article>
    }
}

fn point_link(icon: Icon, href: String, label: String, number: Option<String>) -> Node {
    view! {
        <li>
            <a class="point-link" href=href rel="external noopener">
                <IconArt icon/>
                <span class="point-label">{mark_chinese(label)}</span>
                {number.map(|number| view! { <span class="point-number num" translate="no">{number}</span> })}
            </a>
        </li>
    }
}
