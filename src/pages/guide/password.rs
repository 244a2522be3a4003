//! Both first passwords from the end of a national ID. The input stays in memory: never in an address, in
//! storage, in a request or in a log. It is cleared when the page is hidden or left.

use dika_contract::first_password::{FirstPassword, IdTail, IdTailFault};
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    effect::effect,
    platform,
    route::Route,
    text::{PasswordHelperText, Title, fill},
    ui::{Cells, Drawing, Field, FieldKind, Icon, LinkCell, Notice, Page, Picture, Section, Tone},
};

/// The last seven characters in, both first passwords out.
#[component]
pub(crate) fn PasswordHelper() -> Node {
    let (t, titles) = (PasswordHelperText::current(), Title::current());
    let id_tail = RwSignal::new(String::new());
    // Not a memo, which would hold a copy of the input.
    let tail = move || id_tail.with(|typed| platform::typed(typed).id_tail());

    effect(move || {
        platform::on_page_hidden(move || {
            id_tail.try_set(String::new());
        });
    });

    // Too short is not an error while typing: the results say how many characters are missing.
    let error = Signal::derive(move || match tail() {
        Err(IdTailFault::TooLong) => Some(t.too_long.to_owned()),
        Err(IdTailFault::WrongCharacter) => Some(t.wrong.to_owned()),
        Err(fault @ IdTailFault::Letter(letter)) => Some(match fault.digit_meant() {
            Some(digit) => fill(
                t.letter_or_digit,
                &[
                    letter.encode_utf8(&mut [0; 4]),
                    digit.encode_utf8(&mut [0; 4]),
                ],
            ),
            None => fill(t.letter, &[letter.encode_utf8(&mut [0; 4])]),
        }),
        Ok(_) | Err(IdTailFault::Empty | IdTailFault::TooShort { .. }) => None,
    });
    let result =
        move |label: &'static str, card: &'static str, password: fn(&IdTail) -> FirstPassword| {
            let shown = move || match tail() {
                Ok(tail) => password(&tail).as_str().to_owned(),
                Err(IdTailFault::TooShort { missing }) => fill(t.missing, &[&missing.to_string()]),
                Err(_) => t.none_yet.to_owned(),
            };
            let ready = move || tail().is_ok();
            view! {
                <div class="fact">
                    <dt>{label}</dt>
                    <dd
                        class="num"
                        class:muted=move || !ready()
                        data-password=card
                        data-ready=move || ready().then_some("true")
                        translate=move || ready().then_some("no")
                    >
                        {shown}
                    </dd>
                </div>
            }
        };

    view! {
        <Page
            name="password-helper"
            title=titles.title(&Route::PasswordHelper)
            lead=t.lead
            back=Route::Guide.to_string()
            back_label=titles.title(&Route::Guide)
        >
            <Field label=t.id_tail name="id_tail" kind=FieldKind::IdTail value=id_tail help=t.id_tail_help error=error/>
            <dl class="facts facts-big" aria-live="polite">
                {result(t.gdut_password, "gdut", IdTail::gdut)}
                {result(t.hemc_password, "hemc", IdTail::hemc)}
            </dl>
            <p class="muted small">{t.private}</p>
            <p class="muted small">{t.changed}</p>
            <Section title=t.rules>
                <p>{t.gdut_rule}</p>
                <Picture drawing=Drawing::DigitsGdut label=t.gdut_label caption=t.gdut_example/>
                <p>{t.hemc_rule}</p>
                <Picture drawing=Drawing::DigitsHemc label=t.hemc_label caption=t.hemc_example/>
                <p>{t.no_letter}</p>
            </Section>
            <Notice tone=Tone::Info word=t.other_document_title>
                <p>{t.other_document_text}</p>
            </Notice>
            <Cells>
                <LinkCell href=Route::ServicePoints.to_string() label=t.ask icon=Icon::Pin/>
            </Cells>
        </Page>
    }
}
