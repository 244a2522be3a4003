//! The home page: balances, and what to collect where and by when. Without a student it explains in three
//! steps how the app works.

use dika_markup::{Node, view};
use leptos::prelude::*;

use super::chunks;
use crate::{
    api::Api,
    effect::effect,
    platform,
    route::Route,
    session::{Session, SignInState},
    text::{FrameText, HomeText},
    ui::{
        Actions, ButtonLink, ButtonVariant, Cells, Icon, LinkCell, Page, Section, Skeleton,
        SkeletonShape, Step, Steps, mark_chinese,
    },
};

/// A student's page that stays as it came until something changes.
mod as_it_came;
/// The data as kept on the device.
mod kept;
/// Asks whether another account is the student's, too.
mod other_account;
/// A student's home page.
mod student;

use as_it_came::{AsItCame, taken_over};
pub(super) use student::StudentHome;

/// The home page.
#[component]
pub(crate) fn Home() -> Node {
    let (t, frame) = (HomeText::current(), FrameText::current());
    let session = Session::from_context();
    let came_with_page =
        session.is_signed_in_untracked() && Api::from_context().page_time().is_some();
    let as_it_came = came_with_page.then(|| AsItCame::begin(session)).flatten();
    // A student is signed in, or was last time and has not signed out. Their page is a chunk of its own.
    let has_student = RwSignal::new(came_with_page);
    // With a page that brought their data along it came before the first render, unless the page stays as it came.
    let is_fetched =
        RwSignal::new(came_with_page && as_it_came.is_none() && chunks::is_student_home_fetched());
    // Setting the same value again would redraw the page and reload its data.
    let set_if_changed = move |switch: RwSignal<bool>, on: bool| {
        if switch.try_get_untracked() == Some(!on) {
            switch.set(on);
        }
    };
    effect(move || {
        if platform::has_html_attribute(platform::KNOWN_STUDENT) {
            set_if_changed(has_student, true);
        }
    });
    effect(move || match session.state() {
        SignInState::SignedIn(_) => set_if_changed(has_student, true),
        SignInState::SignedOut => set_if_changed(has_student, false),
        SignInState::Pending | SignInState::Unknown(_) => {}
    });
    effect(move || {
        let wanted_in_ms = match as_it_came {
            Some(page) => page.wanted_in_ms(),
            None => Some(0),
        };
        let Some(wanted_in_ms) = wanted_in_ms.filter(|_| has_student.get()) else {
            return;
        };
        platform::spawn(async move {
            let is_left = || as_it_came.is_some_and(AsItCame::stands_untracked);
            if wanted_in_ms > 0 {
                platform::sleep(wanted_in_ms).await;
                // A return asks for it again.
                if platform::is_hidden() {
                    return;
                }
            }
            match chunks::fetch_student_home().await {
                Ok(()) => {
                    set_if_changed(is_fetched, true);
                    if let Some(page) = as_it_came {
                        page.end();
                    }
                }
                // It can be read all the same; the next return asks for the code again.
                Err(chunks::ChunkNotFetched) if is_left() => {}
                Err(chunks::ChunkNotFetched) => platform::announce_failure(),
            }
        });
    });
    let page = move || page(t, frame, has_student, is_fetched);
    match as_it_came {
        None => page(),
        Some(came) => Node::live(move || {
            if came.stands() {
                Node::AsItCame
            } else {
                taken_over(page)
            }
        }),
    }
}

fn page(
    t: &'static HomeText,
    frame: &'static FrameText,
    has_student: RwSignal<bool>,
    is_fetched: RwSignal<bool>,
) -> Node {
    let content = move || {
        if has_student.get() && is_fetched.get() {
            chunks::student_home_view()
        } else {
            // The prerendered page contains both; `data-known`, set before they come, decides which is visible.
            view! {
                <div class="first-visit">{first_visit(t)}</div>
                <div class="return-visit" aria-hidden="true">
                    <Skeleton shape=SkeletonShape::Cards label=frame.loading/>
                </div>
            }
        }
    };
    view! {
        <Page name="home" title=frame.school class="muted small">
            {content}
            <Cells title=t.more>
                <LinkCell href=Route::WhichCard.to_string() label=t.which_card note=t.which_card_note icon=Icon::Card/>
                <LinkCell href=Route::NewStudent.to_string() label=t.new_student note=t.new_student_note icon=Icon::Person/>
                <LinkCell href=Route::PasswordHelper.to_string() label=t.password note=t.password_note icon=Icon::Key/>
                <LinkCell href=Route::MoneyTriage.to_string() label=t.triage note=t.triage_note icon=Icon::Question/>
                <LinkCell href=Route::Settings.to_string() label=t.settings icon=Icon::Settings/>
            </Cells>
        </Page>
    }
}

fn first_visit(t: &'static HomeText) -> Node {
    view! {
        <Section title=t.welcome>
            // Before the steps, so that it is on the first screen in each language.
            <ButtonLink href=Route::BindChoose.to_string() label=t.start action="bind-card"/>
            <Steps>
                <Step title=t.step_bind>{t.step_bind_text}</Step>
                <Step title=t.step_pay>{t.step_pay_text}</Step>
                <Step title=t.step_collect>{mark_chinese(t.step_collect_text)}</Step>
            </Steps>
        </Section>
        <Actions>
            <ButtonLink href=Route::Guide.to_string() label=t.read_guide variant=ButtonVariant::Default/>
        </Actions>
    }
}
