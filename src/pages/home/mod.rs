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

/// Asks whether another account is the student's, too.
mod other_account;
/// A student's home page.
mod student;

pub(super) use student::StudentHome;

/// The home page.
#[component]
pub(crate) fn Home() -> Node {
    let (t, frame) = (HomeText::current(), FrameText::current());
    let session = Session::from_context();
    // A student is signed in, or was last time and has not signed out. Their page is a chunk of its own.
    // With a page that brought their data along, it came before the first render.
    let came_with_page =
        session.is_signed_in_untracked() && Api::from_context().page_time().is_some();
    let has_student = RwSignal::new(came_with_page);
    let is_fetched = RwSignal::new(came_with_page);
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
        if has_student.get() {
            platform::spawn(async move {
                match chunks::fetch_student_home().await {
                    Ok(()) => set_if_changed(is_fetched, true),
                    Err(chunks::ChunkNotFetched) => platform::announce_failure(),
                }
            });
        }
    });
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
