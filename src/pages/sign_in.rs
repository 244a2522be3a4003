//! Signing in: by WeChat, by itself, where the page is shown there; else by phone. Leads back to where
//! the user was going.

use dika_contract::{Phone, SmsCode, Timestamp};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use crate::{
    api::{Api, Fault},
    effect::effect,
    pages::fault_notice::FaultNotice,
    platform::{self, StorageKey},
    route::Route,
    session::{Session, SignInState},
    text::{SignInText, Title, fill},
    ui::{
        Actions, Button, ButtonVariant, ErrorSummary, Field, FieldError, FieldKind, Notice, Page,
        Toaster, Tone,
    },
    wechat,
};

/// How long the phone form steps aside for WeChat: a page that is still here by then goes on without.
const WECHAT_LIMIT_MS: u32 = 8_000;

/// What WeChat has to do with signing in here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wechat {
    /// Nothing: elsewhere, or not set up.
    No,
    /// The page is leaving to ask it.
    Asking,
    /// It was asked and said nobody; the student may try again.
    Declined,
}

/// Phone number, code, and the way back.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let (t, titles) = (SignInText::current(), Title::current());
    let (api, session, toaster) = (
        StoredValue::new(Api::from_context()),
        Session::from_context(),
        Toaster::from_context(),
    );

    let phone = RwSignal::new(String::new());
    let code = RwSignal::new(String::new());
    let phone_error = RwSignal::new(None::<String>);
    let code_error = RwSignal::new(None::<String>);
    let fault = RwSignal::new(None::<Fault>);
    let sending = RwSignal::new(false);
    let signing_in = RwSignal::new(false);
    let resend_in = RwSignal::new(0_i64);

    // Counts down to the moment from which another code may be asked for. By the clock and not by
    // ticks: a page in the background gets few ticks. Another code starts another count.
    let resend_at = RwSignal::new(None::<Timestamp>);
    effect(move || {
        let Some(at) = resend_at.get() else { return };
        platform::spawn(async move {
            loop {
                let left = platform::seconds_until(at);
                if resend_in.try_set(left).is_some() || left == 0 {
                    break;
                }
                platform::sleep(1_000).await;
                if resend_at.try_get_untracked() != Some(Some(at)) {
                    break;
                }
            }
        });
    });

    // A reload keeps the number and the countdown.
    effect(move || {
        let Some(draft) = platform::load(&StorageKey::SignInDraft) else {
            return;
        };
        let (number, at) = draft.split_once(' ').unwrap_or((&draft, ""));
        if phone.read_untracked().is_empty() {
            phone.set(number.to_owned());
        }
        resend_at.set(Timestamp::parse(at));
    });

    let checked_phone = move || {
        let phone = Phone::parse(&phone.read_untracked().replace([' ', '-'], ""));
        phone_error.set(phone.is_none().then(|| t.phone_wrong.to_owned()));
        phone
    };

    let send_code = move |()| {
        fault.set(None);
        code_error.set(None);
        let Some(phone) = checked_phone() else { return };
        if sending.get_untracked() || resend_in.get_untracked() > 0 {
            return;
        }
        sending.set(true);
        let api = api.get_value();
        platform::spawn(async move {
            let answer = api.request_code(phone.clone()).await;
            sending.try_set(false);
            match answer {
                Ok(sent) => {
                    let again = platform::now().plus(i64::from(sent.resend_after_s));
                    let draft = [phone.as_str(), " ", &again.to_string()].concat();
                    platform::store(&StorageKey::SignInDraft, &draft);
                    resend_at.try_set(Some(again));
                    toaster.show(fill(t.code_sent, &[&phone.masked()]));
                }
                Err(refusal) => {
                    fault.try_set(Some(refusal));
                }
            }
        });
    };

    let query = use_location().query;
    let wanted = move || {
        let wanted = query.read_untracked().get("to").unwrap_or_default();
        Route::own_path(&wanted).map_or_else(|| Route::Home.to_string(), str::to_owned)
    };
    let navigate = use_navigate();
    let leave = move || {
        navigate(
            &wanted(),
            NavigateOptions {
                replace: true,
                ..Default::default()
            },
        );
    };

    let by_wechat = RwSignal::new(Wechat::No);
    let ask_wechat = move || {
        by_wechat.set(Wechat::Asking);
        let wanted = wanted();
        platform::spawn(async move {
            // The redirect must replace this page in the history.
            platform::wait_for_address(|| Route::parse(&platform::path()) == Route::SignIn).await;
            wechat::sign_in(&wanted);
            platform::sleep(WECHAT_LIMIT_MS).await;
            by_wechat.try_set(Wechat::Declined);
        });
    };
    effect(move || {
        if session.state() != SignInState::SignedOut
            || !session.has_wechat()
            || !wechat::is_wechat_browser()
        {
            return;
        }
        // The server says so where WeChat was asked and did not tell who it is.
        let declined = query.read_untracked().get("by").is_some();
        if declined || !wechat::may_try() {
            by_wechat.set(Wechat::Declined);
        } else {
            ask_wechat();
        }
    });

    // Also for one who comes here signed in: by the back button, or from a link.
    effect(move || {
        if matches!(session.state(), SignInState::SignedIn(user) if user.phone_masked.is_some()) {
            platform::remove(&StorageKey::SignInDraft);
            leave();
        }
    });

    let sign_in = move || {
        fault.set(None);
        let phone = checked_phone();
        let code = SmsCode::parse(code.read_untracked().trim());
        code_error.set(code.is_none().then(|| t.code_wrong.to_owned()));
        let (Some(phone), Some(code)) = (phone, code) else {
            return;
        };
        if signing_in.get_untracked() {
            return;
        }
        signing_in.set(true);
        let api = api.get_value();
        platform::spawn(async move {
            let answer = api.sign_in(phone, code).await;
            signing_in.try_set(false);
            match answer {
                Ok(reply) => session.set(reply),
                Err(refusal) => {
                    fault.try_set(Some(refusal));
                }
            }
        });
    };

    let errors = Signal::derive(move || {
        [("phone", phone_error.get()), ("code", code_error.get())]
            .into_iter()
            .filter_map(|(field, text)| text.map(|text| FieldError { field, text }))
            .collect::<Vec<_>>()
    });
    let send_label = Signal::derive(move || match (resend_in.get(), resend_at.get()) {
        (0, None) => t.send_code.to_owned(),
        (0, Some(_)) => t.send_again.to_owned(),
        (seconds, _) => fill(t.send_again_in, &[&seconds.to_string()]),
    });

    // Signed in by WeChat, without a number: a University Town card wants one.
    let adds_phone = Memo::new(move |_| session.is_signed_in());
    let sign_in_label = Signal::derive(move || {
        let label = if adds_phone.get() { t.prove } else { t.sign_in };
        label.to_owned()
    });
    let about_wechat = move || match by_wechat.get() {
        Wechat::No if adds_phone.get() => view! {
            <Notice tone=Tone::Info word=t.add_phone>
                <p>{t.add_phone_text}</p>
            </Notice>
        }
        .into_any(),
        Wechat::No => ().into_any(),
        Wechat::Asking => view! {
            <Notice tone=Tone::Info word=t.by_wechat alert=true>
                <p>{t.by_wechat_text}</p>
            </Notice>
        }
        .into_any(),
        Wechat::Declined => view! {
            <Notice tone=Tone::Warn word=t.wechat_failed alert=true>
                <p>{t.wechat_failed_text}</p>
                <Button
                    label=t.try_wechat
                    action="sign-in-wechat"
                    variant=ButtonVariant::Default
                    small=true
                    on_press=move |()| ask_wechat()
                />
            </Notice>
        }
        .into_any(),
    };

    view! {
        <Page name="sign-in" title=titles.title(&Route::SignIn) lead=t.lead>
            <ErrorSummary title=t.check errors=errors/>
            <FaultNotice fault/>
            {about_wechat}
            <form
                method="post"
                class="stack"
                hidden=move || by_wechat.get() == Wechat::Asking
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    sign_in();
                }
            >
                <Field label=t.phone name="phone" kind=FieldKind::Phone value=phone help=t.phone_help error=phone_error maxlength=13/>
                <Field label=t.code name="code" kind=FieldKind::Code value=code help=t.code_help error=code_error maxlength=6>
                    <Button
                        label=send_label
                        action="send-code"
                        variant=ButtonVariant::Default
                        small=true
                        busy=sending
                        disabled=Signal::derive(move || { resend_in.get() > 0 })
                        on_press=send_code
                    />
                </Field>
                <p class="muted small">{t.private}</p>
                <Actions>
                    <Button label=sign_in_label action="sign-in" submit=true busy=signing_in busy_label=t.signing_in/>
                </Actions>
            </form>
        </Page>
    }
}
