//! The student confirms the masked identity: yes, no, or cannot tell. Only yes binds the card.

use dika_contract::{Binding, BindingId, BindingState, CardStatus, ErrorCode, RejectReason};
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    api::Api,
    navigation::use_replace,
    pages::{
        card_face::number_ending, fault_notice::FaultNotice, just_added,
        nearby_points::NearbyPoints, query_view::query_view,
    },
    platform,
    query::Query,
    route::Route,
    session::Session,
    submit::Submit,
    text::{BindText, Common, FrameText, Title, clock, fill},
    ui::{
        Actions, Button, ButtonLink, ButtonVariant, Fact, Facts, Notice, Outcome, Page, Section,
        SkeletonShape, Tone,
    },
};

/// The masked identity and the three answers.
#[component]
pub(crate) fn Confirm(id: BindingId) -> Node {
    let (t, common, titles) = (BindText::current(), Common::current(), Title::current());
    let title = titles.title(&Route::ConfirmIdentity(id.clone()));
    let api = StoredValue::new(Api::from_context());
    let replace = use_replace();
    let submit = Submit::new();
    // The answer that was sent last.
    let sent = RwSignal::new(None::<Answer>);
    let session = Session::from_context();
    // Why the student said no on this page; the server keeps no reason.
    let reason = RwSignal::new(None::<RejectReason>);
    let id = StoredValue::new(id);
    let binding = Query::new(move |api| {
        let id = id.get_value();
        Box::pin(async move { api.binding(&id).await })
    });

    let answer = Callback::new(move |answer: Answer| {
        if submit.is_busy() {
            return;
        }
        sent.set(Some(answer));
        let (api, id) = (api.get_value(), id.get_value());
        let later = api.clone();
        submit.run(
            async move {
                match answer {
                    Answer::Yes => api.confirm_binding(&id).await,
                    Answer::No(why) => api.reject_binding(&id, why).await,
                }
            },
            move |reply| match reply {
                Ok(now) => {
                    if let Answer::No(why) = answer {
                        reason.try_set(Some(why));
                    }
                    let card = now.card_id.clone();
                    // A card that was hidden is shown from now on.
                    if answer == Answer::Yes && !session.hidden_cards_untracked().is_empty() {
                        platform::spawn(session.request(later));
                    }
                    binding.set(now, platform::now());
                    // The next step after yes is a top-up, on the card's page.
                    if let (Answer::Yes, Some(card)) = (answer, card) {
                        just_added::note(&card);
                        replace(&Route::Card(card).to_string());
                    }
                    Ok(())
                }
                // The binding has changed meanwhile: show its state.
                Err(fault)
                    if fault.is(ErrorCode::BindingExpired)
                        || fault.is(ErrorCode::BindingAnswered) =>
                {
                    binding.refetch();
                    Ok(())
                }
                Err(fault) => Err(fault),
            },
        );
    });

    let draw = move |binding: Binding| match binding.state {
        BindingState::Pending => pending(t, common, binding, submit, sent, answer),
        BindingState::Confirmed => confirmed(t, common, binding),
        BindingState::Rejected => rejected(t, reason, binding),
        BindingState::Expired | BindingState::Other => expired(t, binding),
    };

    view! {
        <Page name="confirm-identity" title=title>
            {query_view(binding, SkeletonShape::Detail, draw)}
        </Page>
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No(RejectReason),
}

fn facts(t: &BindText, common: &Common, binding: &Binding) -> Vec<Fact> {
    let person = &binding.identity;
    let mut facts = vec![
        Fact::new(t.name, person.name.as_str()),
        Fact::new(t.student_no, person.student_no.as_str()),
        Fact::new(t.campus, common.campus(person.campus)),
    ];
    facts.extend(
        person
            .college
            .as_deref()
            .map(|college| Fact::new(t.college, college)),
    );
    facts.push(Fact::new(t.card, common.issuer(binding.issuer)));
    facts.push(Fact::new(
        t.number,
        number_ending(common, &binding.card_no_masked),
    ));
    facts
}

fn pending(
    t: &'static BindText,
    common: &'static Common,
    binding: Binding,
    submit: Submit,
    sent: RwSignal<Option<Answer>>,
    answer: Callback<Answer>,
) -> Node {
    let is_pending =
        move |which: Answer| Signal::derive(move || submit.busy.get() && sent.get() == Some(which));
    let send = move |which: Answer| move |()| answer.run(which);
    let (no, unsure) = (
        Answer::No(RejectReason::NotMe),
        Answer::No(RejectReason::CannotTell),
    );
    let status = binding.card_status;
    view! {
        <p class="lead">{t.confirm_lead}</p>
        <Facts items=facts(t, common, &binding) big=true/>
        {(status != CardStatus::Active)
            .then(|| {
                view! { <Notice tone=Tone::Warn word=fill(t.not_working, &[common.card_status(status)])/> }
            })}
        <Notice tone=Tone::Warn word=t.look_closely>
            <p>{t.look_closely_text}</p>
        </Notice>
        <p class="muted small">{fill(t.answer_by, &[&clock(binding.expires_at)])}</p>
        <FaultNotice fault=submit.fault/>
        <Actions>
            <Button label=t.yes action="identity-yes" busy=is_pending(Answer::Yes) on_press=send(Answer::Yes)/>
            <Button label=t.no action="identity-no" variant=ButtonVariant::Default busy=is_pending(no) on_press=send(no)/>
            <Button
                label=t.cannot_tell
                action="identity-unsure"
                variant=ButtonVariant::Default
                busy=is_pending(unsure)
                on_press=send(unsure)
            />
        </Actions>
    }
}

fn confirmed(t: &'static BindText, common: &'static Common, binding: Binding) -> Node {
    let next = binding
        .card_id
        .clone()
        .map_or(Route::Home, Route::Card)
        .to_string();
    view! {
        <div data-answer="confirmed">
            <Outcome tone=Tone::Success title=t.confirmed text=t.bound/>
        </div>
        <Facts items=facts(t, common, &binding)/>
        <Actions>
            <ButtonLink href=next label=t.open_card action="open-card"/>
            <ButtonLink href=Route::Home.to_string() label=FrameText::current().tab_home variant=ButtonVariant::Default action="home"/>
        </Actions>
    }
}

fn rejected(
    t: &'static BindText,
    reason: RwSignal<Option<RejectReason>>,
    binding: Binding,
) -> Node {
    let (title, text, name) = match reason.get_untracked() {
        Some(RejectReason::CannotTell) => (t.do_not_pay, t.do_not_pay_text, "cannot-tell"),
        Some(RejectReason::NotMe) => (t.not_you, t.not_you_text, "not-me"),
        Some(RejectReason::Other) | None => (t.rejected, t.rejected_text, "rejected"),
    };
    view! {
        <div data-answer=name>
            <Outcome tone=Tone::Danger title=title text=text/>
        </div>
        <Section title=t.nearest>
            <NearbyPoints issuer=binding.issuer campus=binding.identity.campus/>
        </Section>
        <Actions>
            <ButtonLink
                href=Route::Bind(binding.issuer).to_string()
                label=t.again
                variant=ButtonVariant::Default
                action="bind-again"
            />
        </Actions>
    }
}

fn expired(t: &'static BindText, binding: Binding) -> Node {
    view! {
        <div data-answer="expired">
            <Outcome tone=Tone::Warn title=t.expired text=t.expired_text/>
        </div>
        <Actions>
            <ButtonLink href=Route::Bind(binding.issuer).to_string() label=t.again action="bind-again"/>
        </Actions>
    }
}
