//! Signing in: automatically by WeChat inside WeChat, otherwise by phone. Returns to the page that the
//! student wanted.

use dika_contract::{
    Phone, SmsCode,
    typed::{PhoneFault, SmsCodeFault},
};
use dika_markup::{Node, view};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    api::Api,
    effect::effect,
    navigation::use_replace,
    pages::{fault_notice::FaultNotice, legal_links::legal_links, sign_in_draft::SignInDraft},
    platform::{self, StorageKey},
    route::Route,
    session::{Session, SignInState},
    submit::Submit,
    text::{Common, SignInText, Title, fill},
    ui::{
        Actions, Button, ButtonLink, ButtonVariant, Details, ErrorSummary, Field, FieldError,
        FieldKind, FieldValue, Notice, Page, Toaster, Tone,
    },
    wechat,
};

/// How long the phone form is hidden while the page leaves for WeChat.
const WECHAT_LIMIT_MS: u32 = 8_000;
/// How soon to look again while the server has not told the time.
const UNKNOWN_TIME_MS: u32 = 250;

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
pub(crate) fn SignInPage() -> Node {
    let (t, titles) = (SignInText::current(), Title::current());
    let (api, session, toaster) = (
        StoredValue::new(Api::from_context()),
        Session::from_context(),
        Toaster::from_context(),
    );

    let phone = FieldValue::new();
    let code = FieldValue::new();
    let phone_error = RwSignal::new(None::<String>);
    let code_error = RwSignal::new(None::<String>);
    let sign_in = Submit::new();
    let send_code = Submit::new();
    // Without cookies the server forgets who signed in: said before a code is sent, where the browser
    // tells, and after the first sign-in, where it doesn't.
    let cookies_refused = RwSignal::new(false);
    effect(move || cookies_refused.set(!platform::keeps_cookies()));
    let resend_in = RwSignal::new(0_i64);
    let draft = RwSignal::new(SignInDraft::default());

    // The number that is typed now, once it is one.
    let number = Memo::new(move |_| {
        let text = phone.text();
        text.with(|typed| platform::typed(typed).phone().ok())
    });
    // Counts down to the moment from which another code may be asked for, for this number. By the clock
    // and not by ticks: a page in the background gets few ticks. Another code starts another count.
    let resend_at = Memo::new(move |_| {
        let number = number.get()?;
        draft.with(|draft| draft.next_at(&number))
    });
    effect(move || {
        let Some(at) = resend_at.get() else {
            resend_in.set(0);
            return;
        };
        platform::spawn(async move {
            loop {
                if resend_at.try_get_untracked() != Some(Some(at)) {
                    break;
                }
                let Some(left) = platform::seconds_until(at) else {
                    platform::sleep(UNKNOWN_TIME_MS).await;
                    continue;
                };
                if resend_in.try_set(left).is_some() || left == 0 {
                    break;
                }
                platform::sleep(1_000).await;
            }
        });
    });

    // A reload keeps the number and its countdown.
    effect(move || {
        let Some(kept) = platform::load(&StorageKey::SignInDraft) else {
            return;
        };
        let kept = SignInDraft::read(&kept);
        if phone.text().read_untracked().is_empty() {
            phone.text().set(kept.typed.clone());
        }
        draft.set(kept);
    });
    effect(move || {
        let typed = phone.text().get();
        let is_new = draft.with_untracked(|draft| draft.typed != typed);
        if is_new {
            draft.update(|draft| draft.typed = typed);
            platform::store(
                &StorageKey::SignInDraft,
                &draft.with_untracked(SignInDraft::write),
            );
        }
    });

    let checked_phone = move || {
        let phone = platform::typed(&phone.read()).phone();
        phone_error.set(phone.as_ref().err().map(|fault| {
            let text = match fault {
                PhoneFault::Empty | PhoneFault::Wrong => t.phone_wrong,
                PhoneFault::Foreign => t.phone_foreign,
            };
            text.to_owned()
        }));
        phone.ok()
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
            toaster.show(fill(t.code_sent, &[&phone.masked()]));
            draft.try_update(|draft| {
                draft.note_sent(phone, again);
                platform::store(&StorageKey::SignInDraft, &draft.write());
            });
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

    // Also for a student who is signed in already and came by the back button or a link. The home page asks first whether
    // another account that was found is theirs, too.
    effect(move || match session.state() {
        SignInState::SignedIn(user) if user.phone_masked.is_some() => {
            platform::remove(&StorageKey::SignInDraft);
            if user.other_account.is_some() {
                replace(&Route::Home.to_string());
            } else {
                leave();
            }
        }
        _ => {}
    });

    // A code of another number, once that was said: sent again, it is meant.
    let questioned = StoredValue::new(None::<(Phone, SmsCode)>);
    let on_sign_in = move || {
        send_code.fault.set(None);
        sign_in.fault.set(None);
        let phone = checked_phone();
        let code = platform::typed(&code.read()).sms_code();
        code_error.set(code.as_ref().err().map(|fault| {
            let text = match fault {
                SmsCodeFault::Empty | SmsCodeFault::Wrong => t.code_wrong,
                SmsCodeFault::Several => t.code_several,
            };
            text.to_owned()
        }));
        let (Some(phone), Ok(code)) = (phone, code) else {
            return;
        };
        let elsewhere =
            draft.with_untracked(|draft| draft.sent_elsewhere(&phone).map(Phone::masked));
        let pair = Some((phone.clone(), code.clone()));
        if let Some(elsewhere) = elsewhere.filter(|_| questioned.with_value(|asked| *asked != pair))
        {
            code_error.set(Some(fill(t.code_elsewhere, &[&elsewhere])));
            questioned.set_value(pair);
            return;
        }
        let api = api.get_value();
        sign_in.run(
            async move {
                let signed_in = api.sign_in(phone, code).await?;
                // A browser without cookies is signed in for this one reply only, and would be sent back here.
                let kept = api.session().await;
                Ok((signed_in, kept.is_ok_and(|kept| kept.user.is_none())))
            },
            move |reply| {
                let (signed_in, is_forgotten) = reply?;
                if is_forgotten {
                    cookies_refused.set(true);
                } else {
                    session.set(signed_in);
                }
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

    // Where the last code went, and that it was not the number that stands here now.
    let sent_to = move || {
        draft.with(|draft| {
            let last = draft.last_phone()?;
            let same = number.with(|number| number.as_ref().is_none_or(|number| number == last));
            let text = if same {
                t.code_sent
            } else {
                t.code_sent_elsewhere
            };
            Some(fill(text, &[&last.masked()]))
        })
    };

    // A student signed in by WeChat has no phone number; a University Town card requires one.
    let adds_phone = Memo::new(move |_| session.is_signed_in());
    let sign_in_label = Signal::derive(move || {
        let label = if adds_phone.get() { t.prove } else { t.sign_in };
        label.to_owned()
    });
    let without_sms = move || {
        let (word, text) = if adds_phone.get() {
            t.no_proof
        } else if session.has_wechat() {
            t.only_wechat
        } else {
            t.no_way
        };
        view! { <Notice tone=Tone::Warn word><p>{text}</p></Notice> }
    };
    let failed_text = move || {
        if session.has_sms() {
            t.wechat_failed_text
        } else {
            t.wechat_failed_alone
        }
    };
    let about_wechat = move || match by_wechat.get() {
        WechatSignIn::Unavailable if !session.has_sms() => without_sms(),
        WechatSignIn::Unavailable if adds_phone.get() => view! {
            <Notice tone=Tone::Info word=t.add_phone>
                <p>{t.add_phone_text}</p>
            </Notice>
        },
        WechatSignIn::Unavailable => Node::Nothing,
        WechatSignIn::Leaving => view! {
            <Notice tone=Tone::Info word=t.by_wechat alert=true>
                <p>{t.by_wechat_text}</p>
            </Notice>
        },
        WechatSignIn::Failed => view! {
            <Notice tone=Tone::Warn word=t.wechat_failed alert=true>
                <p>{failed_text}</p>
                <Button
                    label=t.try_wechat
                    action="sign-in-wechat"
                    variant=ButtonVariant::Default
                    small=true
                    on_press=move |()| ask_wechat()
                />
            </Notice>
        },
    };

    let points_link = move || {
        let href = Route::ServicePoints.to_string();
        view! { <ButtonLink href label=t.find_points variant=ButtonVariant::Link action="service-points"/> }
    };

    view! {
        <Page name="sign-in" title=titles.title(&Route::SignIn)>
            {move || session.has_sms().then(|| view! { <p class="lead">{t.lead}</p> })}
            <ErrorSummary title=t.check errors=errors/>
            <FaultNotice fault=Signal::derive(move || sign_in.fault.get().or(send_code.fault.get()))/>
            {move || {
                cookies_refused
                    .get()
                    .then(|| {
                        view! {
                            <div data-error="cookies-refused">
                                <Notice tone=Tone::Warn word=t.no_cookies alert=true>
                                    <p>{t.no_cookies_text}</p>
                                </Notice>
                            </div>
                        }
                    })
            }}
            {about_wechat}
            <form
                method="post"
                class="stack"
                hidden=move || !session.has_sms() || by_wechat.get() == WechatSignIn::Leaving
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    on_sign_in();
                }
            >
                <Field label=t.phone name="phone" kind=FieldKind::Phone value=phone help=t.phone_help error=phone_error/>
                <Field label=t.code name="code" kind=FieldKind::Code value=code help=t.code_help error=code_error>
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
                <p class="muted small">{sent_to}</p>
                <Actions>
                    <Button label=sign_in_label action="sign-in" submit=true busy=sign_in.busy busy_label=t.signing_in/>
                </Actions>
            </form>
            {legal_links(Common::current().agree_to_sign_in)}
            {move || {
                if session.has_sms() {
                    view! {
                        <Details summary=t.no_number>
                            <p>{t.no_number_text}</p>
                            {points_link()}
                        </Details>
                        <p class="muted small">{t.private}</p>
                    }
                } else {
                    points_link()
                }
            }}
        </Page>
    }
}
