//! Every part in every state, to look at while working on one. Development builds only: the shipped
//! app knows no such page.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    route::Route,
    text::{Common, GalleryText},
    ui::{Button, ButtonLook, Live, Page, Sheet, Toast},
};

/// Buttons and what is filled in.
mod asking;
/// Icons and drawings.
mod drawings;
/// What is read.
mod showing;

/// The page. What lies over others is shown where the address asks for it: `?over=sheet`,
/// `?over=toast`.
#[component]
pub(crate) fn Gallery() -> impl IntoView {
    let (t, common) = (GalleryText::here(), Common::here());
    let over = use_location().query.read_untracked().get("over");
    let over = over.as_deref();
    let open = RwSignal::new(over == Some("sheet"));
    let said = (over == Some("toast")).then(|| t.sentence.to_owned());
    view! {
        <Page
            name="gallery"
            title=t.title
            lead=t.lead
            back=Route::Home.to_string()
            back_label=common.back
        >
            {showing::cards(t, common)}
            {showing::amounts(t)}
            {showing::states(t)}
            {showing::rows(t, common)}
            {showing::facts(t, common)}
            {showing::moments(t)}
            {showing::waiting(t, common)}
            {asking::buttons(t)}
            {asking::fields(t)}
            {asking::choices(t)}
            {drawings::icons()}
            {drawings::pictures(t)}
            {showing::made_of_parts(t, common)}
            {showing::frame(t, common)}
            <Sheet open title=t.question close_label=t.hide>
                <p>{t.long}</p>
                <Button label=t.word look=ButtonLook::Danger/>
                <Button label=t.hide look=ButtonLook::Default on_press=move |()| open.set(false)/>
            </Sheet>
            // Heard, not seen.
            <Live text=Signal::stored(String::new())/>
            <Toast text=Signal::derive(move || said.clone())/>
        </Page>
    }
}
