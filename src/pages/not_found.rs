//! The page for unknown addresses.

use leptos::prelude::*;

use crate::{
    route::Route,
    text::{Common, Title},
    ui::{ButtonLink, Empty, Icon, Page},
};

/// Says that there is no such page, and links home.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    let (words, titles) = (Common::current(), Title::current());
    view! {
        <Page name="not-found" title=titles.title(&Route::NotFound) title_hidden=true>
            <Empty title=titles.title(&Route::NotFound) text=words.not_found icon=Icon::Question>
                <ButtonLink href=Route::Home.to_string() label=words.tab_home/>
            </Empty>
        </Page>
    }
}
