//! What a page shows while, instead of and after a call.

use leptos::prelude::*;

use super::{
    art::IconArt,
    button::{Button, ButtonLink, ButtonLook},
    skeleton::{Bones, Skeleton},
    tone::Tone,
};
use crate::{effect::effect, platform};

/// How far a call has come, with the words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load<T> {
    /// No answer yet.
    Waiting,
    /// No answer to show.
    Fault {
        /// What is the matter.
        title: String,
        /// What to do.
        text: String,
        /// Whether trying again can help.
        retry: bool,
        /// Where else to go: address and words.
        next: Option<(String, String)>,
    },
    /// An answer.
    Value {
        /// The answer.
        value: T,
        /// Why it may be old, if it may.
        stale: Option<String>,
    },
}

/// How soon what is shown is said, too. An answer that comes sooner is the page itself, and a region
/// that has just come is known to screen readers by then.
const HEARD_AFTER_MS: u32 = 400;

/// Draws a [`Load`]: a skeleton, a fault with a way on, or the value, under a banner when it may be
/// old.
#[component]
pub fn Loaded<T, D>(
    /// How far the call has come.
    #[prop(into)]
    state: Signal<Load<T>>,
    /// The words of the button that tries again.
    #[prop(into)]
    retry_label: String,
    /// Tries again.
    #[prop(into)]
    on_retry: Callback<()>,
    /// The shape of what is coming.
    #[prop(optional)]
    waiting: Bones,
    /// Says that something is coming.
    #[prop(into)]
    waiting_label: String,
    /// Draws the value.
    draw: D,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    D: Fn(T) -> AnyView + Send + 'static,
{
    let wanted = RwSignal::new(String::new());
    let drawn = move || match state.get() {
        Load::Waiting => {
            wanted.set(waiting_label.clone());
            view! { <Skeleton kind=waiting label=waiting_label.clone()/> }.into_any()
        }
        Load::Fault {
            title,
            text,
            retry,
            next,
        } => {
            // An alert of its own.
            wanted.set(String::new());
            fault(
                title,
                text,
                retry.then(|| retry_label.clone()),
                on_retry,
                next,
            )
        }
        Load::Value { value, stale: why } => {
            wanted.set(why.clone().unwrap_or_default());
            let why = why.map(|why| stale(why, retry_label.clone(), on_retry));
            (why, draw(value)).into_any()
        }
    };
    with_voice(wanted, drawn.into_any())
}

/// What is seen, beside a live region that says the same: there before its words, because one that
/// arrives together with them is not read aloud.
fn with_voice(wanted: RwSignal<String>, seen: AnyView) -> AnyView {
    let heard = RwSignal::new(String::new());
    effect(move || {
        wanted.track();
        platform::spawn(async move {
            platform::sleep(HEARD_AFTER_MS).await;
            // What holds by now.
            if let Some(words) = wanted.try_get_untracked() {
                heard.try_set(words);
            }
        });
    });
    view! {
        <p class="sr-only" role="status">{heard}</p>
        {seen}
    }
    .into_any()
}

fn fault(
    title: String,
    text: String,
    retry: Option<String>,
    on_retry: Callback<()>,
    next: Option<(String, String)>,
) -> AnyView {
    view! {
        <div class="empty" role="alert">
            <IconArt icon=Tone::Warn.icon()/>
            <p class="empty-title">{title}</p>
            <p class="muted">{text}</p>
            {retry
                .map(|label| {
                    view! { <Button label look=ButtonLook::Default action="retry" on_press=on_retry/> }
                })}
            {next
                .map(|(href, label)| {
                    view! { <ButtonLink href label look=ButtonLook::Link action="home"/> }
                })}
        </div>
    }
    .into_any()
}

fn stale(why: String, retry: String, on_retry: Callback<()>) -> AnyView {
    view! {
        <div class="notice tone-quiet stale">
            <IconArt icon=Tone::Quiet.icon()/>
            <p class="notice-body">{why}</p>
            <Button label=retry look=ButtonLook::Link small=true action="retry" on_press=on_retry/>
        </div>
    }
    .into_any()
}
