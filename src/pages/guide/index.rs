//! The guide's main page.

use dika_contract::Issuer;
use dika_markup::{Node, view};
use leptos::prelude::*;

use super::{DirectoryDate, DirectorySource, Machines, facts, steps};
use crate::{
    route::Route,
    text::{self, GuideText, Title, fill},
    ui::{
        ButtonLink, ButtonVariant, Cells, Details, Facts, Icon, LinkCell, Notice, Page, Prose,
        Section, Tone, mark_chinese,
    },
};

/// Everything in the school's guide.
#[component]
pub(crate) fn Index() -> Node {
    let (t, titles) = (GuideText::current(), Title::current());
    let language = text::language();
    let directory = DirectorySource::new();
    let link = move |to: Route, note: &'static str, icon: Icon| {
        view! { <LinkCell href=to.to_string() label=titles.title(&to) note=note icon=icon/> }
    };
    let name = move |issuer: Issuer| {
        directory.with_untracked(|directory| {
            let info = directory.issuer(issuer);
            info.map(|info| info.name.text_in(language).to_owned())
                .unwrap_or_default()
        })
    };
    let official = move |list: &'static [&'static str]| {
        let items = list
            .iter()
            .map(|item| view! { <li>{mark_chinese(*item)}</li> });
        let items = items.collect::<Node>();
        view! { <Details summary=t.official><ol>{items}</ol></Details> }
    };
    let sites = move || {
        directory.with(|directory| {
            let email = directory.complaints_email.clone();
            let sites = directory.issuers.iter().map(|info| {
                let account = fill(t.account, &[&info.official_account]);
                let note = if info.site_unreachable {
                    [&account, "\u{a0}· ", t.site_unreachable].concat()
                } else {
                    account
                };
                view! {
                    <LinkCell
                        href=info.site.as_str()
                        label=info.name.text_in(language).to_owned()
                        note=[info.site.as_str(), "\u{a0}· ", &note].concat()
                        icon=Icon::Globe
                        external=true
                    />
                }
            });
            let sites = sites.collect::<Node>();
            view! {
                <Cells title=t.links_title>
                    {sites}
                    <LinkCell href=["mailto:", &email].concat() label=t.email note=email.clone() icon=Icon::Mail external=true/>
                </Cells>
            }
        })
    };

    view! {
        <Page name="guide" title=titles.title(&Route::Guide) lead=t.lead>
            <Cells>
                {link(Route::MoneyTriage, t.money_note, Icon::Question)}
                {link(Route::WhichCard, t.which_card_note, Icon::Card)}
                {link(Route::NewStudent, t.new_student_note, Icon::Person)}
                {link(Route::PasswordHelper, t.password_note, Icon::Key)}
                {link(Route::ServicePoints, t.points_note, Icon::Pin)}
                {link(Route::Settings, t.settings_note, Icon::Settings)}
            </Cells>
            <Section title=name(Issuer::Gdut) note=t.cards_lead>
                <Facts items=facts(&t.gdut_facts)/>
            </Section>
            <Section title=name(Issuer::Hemc)>
                <Facts items=facts(&t.hemc_facts)/>
            </Section>
            <Section title=t.gdut_title>
                {steps(&t.gdut_steps)}
                {official(&t.gdut_official)}
            </Section>
            <Section title=t.hemc_main_title note=t.hemc_main_lead>
                {steps(&t.hemc_main_steps)}
                {official(&t.hemc_main_official)}
            </Section>
            <Section title=t.hemc_water_title note=t.hemc_water_lead>
                {steps(&t.hemc_water_steps)}
                {official(&t.hemc_water_official)}
            </Section>
            <Section title=t.collect_title note=t.collect_lead>
                <Facts items=facts(&t.collect_facts)/>
                <p>{mark_chinese(t.never_cross)}</p>
                <Machines/>
            </Section>
            <Notice tone=Tone::Warn word=t.unsure_title>
                <p>{t.unsure_text}</p>
                <ButtonLink href=Route::ServicePoints.to_string() label=t.unsure_link variant=ButtonVariant::Link/>
            </Notice>
            <Section title=t.not_said_title>
                <Prose>
                    <p>{mark_chinese(t.not_said_text)}</p>
                </Prose>
            </Section>
            {sites}
            <DirectoryDate directory/>
        </Page>
    }
}
