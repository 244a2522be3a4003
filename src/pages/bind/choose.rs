//! Which card to bind.

use dika_contract::Issuer;
use leptos::prelude::*;

use crate::{
    route::Route,
    text::{BindText, Common, Title},
    ui::{Cell, Cells, Icon, LinkCell, Page},
};

/// The two cards, and which campus has which.
#[component]
pub(crate) fn Choose() -> impl IntoView {
    let (t, common, titles) = (BindText::current(), Common::current(), Title::current());
    view! {
        <Page
            name="bind-choose"
            title=titles.title(&Route::BindChoose)
            lead=t.choose_lead
            back=Route::Home.to_string()
            back_label=common.back
        >
            <Cells>
                <LinkCell
                    href=Route::Bind(Issuer::Gdut).to_string()
                    label=t.gdut_label
                    note=t.gdut_note
                    icon=Icon::Card
                    action="choose-gdut"
                />
                <LinkCell
                    href=Route::Bind(Issuer::Hemc).to_string()
                    label=t.hemc_label
                    note=t.hemc_note
                    icon=Icon::Card
                    action="choose-hemc"
                />
            </Cells>
            <Cells title=t.campus_title>
                <Cell label=t.campus_daxuecheng icon=Icon::Pin/>
                <Cell label=t.campus_others icon=Icon::Pin/>
                <LinkCell href=Route::WhichCard.to_string() label=t.unsure icon=Icon::Question/>
            </Cells>
        </Page>
    }
}
