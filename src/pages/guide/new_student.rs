//! First steps of a new student.

use dika_contract::{Campus, Issuer};
use dika_markup::{Node, view};
use leptos::prelude::*;

use super::{campus_options, chosen_campus, steps};
use crate::{
    route::Route,
    text::{Common, NewStudentText, Title},
    ui::{Cells, Choice, Fact, Facts, Icon, LinkCell, Page, Section},
};

/// What is on the cards at first, and the first three steps, by campus. Lists all until a campus is chosen.
#[component]
pub(crate) fn NewStudent() -> Node {
    let (t, common, titles) = (
        NewStudentText::current(),
        Common::current(),
        Title::current(),
    );
    let campus = RwSignal::new(String::new());
    let chosen = Memo::new(move |_| chosen_campus(campus));

    let daxuecheng = move || {
        let here = chosen.with(|campus| campus.is_none_or(|campus| campus == Campus::Daxuecheng));
        here.then(|| {
            let facts = vec![
                Fact::new(t.on_gdut, t.nothing),
                Fact::new(t.on_hemc, t.hundred_in_two),
            ];
            view! {
                <Section title=common.daxuecheng note=t.daxuecheng_cards>
                    <Facts items=facts/>
                    {steps(&t.daxuecheng_steps)}
                </Section>
            }
        })
    };
    let others = move || {
        let campus = chosen.get();
        let here = campus.is_none_or(|campus| campus != Campus::Daxuecheng);
        here.then(|| {
            let title = campus.map_or(t.other_campuses, |campus| common.campus(campus));
            view! {
                <Section title=title note=t.other_cards>
                    <Facts items=vec![Fact::new(t.on_gdut, t.hundred)]/>
                    {steps(&t.other_steps)}
                </Section>
            }
        })
    };
    let next = move || {
        let hemc = chosen.with(|campus| campus.is_none_or(|campus| campus.has(Issuer::Hemc)));
        view! {
            <Cells title=t.next>
                <LinkCell href=Route::Bind(Issuer::Gdut).to_string() label=t.bind_gdut icon=Icon::Card/>
                {hemc
                    .then(|| {
                        view! { <LinkCell href=Route::Bind(Issuer::Hemc).to_string() label=t.bind_hemc icon=Icon::Card/> }
                    })}
                <LinkCell
                    href=Route::PasswordHelper.to_string()
                    label=t.password
                    note=t.password_note
                    icon=Icon::Key
                />
            </Cells>
        }
    };

    view! {
        <Page
            name="new-student"
            title=titles.title(&Route::NewStudent)
            lead=t.lead
            back=Route::Guide.to_string()
            back_label=titles.title(&Route::Guide)
        >
            <Choice legend=t.campus name="campus" options=campus_options(common) value=campus/>
            {daxuecheng}
            {others}
            {next}
        </Page>
    }
}
