//! Asks whether another account that was found in this WeChat is the same student's. Nothing moves before they said yes.

use dika_contract::{Fen, User, session::OtherAccount};
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    api::Api,
    pages::{card_face::number_ending, fault_notice::FaultNotice},
    session::{Session, SignInState},
    submit::Submit,
    text::{self, Common, OtherAccountText, fill, sentences, yuan},
    ui::{Button, ButtonVariant, Notice, Tone},
};

/// The question, with what would move; nothing where nothing is asked. `on_answered` is called once the server has the
/// answer.
pub(super) fn question(on_answered: impl Fn() + Copy + Send + Sync + 'static) -> Node {
    let session = Session::from_context();
    let api = StoredValue::new(Api::from_context());
    let submit = Submit::new();
    let answer = move |same_person: bool| {
        let api = api.get_value();
        submit.run(
            async move { api.answer_join(same_person).await },
            move |reply| {
                session.set(reply?);
                on_answered();
                Ok(())
            },
        );
    };
    Node::live(move || {
        let SignInState::SignedIn(User {
            other_account: Some(other),
            phone_masked,
            ..
        }) = session.state()
        else {
            return Node::Nothing;
        };
        let t = OtherAccountText::current();
        let held = other.cards.len().to_string();
        let moves = what_moves(t, &other);
        let text = fill(t.text, &[&phone_masked.unwrap_or_default()]);
        view! {
            <div data-other-account=held>
                <Notice tone=Tone::Warn word=t.title>
                    <p>{moves}</p>
                    <p>{text}</p>
                    <Button label=t.join action="join-accounts" busy=submit.busy on_press=move |()| answer(true)/>
                    <Button
                        label=t.keep_apart
                        action="keep-accounts-apart"
                        variant=ButtonVariant::Default
                        disabled=submit.busy
                        on_press=move |()| answer(false)
                    />
                    <FaultNotice fault=submit.fault/>
                </Notice>
            </div>
        }
    })
}

fn what_moves(t: &OtherAccountText, other: &OtherAccount) -> String {
    let common = Common::current();
    let mut said: Vec<String> = other
        .cards
        .iter()
        .map(|card| {
            let number = number_ending(common, &card.card_no_masked);
            fill(t.card, &[common.issuer(card.issuer), &number, &card.holder])
        })
        .collect();
    let (cards, orders) = (other.cards.len().to_string(), other.orders.to_string());
    said.push(fill(t.count, &[&cards, &orders]));
    if other.waiting_fen > Fen::ZERO {
        said.push(fill(t.waiting, &[&yuan(other.waiting_fen)]));
    }
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    sentences(text::language(), &said)
}
