//! Cards that were bound with this phone number and are hidden until their password is given again. The
//! page knows their issuers alone.

use dika_contract::Issuer;
use dika_markup::{Node, view};
use leptos::prelude::*;

use super::fault_notice::FaultNotice;
use crate::{
    api::Api,
    route::Route,
    session::Session,
    submit::Submit,
    text::{Common, HiddenCardsText},
    ui::{Button, ButtonLink, ButtonVariant, Notice, Tone},
};

/// The two ways on: give the password again, or part with the cards. Empty where nothing is hidden.
#[component]
pub(crate) fn HiddenCards() -> Node {
    let session = Session::from_context();
    let api = StoredValue::new(Api::from_context());
    let is_asking = RwSignal::new(false);
    let submit = Submit::new();
    let start_clean = Callback::new(move |()| {
        let api = api.get_value();
        submit.run(async move { api.start_clean().await }, move |reply| {
            session.set(reply?);
            Ok(())
        });
    });
    let hidden = Memo::new(move |_| session.hidden_cards());
    Node::live(move || {
        let hidden = hidden.get();
        (!hidden.is_empty()).then(|| notice(&hidden, is_asking, submit, start_clean))
    })
}

fn notice(
    hidden: &[Issuer],
    is_asking: RwSignal<bool>,
    submit: Submit,
    start_clean: Callback<()>,
) -> Node {
    let (t, common) = (HiddenCardsText::current(), Common::current());
    let ways = hidden.iter().map(|issuer| {
        let action = match issuer {
            Issuer::Hemc => "reverify-hemc",
            _ => "reverify-gdut",
        };
        view! {
            <ButtonLink
                href=Route::Bind(*issuer).to_string()
                label=[common.issuer(*issuer), t.give_password].concat()
                variant=ButtonVariant::Default
                action
            />
        }
    });
    let ways = ways.collect::<Node>();
    let parting = move || {
        if is_asking.get() {
            view! {
                <p>{t.start_clean_text}</p>
                <Button
                    label=t.start_clean_yes
                    action="start-clean-confirm"
                    variant=ButtonVariant::Danger
                    busy=submit.busy
                    on_press=start_clean
                />
                <Button
                    label=t.start_clean_no
                    action="start-clean-cancel"
                    variant=ButtonVariant::Default
                    on_press=move |()| is_asking.set(false)
                />
            }
        } else {
            view! {
                <Button
                    label=t.start_clean
                    action="start-clean"
                    variant=ButtonVariant::Link
                    on_press=move |()| is_asking.set(true)
                />
            }
        }
    };
    view! {
        <div data-hidden-cards=hidden.len().to_string()>
            <Notice tone=Tone::Info word=t.title>
                <p>{t.text}</p>
                {ways}
                {parting}
                <FaultNotice fault=submit.fault/>
            </Notice>
        </div>
    }
}
