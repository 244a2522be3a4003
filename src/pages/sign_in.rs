//! Signing in: automatically by WeChat inside WeChat, otherwise by phone. Returns to the page that the
//! student wanted.

use dika_contract::{Phone, SmsCode, Timestamp};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    api::Api,
    effect::effect,
    navigation::use_replace,
    pages::fault_notice::FaultNotice,
    platform::{self, StorageKey},
    route::Route,
    session::{Session, SignInState},
    submit::Submit,
    text::{SignInText, Title, fill},
    ui::{
        Actions, Button, ButtonVariant, ErrorSummary, Field, FieldError, FieldKind, Notice, Page,
        Toaster, Tone,
    },
    wechat,
};

/// How long the phone form is hidden while the page leaves for WeChat.
const WECHAT_LIMIT_MS: u32 = 8_000;

/// The state of the sign-in by WeChat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WechatSignIn {
    /// Not offered: another browser, or not configured.
    Unavailable,
    /// The page is leaving for WeChat.
    Leaving,
    /// It did not sign the student in; the student may retry.
    Failed,
}

/// The sign-in page.
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
    let sign_in = Submit::new();
    let send_code = Submit::new();
    let resend_in = RwSignal::new(0_i64);

    // Counts down to when another code may be requested. By the clock, because timers are throttled in the
    // background. Another code starts another countdown.
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

    let on_send_code = move |()| {
        sign_in.fault.set(None);
        send_code.fault.set(None);
        code_error.set(None);
        let Some(phone) = checked_phone() else { return };
        if resend_in.get_untracked() > 0 {
            return;
        }
        let (api, to) = (api.get_value(), phone.clone());
        send_code.run(async move { api.request_code(to).await }, move |reply| {
            let again = platform::now().plus(i64::from(reply?.resend_after_s));
            let draft = [phone.as_str(), " ", &again.to_string()].concat();
            platform::store(&StorageKey::SignInDraft, &draft);
            resend_at.try_set(Some(again));
            toaster.show(fill(t.code_sent, &[&phone.masked()]));
            Ok(())
        });
    };

    let query = use_location().query;
    let wanted = move || {
        let wanted = query.read_untracked().get("to").unwrap_or_default();
        Route::own_path(&wanted).map_or_else(|| Route::Home.to_string(), str::to_owned)
    };
    let replace = use_replace();
    let leave = move || replace(&wanted());

    let by_wechat = RwSignal::new(WechatSignIn::Unavailable);
    let ask_wechat = move || {
        by_wechat.set(WechatSignIn::Leaving);
        let wanted = wanted();
        platform::spawn(async move {
            // The redirect must replace this page in the history.
            platform::wait_for_address(|| Route::parse(&platform::path()) == Route::SignIn).await;
            wechat::sign_in(&wanted);
            platform::sleep(WECHAT_LIMIT_MS).await;
            by_wechat.try_set(WechatSignIn::Failed);
        });
    };
    effect(move || {
        if session.state() != SignInState::SignedOut
            || !session.has_wechat()
            || !wechat::is_wechat_browser()
        {
            return;
        }
        // The server sets `by` if WeChat did not identify the student.
        let declined = query.read_untracked().get("by").is_some();
        if declined || !wechat::may_try() {
            by_wechat.set(WechatSignIn::Failed);
        } else {
            ask_wechat();
        }
    });

    // Also for a student who is signed in already and came by the back button or a link.
    effect(move || {
        if matches!(session.state(), SignInState::SignedIn(user) if user.phone_masked.is_some()) {
            platform::remove(&StorageKey::SignInDraft);
            leave();
        }
    });

    let on_sign_in = move || {
        send_code.fault.set(None);
        sign_in.fault.set(None);
        let phone = checked_phone();
        let code = SmsCode::parse(code.read_untracked().trim());
        code_error.set(code.is_none().then(|| t.code_wrong.to_owned()));
        let (Some(phone), Some(code)) = (phone, code) else {
            return;
        };
        let api = api.get_value();
        sign_in.run(
            async move { api.sign_in(phone, code).await },
            move |reply| {
                session.set(reply?);
                Ok(())
            },
        );
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

    // A student signed in by WeChat has no phone number; a University Town card requires one.
    let adds_phone = Memo::new(move |_| session.is_signed_in());
    let sign_in_label = Signal::derive(move || {
        let label = if adds_phone.get() { t.prove } else { t.sign_in };
        label.to_owned()
    });
    let about_wechat = move || match by_wechat.get() {
        WechatSignIn::Unavailable if adds_phone.get() => view! {
            <Notice tone=Tone::Info word=t.add_phone>
                <p>{t.add_phone_text}</p>
            </Notice>
        }
        .into_any(),
        WechatSignIn::Unavailable => ().into_any(),
        WechatSignIn::Leaving => view! {
            <Notice tone=Tone::Info word=t.by_wechat alert=true>
                <p>{t.by_wechat_text}</p>
            </Notice>
        }
        .into_any(),
        WechatSignIn::Failed => view! {
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
            <FaultNotice fault=Signal::derive(move || sign_in.fault.get().or(send_code.fault.get()))/>
            {about_wechat}
            <form
                method="post"
                class="stack"
                hidden=move || by_wechat.get() == WechatSignIn::Leaving
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    on_sign_in();
                }
            >
                <Field label=t.phone name="phone" kind=FieldKind::Phone value=phone help=t.phone_help error=phone_error maxlength=13/>
                <Field label=t.code name="code" kind=FieldKind::Code value=code help=t.code_help error=code_error maxlength=6>
                    <Button
                        label=send_label
                        action="send-code"
                        variant=ButtonVariant::Default
                        small=true
                        busy=send_code.busy
                        disabled=Signal::derive(move || { resend_in.get() > 0 })
                        on_press=on_send_code
                    />
                </Field>
                <p class="muted small">{t.private}</p>
                <Actions>
                    <Button label=sign_in_label action="sign-in" submit=true busy=sign_in.busy busy_label=t.signing_in/>
                </Actions>
            </form>
        </Page>
    }
}
