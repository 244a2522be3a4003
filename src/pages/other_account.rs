//! Asks whether another account that was found in this WeChat is the same student's. Nothing moves before they said yes.

use dika_contract::{Fen, User, session::OtherAccount};
use leptos::prelude::*;

use super::{card_face::number_ending, fault_notice::FaultNotice};
use crate::{
    api::Api,
    session::{Session, SignInState},
    submit::Submit,
    text::{Common, OtherAccountText, fill, yuan},
    ui::{Button, ButtonVariant, Notice, Toaster, Tone},
};

/// The question, with what would move. Empty where nothing is asked.
#[component]
pub(crate) fn OtherAccountQuestion(
    /// Called once the two are one account.
    #[prop(into)]
    on_joined: Callback<()>,
) -> impl IntoView {
    let (session, toaster) = (Session::from_context(), Toaster::from_context());
    let api = StoredValue::new(Api::from_context());
    let submit = Submit::new();
    let answer = Callback::new(move |same_person: bool| {
        let (api, t) = (api.get_value(), OtherAccountText::current());
        submit.run(
            async move { api.answer_join(same_person).await },
            move |reply| {
                session.set(reply?);
                toaster.show(if same_person { t.joined } else { t.kept_apart });
                if same_person {
                    on_joined.try_run(());
                }
                Ok(())
            },
        );
    });
    let asked = Memo::new(move |_| match session.state() {
        SignInState::SignedIn(User {
            other_account: Some(other),
            phone_masked,
            ..
        }) => Some((other, phone_masked.unwrap_or_default())),
        _ => None,
    });
    move || {
        asked
            .get()
            .map(|(other, phone)| question(&other, &phone, submit, answer))
    }
}

fn question(other: &OtherAccount, phone: &str, submit: Submit, answer: Callback<bool>) -> AnyView {
    let (t, common) = (OtherAccountText::current(), Common::current());
    let cards = other.cards.iter().map(|card| {
        let words = [
            common.issuer(card.issuer),
            &number_ending(common, &card.card_no_masked),
            &card.holder,
        ];
        view! { <p>{fill(t.card, &words)}</p> }
    });
    let cards = cards.collect_view();
    let count = [other.cards.len().to_string(), other.orders.to_string()];
    let count = fill(t.count, &[&count[0], &count[1]]);
    let waiting = (other.waiting_fen > Fen::ZERO)
        .then(|| view! { <p>{fill(t.waiting, &[&yuan(other.waiting_fen)])}</p> });
    let text = fill(t.text, &[phone]);
    let held = other.cards.len().to_string();
    view! {
        <div data-other-account=held>
            <Notice tone=Tone::Warn word=t.title>
                {cards}
                <p>{count}</p>
                {waiting}
                <p>{text}</p>
                <Button
                    label=t.join
                    action="join-accounts"
                    busy=submit.busy
                    busy_label=t.joining
                    on_press=move |()| answer.run(true)
                />
                <Button
                    label=t.keep_apart
                    action="keep-accounts-apart"
                    variant=ButtonVariant::Default
                    disabled=submit.busy
                    on_press=move |()| answer.run(false)
                />
                <FaultNotice fault=submit.fault/>
            </Notice>
        </div>
    }
    .into_any()
}
