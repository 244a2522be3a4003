//! Which card to bind.

use dika_contract::Issuer;
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    pages::bound_cards::bound_cards,
    route::Route,
    text::{BindText, Common, Title},
    ui::{Cell, Cells, Icon, LinkCell, Page},
};

/// The two cards, and which campus has which.
#[component]
pub(crate) fn Choose() -> Node {
    let (t, common, titles) = (BindText::current(), Common::current(), Title::current());
    let cards = bound_cards();
    let choice = move |issuer: Issuer| {
        let bound = Memo::new(move |_| {
            let cards = cards.value().unwrap_or_default();
            cards.iter().any(|card| card.issuer == issuer)
        });
        move || {
            // By its icon, so that nothing moves when the answer comes.
            let icon = if bound.get() { Icon::Check } else { Icon::Card };
            let href = Route::Bind(issuer).to_string();
            if issuer == Issuer::Hemc {
                view! { <LinkCell href label=t.hemc_label note=t.hemc_note icon action="choose-hemc"/> }
            } else {
                view! { <LinkCell href label=t.gdut_label note=t.gdut_note icon action="choose-gdut"/> }
            }
        }
    };
    view! {
        <Page
            name="bind-choose"
            title=titles.title(&Route::BindChoose)
            lead=t.choose_lead
            back=Route::Home.to_string()
            back_label=common.back
        >
            <Cells>
                {choice(Issuer::Gdut)}
                {choice(Issuer::Hemc)}
            </Cells>
            <Cells title=t.campus_title>
                <Cell label=t.campus_daxuecheng icon=Icon::Pin/>
                <Cell label=t.campus_others icon=Icon::Pin/>
                <LinkCell href=Route::WhichCard.to_string() label=t.unsure icon=Icon::Question/>
            </Cells>
        </Page>
    }
}
