//! Which card, which wallet?

use dika_contract::{Campus, Card, Issuer, WalletKind};
use dika_markup::{Node, view};
use leptos::prelude::*;

use super::{
    DirectoryDate, DirectorySource, campus_options, chosen_campus,
    purpose::{Answer, Purpose, Use, answer},
};
use crate::{
    pages::{bound_cards::bound_cards, service_points::points_link},
    route::Route,
    text::{Common, Title, WhichCardText, fill},
    ui::{Cell, Cells, Choice, ChoiceOption, Fact, Facts, Icon, LinkCell, Page},
};

/// From campus and purpose to card, wallet and how to top up. Lists all possible answers until both are
/// chosen.
#[component]
pub(crate) fn WhichCard() -> Node {
    let (t, common, titles) = (
        WhichCardText::current(),
        Common::current(),
        Title::current(),
    );
    let directory = DirectorySource::new();
    let campus = RwSignal::new(String::new());
    let purpose = RwSignal::new(String::new());
    let chosen = Memo::new(move |_| {
        let purpose = purpose.with(|word| Purpose::from_word(word));
        (chosen_campus(campus), purpose)
    });
    let purposes = Purpose::ALL
        .iter()
        .map(|purpose| ChoiceOption::new(purpose.as_str(), t.purpose_name(*purpose)))
        .collect();

    let one = move || match chosen.get() {
        (Some(campus), Some(purpose)) => Some(detail(t, common, directory, campus, purpose)),
        _ => None,
    };
    let all = move || match chosen.get() {
        (Some(_), Some(_)) => None,
        (Some(campus), None) => Some(table(t, common, common.campus(campus), campus, None)),
        (None, purpose) => Some(view! {
            {table(t, common, common.daxuecheng, Campus::Daxuecheng, purpose)}
            // The same for the other three campuses.
            {table(t, common, t.other_campuses, Campus::Longdong, purpose)}
        }),
    };
    let cards = bound_cards();
    let ways = move || {
        let (campus, purpose) = chosen.get();
        let rows = ways(
            t,
            common,
            campus,
            purpose,
            &cards.value().unwrap_or_default(),
        );
        let title = (!rows.is_empty()).then(|| common.top_up.to_owned());
        view! {
            <Cells title>
                {rows}
                <LinkCell href=points_link(campus, None) label=t.ask icon=Icon::Pin/>
            </Cells>
        }
    };

    view! {
        <Page
            name="which-card"
            title=titles.title(&Route::WhichCard)
            lead=t.lead
            back=Route::Guide.to_string()
            back_label=titles.title(&Route::Guide)
        >
            <Choice legend=t.campus name="campus" options=campus_options(common) value=campus/>
            <Choice legend=t.purpose name="purpose" options=purposes value=purpose/>
            <div class="stack" aria-live="polite">{one}</div>
            {ways}
            {all}
            <DirectoryDate directory/>
        </Page>
    }
}

impl WhichCardText {
    fn purpose_name(&self, purpose: Purpose) -> &'static str {
        match purpose {
            Purpose::Canteen => self.canteen,
            Purpose::Library => self.library,
            Purpose::HotWater => self.hot_water,
            Purpose::Identity => self.identity,
            Purpose::OtherUniversities => self.other_universities,
            Purpose::Console => self.console,
        }
    }
}

/// `大学城一卡通 · 主钱包`.
fn card_and_wallet(common: &Common, (issuer, wallet): Use) -> String {
    let card = common.issuer(issuer);
    wallet.map_or_else(
        || card.to_owned(),
        |wallet| [card, " · ", common.wallet(wallet)].concat(),
    )
}

/// The ways to put money on what the answer names, without an answer on all cards of the campus: the wallet's
/// top-up where its card is bound, or else the card's form.
fn ways(
    t: &'static WhichCardText,
    common: &'static Common,
    campus: Option<Campus>,
    purpose: Option<Purpose>,
    bound: &[Card],
) -> Vec<Node> {
    const MAIN: Option<WalletKind> = Some(WalletKind::Main);
    let uses: &[Use] = match (campus, purpose) {
        (Some(campus), Some(purpose)) => match answer(campus, purpose) {
            Answer::Cards(uses) => uses,
            Answer::NotHeld | Answer::NotSaid => &[],
        },
        (campus, _) if campus.is_none_or(|campus| campus.has(Issuer::Hemc)) => {
            &[(Issuer::Gdut, MAIN), (Issuer::Hemc, MAIN)]
        }
        _ => &[(Issuer::Gdut, MAIN)],
    };
    uses.iter()
        .filter_map(|(issuer, wallet)| {
            let wallet = (*wallet)?;
            let card = bound.iter().find(|card| card.issuer == *issuer);
            let (to, label) = match card {
                Some(card) => (
                    Route::TopUp(card.id.clone(), wallet),
                    card_and_wallet(common, (*issuer, Some(wallet))),
                ),
                None if *issuer == Issuer::Hemc => (Route::Bind(*issuer), t.bind_hemc.to_owned()),
                None => (Route::Bind(*issuer), t.bind_gdut.to_owned()),
            };
            let row = view! { <LinkCell href=to.to_string() label icon=Icon::Card/> };
            Some(row)
        })
        .collect()
}

/// The answers for a campus, one row per purpose.
fn table(
    t: &'static WhichCardText,
    common: &'static Common,
    title: &'static str,
    campus: Campus,
    only: Option<Purpose>,
) -> Node {
    let rows = Purpose::ALL
        .into_iter()
        .filter(|purpose| only.is_none_or(|only| only == *purpose))
        .map(|purpose| {
            let note = match answer(campus, purpose) {
                Answer::Cards(cards) => {
                    let names: Vec<_> = cards
                        .iter()
                        .map(|card| card_and_wallet(common, *card))
                        .collect();
                    names.join(common.or)
                }
                Answer::NotHeld => t.not_held.to_owned(),
                Answer::NotSaid => t.not_said.to_owned(),
            };
            view! { <Cell label=t.purpose_name(purpose) note=note/> }
        })
        .collect::<Node>();
    view! { <Cells title=title>{rows}</Cells> }
}

/// One answer in full.
fn detail(
    t: &'static WhichCardText,
    common: &'static Common,
    directory: DirectorySource,
    campus: Campus,
    purpose: Purpose,
) -> Node {
    let said = |text: &'static str| view! { <p class="lead">{text}</p> };
    let answers = match answer(campus, purpose) {
        Answer::NotHeld => said(t.not_held),
        Answer::NotSaid => said(t.not_said),
        Answer::Cards(cards) => {
            let either = (cards.len() > 1).then(|| said(t.either));
            let lists = cards
                .iter()
                .map(|(issuer, wallet)| {
                    view! { <Facts items=instructions(t, common, directory, *issuer, *wallet)/> }
                })
                .collect::<Node>();
            let also = (purpose == Purpose::Identity && !campus.has(Issuer::Hemc))
                .then(|| view! { <p class="muted">{t.not_held_id}</p> });
            view! {
                {either}
                {lists}
                {also}
            }
        }
    };
    let title = [common.campus(campus), " · ", t.purpose_name(purpose)].concat();
    view! {
        <h2 class="section-title">{title}</h2>
        {answers}
    }
}

fn instructions(
    t: &WhichCardText,
    common: &Common,
    directory: DirectorySource,
    issuer: Issuer,
    wallet: Option<WalletKind>,
) -> Vec<Fact> {
    let mut facts = vec![Fact::new(t.card, common.issuer(issuer))];
    let Some(wallet) = wallet else {
        facts.push(Fact::new(t.wallet, t.no_wallet));
        return facts;
    };
    facts.push(Fact::new(t.wallet, common.wallet(wallet)));
    let collect = directory.with(|directory| {
        let claim = directory.wallet(issuer, wallet).map(|wallet| &wallet.claim);
        claim.map(|claim| {
            let machines = common.terminals(&claim.terminals);
            match (claim.is_needed(), claim.within_s) {
                (false, _) => t.no_collect.to_owned(),
                (true, None) => fill(t.collect_at, &[&machines]),
                (true, Some(_)) => fill(t.collect_within, &[&machines]),
            }
        })
    });
    facts.extend(collect.map(|collect| Fact::new(t.collect, collect)));
    facts
}
