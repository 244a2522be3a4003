//! All components in all states. Development builds only.

use dika_markup::{Node, view};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    route::Route,
    text::{Common, GalleryText},
    ui::{Button, ButtonVariant, LiveRegion, Page, Sheet, Toast},
};

/// Components that only show something.
mod display;
/// Icons and drawings.
mod drawings;
/// Buttons and form fields.
mod forms;

/// The page. `?over=sheet` and `?over=toast` show what lies over other components.
#[component]
pub(crate) fn Gallery() -> Node {
    let (t, common) = (GalleryText::current(), Common::current());
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
            {display::cards(t, common)}
            {display::amounts(t)}
            {display::states(t)}
            {display::rows(t, common)}
            {display::facts(t, common)}
            {display::moments(t)}
            {display::waiting(t, common)}
            {forms::buttons(t)}
            {forms::fields(t)}
            {forms::choices(t)}
            {drawings::icons()}
            {drawings::pictures(t)}
            {display::made_of_parts(t, common)}
            {display::frame(t)}
            <Sheet open title=t.question close_label=t.hide>
                <p>{t.long}</p>
                <Button label=t.word variant=ButtonVariant::Danger/>
                <Button label=t.hide variant=ButtonVariant::Default on_press=move |()| open.set(false)/>
            </Sheet>
            // Not visible.
            <LiveRegion text=Signal::stored(String::new())/>
            <Toast text=Signal::derive(move || said.clone())/>
        </Page>
    }
}
