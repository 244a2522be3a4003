//! Service points on the student's campus that help with a card, with the phone number for that card. From
//! the built-in directory, so that they are shown without network.

use dika_contract::{Campus, Issuer};
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    text::{self, Common, built_in_directory, tel_link},
    ui::{PhoneLine, PointCell},
};

/// The service points that help with a card.
#[component]
pub(crate) fn NearbyPoints(
    /// The card.
    issuer: Issuer,
    /// The student's campus.
    campus: Campus,
) -> Node {
    let (common, language) = (Common::current(), text::language());
    let directory = built_in_directory();
    let near =
        |point: &&dika_contract::ServicePoint| campus == Campus::Other || point.campus == campus;
    directory
        .points_for(issuer, campus)
        .into_iter()
        .filter(near)
        .map(|point| {
            let phone = point.phone(issuer);
            let note = phone
                .and_then(|line| line.note.as_ref())
                .map(|note| note.text_in(language).to_owned());
            let phones = phone.map(|line| PhoneLine {
                label: common.issuer(issuer).to_owned(),
                number: line.number.clone(),
                href: tel_link(&line.number),
            });
            view! {
                <PointCell
                    id=point.id.as_str()
                    name=point.name.text_in(language).to_owned()
                    place=point.address.text_in(language).to_owned()
                    phones=phones.into_iter().collect()
                    note=note
                />
            }
        })
        .collect::<Node>()
}
