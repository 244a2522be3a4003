//! Drawings of the machines, of where to find them, and of how to hold the card.

use dika_contract::Issuer;
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    text::MachinesText,
    ui::{Drawing, Picture},
};

/// The machines of a card, or of both; where to find them, how to hold the card.
#[component]
pub(crate) fn Machines(
    /// The card; absent: both.
    #[prop(optional_no_strip)]
    card: Option<Issuer>,
) -> Node {
    let t = MachinesText::current();
    let gdut = (card != Some(Issuer::Hemc)).then(|| {
        view! {
            <Picture drawing=Drawing::MachineTopUp label=t.top_up_label caption=t.top_up/>
            <Picture drawing=Drawing::MachineLoad label=t.load_label caption=t.load/>
        }
    });
    let hemc = (card != Some(Issuer::Gdut)).then(
        || view! { <Picture drawing=Drawing::MachineHemc label=t.hemc_label caption=t.hemc/> },
    );
    view! {
        <div class="pictures">{gdut} {hemc}</div>
        <Picture drawing=Drawing::WhereTheyHang label=t.where_they_hang_label caption=t.where_they_hang/>
        <Picture drawing=Drawing::HoldCard label=t.hold_label caption=t.hold/>
        <p class="muted small">{t.own_drawing}</p>
    }
}
