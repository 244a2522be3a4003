//! Account or card number, and password. The password stays in memory only, until it is sent.

use dika_contract::{
    AccountNo, CardNo, CreateBinding, ErrorCode, Issuer,
    typed::{NumberFault, PasswordFault, likely_issuer},
};
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    api::Api,
    effect::effect,
    navigation::use_replace,
    pages::{fault_notice::FaultNotice, hidden_cards::HiddenCards, service_points::points_link},
    platform,
    route::Route,
    session::{Session, SignInState},
    submit::Submit,
    text::{BindText, Common, Title},
    ui::{
        Actions, Button, ButtonLink, ButtonVariant, Details, Drawing, ErrorSummary, Field,
        FieldError, FieldKind, FieldValue, Notice, Page, Picture, Tone,
    },
};

/// The form of one issuer: `gdut` asks for an account, `hemc` for the number on the card.
#[component]
pub(crate) fn Form(issuer: Issuer) -> Node {
    let (t, common, titles) = (BindText::current(), Common::current(), Title::current());
    let api = StoredValue::new(Api::from_context());
    let replace = use_replace();
    let is_hemc = issuer == Issuer::Hemc;
    let other_issuer = if is_hemc { Issuer::Gdut } else { Issuer::Hemc };

    let number = FieldValue::new();
    let password = FieldValue::new();
    // The number that looks like the other card's, once that was said: sent again, it is meant.
    let other_card = RwSignal::new(None::<String>);
    let number_error = RwSignal::new(None::<String>);
    let password_error = RwSignal::new(None::<String>);
    let submit = Submit::new();

    // A University Town card requires a phone number: ask for it before anything is typed here.
    let session = Session::from_context();
    effect(move || {
        let SignInState::SignedIn(user) = session.state() else {
            return;
        };
        if is_hemc && user.phone_masked.is_none() && !user.snapshot {
            replace(&Route::sign_in_then(&Route::Bind(issuer).to_string()));
        }
    });

    let checked = move || {
        let asked = other_card.get_untracked();
        other_card.set(None);
        let typed = platform::typed(&number.read());
        let (account, card_no, fault) = if is_hemc {
            let card_no = typed.card_no();
            (None, card_no.clone().ok(), card_no.err())
        } else {
            let account = typed.account();
            (account.clone().ok(), None, account.err())
        };
        let is_other_account =
            is_hemc && fault == Some(NumberFault::Wrong) && typed.account().is_ok();
        number_error.set(fault.map(|_| {
            let text = match (is_hemc, is_other_account) {
                (true, true) => t.card_no_letters,
                (true, false) => t.card_no_wrong,
                (false, _) => t.account_wrong,
            };
            text.to_owned()
        }));
        let password = platform::typed(&password.read()).password();
        password_error.set(password.as_ref().err().map(|fault| {
            let text = match fault {
                PasswordFault::Empty => t.password_wrong,
                PasswordFault::TooLong => t.password_long,
                PasswordFault::WrongCharacter => t.password_characters,
            };
            text.to_owned()
        }));
        if is_other_account {
            other_card.set(Some(String::new()));
        }
        let password = password.ok().filter(|_| fault.is_none())?;
        // Asked before a try is spent: it is the number of the other card, as far as one can see.
        let plain = account.as_ref().map(AccountNo::as_str);
        let plain = plain
            .or(card_no.as_ref().map(CardNo::as_str))
            .unwrap_or_default();
        let looks_other = likely_issuer(plain).is_some_and(|likely| likely != issuer);
        if looks_other && asked.as_deref() != Some(plain) {
            other_card.set(Some(plain.to_owned()));
            return None;
        }
        Some(CreateBinding {
            issuer,
            account,
            card_no,
            password,
        })
    };

    let bind = move || {
        submit.fault.set(None);
        if submit.is_busy() {
            return;
        }
        let Some(body) = checked() else { return };
        let api = api.get_value();
        submit.run(
            async move { api.create_binding(&body).await },
            move |reply| {
                let binding = reply?;
                password.text().try_set(String::new());
                // The form is left out of the history: its password is gone.
                replace(&Route::ConfirmIdentity(binding.id).to_string());
                Ok(())
            },
        );
    };

    let number_field = if is_hemc { "card_no" } else { "account" };
    let errors = Signal::derive(move || {
        [
            (number_field, number_error.get()),
            ("password", password_error.get()),
        ]
        .into_iter()
        .filter_map(|(field, text)| text.map(|text| FieldError { field, text }))
        .collect::<Vec<_>>()
    });
    let (label, help) = if is_hemc {
        (t.card_no, t.card_no_help)
    } else {
        (t.account, t.account_help)
    };
    let (rule, example, short_rule, digits) = if is_hemc {
        (
            t.first_password_hemc,
            t.example_hemc,
            t.password_help_hemc,
            Drawing::DigitsHemc,
        )
    } else {
        (
            t.first_password_gdut,
            t.example_gdut,
            t.password_help_gdut,
            Drawing::DigitsGdut,
        )
    };
    // The school's guide does not say what a GDUT card's account is.
    let which_number = if is_hemc {
        view! {
            <Details summary=t.where_number>
                <Picture drawing=Drawing::NumberHemc label=t.number_label_hemc caption=t.number_caption/>
            </Details>
        }
    } else {
        view! {
            <Details summary=t.which_account>
                <p>{t.which_account_text}</p>
                <Picture drawing=Drawing::NumberGdut label=t.number_label_gdut caption=t.number_caption/>
                <ButtonLink href=points_link(None, Some(issuer)) label=t.ask variant=ButtonVariant::Link/>
            </Details>
        }
    };
    let title = titles.title(&Route::Bind(issuer));

    view! {
        <Page name="bind" title=title back=Route::BindChoose.to_string() back_label=common.back>
            <ErrorSummary title=t.check errors=errors/>
            <HiddenCards/>
            <form
                method="post"
                name=issuer.as_str()
                class="stack"
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    bind();
                }
            >
                <Field
                    label
                    name=number_field
                    kind=if is_hemc { FieldKind::Digits } else { FieldKind::Text }
                    autocomplete=if is_hemc { "section-hemc username" } else { "section-gdut username" }
                    value=number
                    help
                    error=number_error
                />
                <Field
                    label=t.password
                    name="password"
                    kind=FieldKind::Password
                    value=password
                    help=short_rule
                    error=password_error
                    autocomplete=if is_hemc { "section-hemc current-password" } else { "section-gdut current-password" }
                    reveal=(t.show.to_owned(), t.hide.to_owned())
                />
                <p class="muted small">{t.next}</p>
                {move || {
                    other_card
                        .with(Option::is_some)
                        .then(|| {
                            let (word, text, link) = if is_hemc {
                                (t.looks_gdut, t.looks_gdut_text, t.to_gdut)
                            } else {
                                (t.looks_hemc, t.looks_hemc_text, t.to_hemc)
                            };
                            view! {
                                <Notice tone=Tone::Warn word alert=true>
                                    <p>{text}</p>
                                    <ButtonLink
                                        href=Route::Bind(other_issuer).to_string()
                                        label=link
                                        variant=ButtonVariant::Link
                                        action="other-form"
                                    />
                                </Notice>
                            }
                        })
                }}
                <FaultNotice fault=submit.fault by_card_no=is_hemc/>
                {move || {
                    let is_wrong = submit.fault.with(|fault| {
                        fault.as_ref().is_some_and(|fault| fault.is(ErrorCode::WrongAccountOrPassword))
                    });
                    is_wrong
                        .then(|| {
                            view! {
                                <Notice tone=Tone::Info word=t.no_national_id>
                                    <ButtonLink
                                        href=points_link(None, Some(issuer))
                                        label=t.ask
                                        variant=ButtonVariant::Link
                                        action="ask-point"
                                    />
                                </Notice>
                            }
                        })
                }}
                <Actions>
                    <Button label=t.bind action="bind" submit=true busy=submit.busy busy_label=t.binding/>
                </Actions>
            </form>
            <Details summary=t.first_password>
                <p>{rule}</p>
                <p><strong>{example}</strong></p>
                <Picture drawing=digits label=example/>
                <p class="muted">{t.no_national_id}</p>
                <ButtonLink href=Route::PasswordHelper.to_string() label=t.open_helper variant=ButtonVariant::Link/>
            </Details>
            {which_number}
        </Page>
    }
}
