//! Buttons, fields and choices.

use dika_markup::{IntoNode, Node, view};
use leptos::prelude::*;

use crate::{
    route::Route,
    text::GalleryText,
    ui::{
        Actions, Button, ButtonLink, ButtonVariant, Choice, ChoiceLayout, ChoiceOption,
        ErrorSummary, Field, FieldError, FieldKind, Icon, Section,
    },
};

pub(super) fn buttons(t: &'static GalleryText) -> Node {
    let looks = [
        ButtonVariant::Primary,
        ButtonVariant::Default,
        ButtonVariant::Danger,
        ButtonVariant::Link,
    ]
    .map(|variant| {
        view! {
            <Button label=t.word variant/>
            <Button label=t.word variant icon=Icon::Refresh/>
            <Button label=t.word variant busy=true busy_label=t.busy/>
            <Button label=t.word variant disabled=true/>
        }
    })
    .into_node();
    view! {
        <Section title="Button">
            {looks}
            <Button label=t.long/>
            <div class="row">
                <Button label=t.word variant=ButtonVariant::Link icon=Icon::Refresh small=true/>
                <Button label=t.word variant=ButtonVariant::Default small=true/>
            </div>
            <Actions>
                <ButtonLink href=Route::Gallery.to_string() label=t.word/>
                <ButtonLink href=Route::Gallery.to_string() label=t.word variant=ButtonVariant::Default/>
            </Actions>
        </Section>
    }
}

pub(super) fn fields(t: &'static GalleryText) -> Node {
    let wrong = Signal::stored(Some(t.wrong.to_owned()));
    let errors = Signal::stored(vec![FieldError {
        field: "wrong",
        text: t.wrong.to_owned(),
    }]);
    let empty = || RwSignal::new(String::new());
    view! {
        <Section title="ErrorSummary"><ErrorSummary title=t.word errors/></Section>
        <Section title="Field">
            <Field label=t.field name="plain" value=empty()/>
            <Field label=t.field name="helped" value=empty() help=t.help/>
            <Field label=t.field name="wrong" value=empty() help=t.help error=wrong/>
            <Field label=t.field name="code" kind=FieldKind::Code value=empty()>
                <Button label=t.word variant=ButtonVariant::Default small=true/>
            </Field>
            <Field
                label=t.field
                name="password"
                kind=FieldKind::Password
                value=empty()
                reveal=(t.show.to_owned(), t.hide.to_owned())
            />
            // A visible password: the gallery is drawn without scripts.
            <Field
                label=t.field
                name="shown"
                value=RwSignal::new(String::new())
                reveal=(t.hide.to_owned(), t.show.to_owned())
            />
            <Field label=t.field name="money" kind=FieldKind::Money prefix="¥" value=empty() help=t.help/>
            <Field label=t.field name="search" kind=FieldKind::Search value=empty()/>
        </Section>
    }
}

pub(super) fn choices(t: &'static GalleryText) -> Node {
    let options = |note: bool| {
        let mut all: Vec<ChoiceOption> = t
            .answers
            .map(|answer| ChoiceOption::new(answer, answer))
            .to_vec();
        if note {
            all = all.into_iter().map(|option| option.note(t.note)).collect();
        }
        all
    };
    let first = || RwSignal::new(t.answers.first().copied().unwrap_or_default().to_owned());
    view! {
        <Section title="Choice">
            <Choice legend=t.question name="segments" options=options(false) value=first()/>
            <Choice legend=t.question name="grid" options=options(false) value=first() layout=ChoiceLayout::Grid/>
            <Choice legend=t.question name="list" options=options(true) value=first() layout=ChoiceLayout::List/>
            <Choice
                legend=t.question
                name="unanswered"
                options=options(false)
                value=RwSignal::new(String::new())
            />
        </Section>
    }
}
