//! "Where is my money?": questions that lead to what to do and whom to call.

use dika_contract::{Issuer, WalletKind};
use dika_markup::{Node, view};
use leptos::prelude::*;

/// The decision tree.
mod decision;

use self::decision::{Advice, Answers, Conclusion, Problem, Question};
use super::{
    guide::{Machines, campus_options, chosen_campus, steps},
    nearby_points::NearbyPoints,
    service_points::points_link,
};
use crate::{
    route::Route,
    text::{Common, MoneyTriageText, Pair, Title},
    ui::{
        Button, ButtonVariant, Cells, Choice, ChoiceLayout, ChoiceOption, Details, Icon, LinkCell,
        LiveRegion, Notice, Page, Section, Tone,
    },
};

/// The page.
#[component]
pub(crate) fn MoneyTriage() -> Node {
    let (t, common, titles) = (
        MoneyTriageText::current(),
        Common::current(),
        Title::current(),
    );
    let problem = RwSignal::new(String::new());
    let card = RwSignal::new(String::new());
    let wallet = RwSignal::new(String::new());
    let campus = RwSignal::new(String::new());
    let answers = Memo::new(move |_| Answers {
        problem: problem.with(|word| Problem::from_word(word)),
        card: card
            .with(|word| Some(Issuer::from_word(word)))
            .filter(|card| *card != Issuer::Other),
        wallet: wallet
            .with(|word| Some(WalletKind::from_word(word)))
            .filter(|wallet| *wallet != WalletKind::Other),
        campus: chosen_campus(campus),
    });
    // A memo per question, so that an answer does not redraw the others and the focus stays.
    let asks = move |question: Question| Memo::new(move |_| answers.get().asks(question));
    let (asks_card, asks_wallet, asks_campus) = (
        asks(Question::Card),
        asks(Question::Wallet),
        asks(Question::Campus),
    );
    let answer = Memo::new(move |_| answers.get().conclusion());
    let undecided = Memo::new(move |_| answers.get().problem.is_none());

    let problems = Problem::ALL
        .iter()
        .map(|problem| ChoiceOption::new(problem.as_str(), t.problem_name(*problem)))
        .collect();
    let which_card = move || {
        asks_card.get().then(|| {
            let cards = [Issuer::Gdut, Issuer::Hemc]
                .iter()
                .map(|card| ChoiceOption::new(card.as_str(), common.issuer(*card)))
                .collect();
            view! { <Choice legend=t.card name="card" options=cards value=card/> }
        })
    };
    let which_wallet = move || {
        asks_wallet.get().then(|| {
            let wallets = [WalletKind::Main, WalletKind::Utilities]
                .iter()
                .map(|wallet| ChoiceOption::new(wallet.as_str(), common.wallet(*wallet)))
                .collect();
            view! { <Choice legend=t.wallet name="wallet" options=wallets value=wallet/> }
        })
    };
    let which_campus = move || {
        asks_campus.get().then(|| {
            view! { <Choice legend=t.campus name="campus" options=campus_options(common) value=campus/> }
        })
    };
    let again = move |()| {
        for answers in [problem, card, wallet, campus] {
            answers.set(String::new());
        }
    };
    let heard = Signal::derive(move || {
        let words = answer.get().map(|answer| t.advice(answer.advice).0);
        words.unwrap_or_default().to_owned()
    });

    view! {
        <Page
            name="money-triage"
            title=titles.title(&Route::MoneyTriage)
            lead=t.lead
            back=Route::Guide.to_string()
            back_label=titles.title(&Route::Guide)
        >
            <Choice legend=t.problem name="problem" options=problems value=problem layout=ChoiceLayout::List/>
            {which_card}
            {which_wallet}
            {which_campus}
            <LiveRegion text=heard/>
            {move || answer.get().map(|answer| conclusion(t, answer))}
            {move || {
                answer
                    .with(Option::is_some)
                    .then(|| {
                        view! {
                            <Button label=t.again action="start-again" variant=ButtonVariant::Link icon=Icon::Refresh on_press=again/>
                        }
                    })
            }}
            {move || undecided.get().then(|| everything(t))}
        </Page>
    }
}

impl MoneyTriageText {
    fn problem_name(&self, problem: Problem) -> &'static str {
        match problem {
            Problem::NotOnCard => self.not_on_card,
            Problem::Machine => self.machine,
            Problem::WrongPlace => self.wrong_place,
            Problem::Unpaid => self.unpaid,
            Problem::LateWater => self.late_water,
            Problem::Lost => self.lost,
        }
    }

    /// Headline and steps.
    fn advice(&'static self, advice: Advice) -> (&'static str, &'static [Pair]) {
        match advice {
            Advice::CollectGdut => (self.collect_gdut, &self.collect_gdut_steps),
            Advice::HemcMain => (self.hemc_main, &self.hemc_main_steps),
            Advice::CollectWater => (self.collect_water, &self.collect_water_steps),
            Advice::NextMachine => (self.next_machine, &self.next_machine_steps),
            Advice::WrongTarget => (self.wrong_target, &self.wrong_target_steps),
            Advice::CheckPayment => (self.check_payment, &self.check_payment_steps),
            Advice::ConfirmLate => (self.confirm_late, &self.confirm_late_steps),
            Advice::LostCard => (self.lost_card, &self.lost_card_steps),
        }
    }
}

/// What to do, a link to the orders, and the phone number for this card and campus.
fn conclusion(t: &'static MoneyTriageText, answer: Conclusion) -> Node {
    let Conclusion {
        advice,
        card,
        campus,
    } = answer;
    let (title, instructions) = t.advice(advice);
    // A lost card has nothing to do with an order.
    let orders = (advice != Advice::LostCard).then(|| {
        view! {
            <LinkCell
                href=Route::Orders.to_string()
                label=t.open_orders
                note=t.open_orders_note
                icon=Icon::Orders
                action="open-orders"
            />
        }
    });
    let stop = matches!(advice, Advice::CheckPayment | Advice::WrongTarget)
        .then(|| view! { <Notice tone=Tone::Warn word=t.watch_out/> });
    view! {
        <div class="stack" data-answer=advice.as_str()>
            <Section title=title>
                {stop}
                {steps(instructions)}
            </Section>
            {(advice == Advice::CollectGdut).then(|| view! { <Machines card=Some(Issuer::Gdut)/> })}
            <Section title=t.call note=t.call_note>
                <NearbyPoints issuer=card campus=campus/>
            </Section>
            <Cells>
                {orders}
                <LinkCell href=points_link(Some(campus), Some(card)) label=t.points icon=Icon::Pin action="open-points"/>
            </Cells>
        </div>
    }
}

/// All answers, to open and read, also without scripts.
fn everything(t: &'static MoneyTriageText) -> Node {
    let all = Advice::ALL
        .into_iter()
        .map(|advice| {
            let (title, instructions) = t.advice(advice);
            view! { <Details summary=title>{steps(instructions)}</Details> }
        })
        .collect::<Node>();
    view! {
        <Section title=t.all_answers>
            {all}
            <Cells>
                <LinkCell href=points_link(None, None) label=t.points icon=Icon::Pin/>
                <LinkCell href=Route::Orders.to_string() label=t.open_orders note=t.open_orders_note icon=Icon::Orders/>
            </Cells>
        </Section>
    }
}
