//! Which card to bind.

use dika_contract::Issuer;
use leptos::prelude::*;

use crate::{
    effect::effect,
    query::Query,
    route::Route,
    session::Session,
    text::{BindText, Common, Title},
    ui::{Cell, Cells, Icon, LinkCell, Page},
};

/// The two cards, and which campus has which.
#[component]
pub(crate) fn Choose() -> impl IntoView {
    let (t, common, titles) = (BindText::current(), Common::current(), Title::current());
    let session = Session::from_context();
    let cards = Query::manual(|api| Box::pin(async move { api.cards().await }));
    effect(move || {
        if session.is_signed_in() {
            cards.refetch();
        }
    });
    let choice = move |issuer: Issuer, label: &'static str, note: &'static str, action| {
        let bound = Memo::new(move |_| {
            let cards = cards.value().unwrap_or_default();
            cards.iter().any(|card| card.issuer == issuer)
        });
        move || {
            let value = bound.get().then(|| t.is_bound.to_owned());
            let href = Route::Bind(issuer).to_string();
            view! { <LinkCell href label note value icon=Icon::Card action/> }
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
                {choice(Issuer::Gdut, t.gdut_label, t.gdut_note, "choose-gdut")}
                {choice(Issuer::Hemc, t.hemc_label, t.hemc_note, "choose-hemc")}
            </Cells>
            <Cells title=t.campus_title>
                <Cell label=t.campus_daxuecheng icon=Icon::Pin/>
                <Cell label=t.campus_others icon=Icon::Pin/>
                <LinkCell href=Route::WhichCard.to_string() label=t.unsure icon=Icon::Question/>
            </Cells>
        </Page>
    }
}
