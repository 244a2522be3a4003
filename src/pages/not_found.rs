//! The page for unknown addresses.

use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    effect::effect,
    navigation::use_replace,
    platform,
    route::Route,
    text::{FrameText, Title},
    ui::{ButtonLink, Cells, Empty, Icon, LinkCell, Page},
};

/// Says that there is no such page and offers the main ones. An address that took the punctuation behind it
/// along leads to its page.
#[component]
pub(crate) fn NotFound() -> Node {
    let (words, titles) = (FrameText::current(), Title::current());
    let replace = use_replace();
    effect(move || {
        if let Some(meant) = Route::without_trailing_text(&platform::path()) {
            replace(&meant.to_string());
        }
    });
    let others = [Route::Orders, Route::ServicePoints, Route::Guide]
        .iter()
        .map(|route| view! { <LinkCell href=route.to_string() label=titles.title(route)/> })
        .collect::<Node>();
    view! {
        <Page name="not-found" title=titles.title(&Route::NotFound) class="sr-only">
            <Empty title=titles.title(&Route::NotFound) text=words.not_found icon=Icon::Question>
                <ButtonLink href=Route::Home.to_string() label=words.tab_home/>
            </Empty>
            <Cells>{others}</Cells>
        </Page>
    }
}
