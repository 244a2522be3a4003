//! Language, text size, theme, sign-out.

use dika_contract::{Language, User, appearance::Appearance, language};
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    api::Api,
    effect::effect,
    pages::fault_notice::FaultNotice,
    platform::{self, StorageKey},
    route::{PRIVACY, Route, TERMS},
    session::{Session, SignInState},
    submit::Submit,
    text::{self, Common, FrameText, SettingsText, Title, built_in_directory},
    ui::{
        Button, ButtonVariant, Cell, Cells, Choice, ChoiceLayout, ChoiceOption, Icon, LinkCell,
        Page, Section, Toaster,
    },
};

/// The settings of a device that stored none.
const NORMAL: &str = "normal";
const SYSTEM: &str = "system";

/// Language, text size, theme, account, whom to write to, about.
#[component]
pub(crate) fn Settings() -> Node {
    let (t, common, titles) = (SettingsText::current(), Common::current(), Title::current());
    let here = text::language();

    // Applied by a button, because it reloads the page: moving between the choices must not.
    let language = RwSignal::new(here.tag().to_owned());
    let apply = move |()| {
        platform::set_cookie(language::COOKIE, &language.get_untracked());
        platform::reload();
    };
    // In the chosen language.
    let apply = move || {
        let wanted = language
            .with(|tag| Language::from_tag(tag))
            .unwrap_or_default();
        (wanted != here).then(|| {
            let label = SettingsText::of(wanted).apply_language;
            view! {
                <div class="stack" lang=wanted.tag()>
                    <Button label action="apply-language" variant=ButtonVariant::Default on_press=apply/>
                </div>
            }
        })
    };
    let saved = RwSignal::new(false);
    let text = stored_setting(
        StorageKey::TextSize,
        Appearance::TextSize,
        NORMAL,
        Some(NORMAL),
        saved,
    );
    let theme = stored_setting(StorageKey::Theme, Appearance::Theme, SYSTEM, None, saved);

    let languages = vec![
        ChoiceOption::new(Language::Chinese.tag(), t.chinese).lang(Language::Chinese.tag()),
        ChoiceOption::new(Language::English.tag(), t.english).lang(Language::English.tag()),
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
    let email = built_in_directory().complaints_email;
    view! {
        <Page
            name="settings"
            title=titles.title(&Route::Settings)
            back=Route::Home.to_string()
            back_label=FrameText::current().tab_home
        >
            <Choice legend=t.language name="language" options=languages value=language/>
            {apply}
            <Choice legend=t.text name="text" options=sizes value=text layout=ChoiceLayout::List/>
            <Choice legend=t.theme name="theme" options=themes value=theme/>
            <p class="muted small" class:extra=move || !saved.get() role="status">
                {move || if saved.get() { t.saved } else { t.kept }}
            </p>
            <SignedIn/>
            <Cells title=t.help>
                <LinkCell href=["mailto:", &email].concat() label=t.complaints note=email icon=Icon::Mail external=true/>
                <LinkCell href=PRIVACY label=common.privacy note=t.privacy_note icon=Icon::Info external=true/>
                <LinkCell href=TERMS label=common.terms icon=Icon::Book external=true/>
            </Cells>
            <Cells title=t.about note=t.about_text>
                <Cell label=t.source note=t.source_value/>
                <Cell label=t.version value=env!("CARGO_PKG_VERSION")/>
                <Cell label=t.licence value=env!("CARGO_PKG_LICENSE")/>
            </Cells>
        </Page>
    }
}

/// A setting that is stored on the device, in a cookie and in an attribute of the root element. `default` is its value
/// while nothing is stored, and the first to be shown, as in the prerendered page; `default_attribute` is
/// the attribute's value then. `saved` is set once the student changed it.
fn stored_setting(
    key: StorageKey,
    choice: Appearance,
    default: &'static str,
    default_attribute: Option<&'static str>,
    saved: RwSignal<bool>,
) -> RwSignal<String> {
    let value = RwSignal::new(default.to_owned());
    let key = StoredValue::new(key);
    effect(move || {
        let Some(stored) = key.with_value(platform::load) else {
            return;
        };
        platform::spawn(async move {
            // First the radio buttons take over what was chosen before the app was ready, which is newer
            // than what was stored.
            platform::next_task().await;
            if value.try_with_untracked(|value| value == default) == Some(true) {
                value.set(stored);
            }
        });
    });
    let mut before = None;
    effect(move || {
        let now = value.get();
        let was = before.replace(now.clone());
        if was.is_some_and(|was| was != now) {
            let set = (now != default).then_some(now.as_str());
            platform::set_html_attribute(choice.attribute(), set.or(default_attribute));
            platform::set_cookie(choice.cookie(), set.unwrap_or_default());
            key.with_value(|key| {
                // Equal where this is what was stored before.
                if platform::load(key).as_deref() != set {
                    saved.set(true);
                }
                match set {
                    Some(set) => platform::store(key, set),
                    None => platform::remove(key),
                }
            });
        }
    });
    value
}

/// Who is signed in, with sign-out or sign-in.
#[component]
fn SignedIn() -> Node {
    let t = SettingsText::current();
    let (api, session, toaster) = (
        StoredValue::new(Api::from_context()),
        Session::from_context(),
        Toaster::from_context(),
    );
    let sign_out = Submit::new();
    let on_sign_out = move |()| {
        let api = api.get_value();
        sign_out.run(async move { api.sign_out().await }, move |reply| {
            reply?;
            session.end();
            toaster.show(t.signed_out);
            Ok(())
        });
    };
    let who = move || match session.state() {
        // As high as what most often comes in its place.
        SignInState::Pending => {
            view! { <Cells note=t.asking><Cell label=t.phone icon=Icon::Person/></Cells> }
        }
        SignInState::SignedOut => view! {
            <Cells note=t.nobody>
                <LinkCell
                    href=Route::sign_in_then(&Route::Settings.to_string())
                    label=t.sign_in
                    icon=Icon::Person
                    action="open-sign-in"
                />
            </Cells>
        },
        SignInState::Unknown(_) => view! { <p class="muted">{t.unknown}</p> },
        SignInState::SignedIn(User { phone_masked, .. }) => {
            let phone = match phone_masked {
                Some(phone) => {
                    view! { <Cell label=t.phone value=phone icon=Icon::Person/> }
                }
                None => view! { <Cell label=t.by_wechat icon=Icon::Person/> },
            };
            view! {
                <Cells>{phone}</Cells>
                <FaultNotice fault=sign_out.fault/>
                <Button
                    label=t.sign_out
                    action="sign-out"
                    variant=ButtonVariant::Danger
                    busy=sign_out.busy
                    busy_label=t.signing_out
                    on_press=on_sign_out
                />
            }
        }
    };
    view! { <Section title=t.who>{who}</Section> }
}
