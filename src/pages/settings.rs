//! Language, text size, theme, sign-out.

use dika_contract::User;
use leptos::prelude::*;

use crate::{
    api::{Api, Fault},
    effect::effect,
    pages::fault_notice::FaultNotice,
    platform::{self, StorageKey},
    route::Route,
    session::{Session, SignInState},
    text::{Common, Locale, SettingsText, Title},
    ui::{
        Button, ButtonVariant, Cell, Cells, Choice, ChoiceLayout, ChoiceOption, Icon, LinkCell,
        Page, Section, Toaster,
    },
};

/// What the device is set to when nothing is kept.
const NORMAL: &str = "normal";
const SYSTEM: &str = "system";

/// Language, text size, theme, who is here, sign-out, about.
#[component]
pub(crate) fn Settings() -> impl IntoView {
    let (t, common, titles) = (SettingsText::current(), Common::current(), Title::current());
    let here = Locale::current();

    // Chosen, and then applied: the page is loaded anew, which no arrow key among the choices may do.
    let language = RwSignal::new(here.tag().to_owned());
    let apply = move |()| {
        platform::set_language(&language.get_untracked());
        platform::reload();
    };
    // In the language chosen: whoever wants it reads that one.
    let apply = move || {
        let wanted = language.with(|tag| Locale::from_tag(tag));
        (wanted != here).then(|| {
            let label = SettingsText::of(wanted).apply_language;
            view! {
                <div class="stack" lang=wanted.tag()>
                    <Button label action="apply-language" variant=ButtonVariant::Default on_press=apply/>
                </div>
            }
        })
    };
    let text = kept(StorageKey::TextSize, "data-text", NORMAL, Some(NORMAL));
    let theme = kept(StorageKey::Theme, "data-theme", SYSTEM, None);

    let languages = vec![
        ChoiceOption::new(Locale::ZhCn.tag(), t.chinese).lang(Locale::ZhCn.tag()),
        ChoiceOption::new(Locale::En.tag(), t.english).lang(Locale::En.tag()),
    ];
    let sizes = vec![
        ChoiceOption::new(NORMAL, t.text_normal),
        ChoiceOption::new("care", t.text_care).note(t.text_care_note),
    ];
    let themes = vec![
        ChoiceOption::new(SYSTEM, t.theme_system),
        ChoiceOption::new("light", t.theme_light),
        ChoiceOption::new("dark", t.theme_dark),
    ];
    view! {
        <Page
            name="settings"
            title=titles.title(&Route::Settings)
            back=Route::Home.to_string()
            back_label=common.tab_home
        >
            <Choice legend=t.language name="language" options=languages value=language/>
            {apply}
            <Choice legend=t.text name="text" options=sizes value=text layout=ChoiceLayout::List/>
            <Choice legend=t.theme name="theme" options=themes value=theme/>
            <p class="muted small extra">{t.kept}</p>
            <Cells title=t.about note=t.about_text>
                <Cell label=t.source note=t.source_value icon=Icon::Book/>
                <Cell label=t.version value=env!("CARGO_PKG_VERSION")/>
                <Cell label=t.licence value=env!("CARGO_PKG_LICENSE")/>
                <LinkCell href=Route::Guide.to_string() label=common.tab_guide icon=Icon::Info/>
            </Cells>
            // Last: what is known of the student comes late, and must push nothing away.
            <SignedIn/>
        </Page>
    }
}

/// A setting that lives on the device and in an attribute of the document's root. `plain` is what
/// holds while nothing is kept, and `written` how the attribute says so; it is shown first, because
/// prerendered pages know no device.
fn kept(
    key: StorageKey,
    attribute: &'static str,
    plain: &'static str,
    written: Option<&'static str>,
) -> RwSignal<String> {
    let value = RwSignal::new(plain.to_owned());
    let key = StoredValue::new(key);
    effect(move || {
        let Some(stored) = key.with_value(platform::load) else {
            return;
        };
        platform::spawn(async move {
            // After the radio buttons have looked at what was chosen before the app was ready; that
            // is newer than what was kept.
            platform::next_task().await;
            if value.try_with_untracked(|value| value == plain) == Some(true) {
                value.set(stored);
            }
        });
    });
    let mut before = None;
    effect(move || {
        let now = value.get();
        let was = before.replace(now.clone());
        if was.is_some_and(|was| was != now) {
            let set = (now != plain).then_some(now.as_str());
            platform::set_html_attribute(attribute, set.or(written));
            key.with_value(|key| match set {
                Some(set) => platform::store(key, set),
                None => platform::remove(key),
            });
        }
    });
    value
}

/// Who is signed in, and the way out or in.
#[component]
fn SignedIn() -> impl IntoView {
    let t = SettingsText::current();
    let (api, session, toaster) = (
        StoredValue::new(Api::from_context()),
        Session::from_context(),
        Toaster::from_context(),
    );
    let leaving = RwSignal::new(false);
    let fault = RwSignal::new(None::<Fault>);
    let sign_out = move |()| {
        if leaving.get_untracked() {
            return;
        }
        fault.set(None);
        leaving.set(true);
        let api = api.get_value();
        platform::spawn(async move {
            let answer = api.sign_out().await;
            leaving.try_set(false);
            match answer {
                Ok(()) => {
                    session.end();
                    toaster.show(t.signed_out);
                }
                Err(refusal) => {
                    fault.try_set(Some(refusal));
                }
            }
        });
    };
    let who = move || match session.state() {
        SignInState::Pending => view! { <p class="muted">{t.asking}</p> }.into_any(),
        SignInState::SignedOut => view! {
            <Cells note=t.nobody>
                <LinkCell
                    href=Route::sign_in_then(&Route::Settings.to_string())
                    label=t.sign_in
                    icon=Icon::Person
                    action="open-sign-in"
                />
            </Cells>
        }
        .into_any(),
        SignInState::Unknown(_) => view! { <p class="muted">{t.unknown}</p> }.into_any(),
        SignInState::SignedIn(User { phone_masked, .. }) => {
            let phone = match phone_masked {
                Some(phone) => {
                    view! { <Cell label=t.phone value=phone icon=Icon::Person/> }.into_any()
                }
                None => view! { <Cell label=t.by_wechat icon=Icon::Person/> }.into_any(),
            };
            view! {
                <Cells>{phone}</Cells>
                <FaultNotice fault/>
                <Button
                    label=t.sign_out
                    action="sign-out"
                    variant=ButtonVariant::Danger
                    busy=leaving
                    busy_label=t.signing_out
                    on_press=sign_out
                />
            }
            .into_any()
        }
    };
    view! { <Section title=t.who>{who}</Section> }
}
