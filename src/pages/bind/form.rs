//! Account or card number, and password. The password stays in memory only, until it is sent.

use dika_contract::{AccountNo, CardNo, CardPassword, CreateBinding, Issuer};
use leptos::prelude::*;

use crate::{
    api::Api,
    effect::effect,
    navigation::use_replace,
    pages::{fault_notice::FaultNotice, service_points::points_link},
    route::Route,
    session::{Session, SignInState},
    submit::Submit,
    text::{BindText, Common, Title},
    ui::{
        Actions, Button, ButtonLink, ButtonVariant, Details, Drawing, ErrorSummary, Field,
        FieldError, FieldKind, Page, Picture,
    },
};

/// The form of one issuer: `gdut` asks for an account, `hemc` for the number on the card.
#[component]
pub(crate) fn Form(issuer: Issuer) -> impl IntoView {
    let (t, common, titles) = (BindText::current(), Common::current(), Title::current());
    let api = StoredValue::new(Api::from_context());
    let replace = use_replace();
    let is_hemc = issuer == Issuer::Hemc;

    let number = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
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
        let typed = number.read_untracked().replace([' ', '-'], "");
        let (account, card_no) = if is_hemc {
            (None, CardNo::parse(&typed))
        } else {
            (AccountNo::parse(&typed), None)
        };
        let wrong = account.is_none() && card_no.is_none();
        let why = if is_hemc {
            t.card_no_wrong
        } else {
            t.account_wrong
        };
        number_error.set(wrong.then(|| why.to_owned()));
        let password = CardPassword::parse(password.read_untracked().trim());
        password_error.set(password.is_none().then(|| t.password_wrong.to_owned()));
        let password = password.filter(|_| !wrong)?;
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
                password.try_set(String::new());
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
        .into_any()
    } else {
        view! {
            <Details summary=t.which_account>
                <p>{t.which_account_text}</p>
                <Picture drawing=Drawing::NumberGdut label=t.number_label_gdut caption=t.number_caption/>
                <ButtonLink href=points_link(None, Some(issuer)) label=t.ask variant=ButtonVariant::Link/>
            </Details>
        }
        .into_any()
    };
    let title = titles.title(&Route::Bind(issuer));

    view! {
        <Page name="bind" title=title back=Route::BindChoose.to_string() back_label=common.back>
            <ErrorSummary title=t.check errors=errors/>
            <form
                method="post"
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
                    autocomplete="username"
                    value=number
                    help
                    error=number_error
                    maxlength=24
                />
                <Field
                    label=t.password
                    name="password"
                    kind=FieldKind::Password
                    value=password
                    help=short_rule
                    error=password_error
                    maxlength=32
                    reveal=(t.show.to_owned(), t.hide.to_owned())
                />
                <p class="muted small">{t.next}</p>
                <FaultNotice fault=submit.fault/>
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
