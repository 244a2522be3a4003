//! A service point with its phones.

use leptos::prelude::*;

use super::{
    art::{Icon, IconArt},
    text::{OptionalText, mark_chinese},
};

/// A phone of a service point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneLine {
    /// Whose phone: the card's name, or the office's.
    pub label: String,
    /// The number as people read it.
    pub number: String,
    /// The link that dials it (`tel:`).
    pub href: String,
}

/// A service point: where it is, and whom to call about which card.
#[component]
pub fn PointCell(
    /// Its id (`data-service-point`).
    #[prop(into)]
    id: String,
    /// Its name.
    #[prop(into)]
    name: String,
    /// Where it is.
    #[prop(into)]
    place: String,
    /// Its phones.
    phones: Vec<PhoneLine>,
    /// A map link and its words.
    #[prop(optional)]
    map: Option<(String, String)>,
    /// Something to know before going or calling.
    #[prop(optional, into)]
    note: OptionalText,
) -> impl IntoView {
    let OptionalText(note) = note;
    view! {
        <article class="point" data-service-point=id>
            <h2 class="point-name">{mark_chinese(name)}</h2>
            <p class="point-place"><IconArt icon=Icon::Pin/><span>{mark_chinese(place)}</span></p>
            {note.map(|note| view! { <p class="point-note">{note}</p> })}
            <ul class="point-links" role="list">
                {phones
                    .into_iter()
                    .map(|PhoneLine { label, number, href }| point_link(Icon::Phone, href, label, Some(number)))
                    .collect_view()}
                {map.map(|(href, label)| point_link(Icon::Map, href, label, None))}
            </ul>
        </article>
    }
}

fn point_link(icon: Icon, href: String, label: String, number: Option<String>) -> impl IntoView {
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
