//! Choosing an amount: a preset, or any amount within the limits, which are shown beside the field.

use dika_contract::{
    Fen, Wallet,
    directory::{Limits, ServiceHours},
    money::AmountFault,
};
use dika_markup::{Node, view};
use leptos::prelude::*;

use super::{
    flow::{self, AmountProblem},
    state::{TopUpContext, TopUpForm, short_amount},
};
use crate::{
    effect::effect,
    text::{self, TopUpText, clock_of_day, day, fill, sentences, yuan},
    ui::{
        Actions, Button, Choice, ChoiceLayout, ChoiceOption, ErrorSummary, Field, FieldError,
        FieldKind,
    },
};

pub(super) fn amount_form(form: TopUpForm, context: &TopUpContext, wallet: &Wallet) -> Node {
    let t = TopUpText::current();
    let TopUpForm {
        amount,
        preset,
        error,
        ..
    } = form;
    let text = amount.text();
    let bounds = StoredValue::new(wallet.limits.clone());

    // Keeps preset and field equal. A preset changes the field only if that holds another amount:
    // otherwise typing the last digit of a preset would reformat the text being typed.
    let presets: Vec<_> = wallet
        .limits
        .iter()
        .flat_map(|limits| limits.presets_fen.iter().copied())
        .collect();
    let options: Vec<_> = presets
        .iter()
        .map(|fen| ChoiceOption::new(short_amount(*fen), short_yuan(*fen)))
        .collect();
    effect(move || {
        let chosen = preset.get();
        let wanted = flow::check(&chosen, None).ok();
        if wanted.is_some() && wanted != text.with_untracked(|typed| flow::check(typed, None)).ok()
        {
            amount.suggest(chosen);
        }
    });
    effect(move || {
        let typed = text.with(|typed| flow::check(typed, None)).ok();
        let same = presets.iter().find(|fen| Some(**fen) == typed);
        let same = same.map(|fen| short_amount(*fen)).unwrap_or_default();
        if preset.with_untracked(|preset| *preset != same) {
            preset.set(same);
        }
    });

    let review = move || {
        let typed = amount.read();
        let checked = bounds.with_value(|limits| flow::check(&typed, limits.as_ref()));
        match checked {
            Ok(amount) => {
                error.set(None);
                form.review.run(amount);
            }
            Err(problem) => error.set(Some(problem_text(t, problem))),
        }
    };
    let errors = Signal::derive(move || {
        error
            .get()
            .map(|text| FieldError {
                field: "amount",
                text,
            })
            .into_iter()
            .collect::<Vec<_>>()
    });
    let limits = wallet.limits.as_ref().map_or_else(
        || t.limits_unknown.to_owned(),
        |limits| limits_text(t, context.sandbox, limits),
    );
    let closed = context
        .closed_until
        .map(|opening| fill(t.closed, &[&day(text::language(), opening)]));
    let hours = closed.or_else(|| context.hours.and_then(|hours| hours_text(t, hours)));
    let said: Vec<&str> = [Some(limits.as_str()), hours.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    let help = sentences(text::language(), &said);

    view! {
        <ErrorSummary title=t.check errors/>
        <form
                method="post"
            class="stack"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                review();
            }
        >
            {(!options.is_empty())
                .then(|| view! { <Choice legend=t.presets name="preset" options value=preset layout=ChoiceLayout::Grid/> })}
            <Field label=t.amount name="amount" kind=FieldKind::Money value=amount prefix="¥" help error/>
            <Actions>
                <Button label=t.review action="review" submit=true/>
            </Actions>
        </form>
    }
}

/// An amount without zeros after the point: `¥50`, `¥19.90`.
fn short_yuan(amount: Fen) -> String {
    let text = yuan(amount);
    text.strip_suffix(".00").unwrap_or(&text).to_owned()
}

fn limits_text(t: &TopUpText, sandbox: bool, limits: &Limits) -> String {
    let words = if sandbox { t.limits_sandbox } else { t.limits };
    fill(
        words,
        &[
            &short_yuan(limits.min_fen),
            &short_yuan(limits.max_fen),
            &short_yuan(limits.daily_fen),
            &short_yuan(limits.cap_fen),
        ],
    )
}

/// When top-ups are taken. Returns `None` if that is all day.
fn hours_text(t: &TopUpText, hours: ServiceHours) -> Option<String> {
    let ServiceHours { from_min, to_min } = hours;
    (from_min > 0 || to_min < 1_440)
        .then(|| fill(t.hours, &[&clock_of_day(from_min), &clock_of_day(to_min)]))
}

fn problem_text(t: &TopUpText, problem: AmountProblem) -> String {
    match problem {
        AmountProblem::Unreadable(AmountFault::Empty) => t.empty.to_owned(),
        AmountProblem::Unreadable(AmountFault::NotANumber) => t.not_a_number.to_owned(),
        AmountProblem::Unreadable(AmountFault::TooFine) => t.too_fine.to_owned(),
        AmountProblem::Unreadable(AmountFault::TooLarge) => t.far_too_large.to_owned(),
        AmountProblem::Unreadable(AmountFault::InWords) => t.in_words.to_owned(),
        AmountProblem::Unreadable(AmountFault::Doubtful(Some((smaller, larger)))) => fill(
            t.which_amount,
            &[
                &yuan(smaller),
                &yuan(larger),
                &short_amount(smaller),
                &short_amount(larger),
            ],
        ),
        AmountProblem::Unreadable(AmountFault::Doubtful(None)) => t.doubtful.to_owned(),
        AmountProblem::Zero => t.zero.to_owned(),
        AmountProblem::TooSmall(min) => fill(t.too_small, &[&yuan(min)]),
        AmountProblem::TooLarge(max) => fill(t.too_large, &[&yuan(max)]),
    }
}

#[cfg(test)]
mod tests {
    use dika_contract::Language;

    use super::*;

    #[test]
    fn hours_are_shown_unless_they_are_all_day() {
        let said = |from_min, to_min| {
            hours_text(
                TopUpText::of(Language::English),
                ServiceHours { from_min, to_min },
            )
        };
        assert_eq!(said(0, 1_440), None);
        let said = said(390, 1_410).expect("hours");
        assert!(said.contains("06:30") && said.contains("23:30"), "{said}");
    }
}
