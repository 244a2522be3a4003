//! What a page shows while, instead of and after a call.

use leptos::prelude::*;

use super::{
    art::IconArt,
    button::{Button, ButtonLink, ButtonLook},
    skeleton::{Bones, Skeleton},
    toast::Voice,
    tone::Tone,
};

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

/// Draws a [`Load`]: a skeleton, a fault with a way on, or the value, under a banner when it may be
/// old. What is waited for and what is old is said by the app's [`Voice`], too.
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
    let voice = use_context::<Voice>();
    move || {
        let load = state.get();
        let words = match &load {
            Load::Waiting => waiting_label.as_str(),
            Load::Value {
                stale: Some(why), ..
            } => why,
            // An alert of its own, or the page itself.
            Load::Fault { .. } | Load::Value { stale: None, .. } => "",
        };
        say(voice, words);
        match load {
            Load::Waiting => {
                view! { <Skeleton kind=waiting label=waiting_label.clone()/> }.into_any()
            }
            Load::Fault {
                title,
                text,
                retry,
                next,
            } => fault(
                title,
                text,
                retry.then(|| retry_label.clone()),
                on_retry,
                next,
            ),
            Load::Value { value, stale: None } => draw(value),
            Load::Value {
                value,
                stale: Some(why),
            } => (stale(why, retry_label.clone(), on_retry), draw(value)).into_any(),
        }
    }
}

/// Once for all values: this is not worth a copy for each.
#[inline(never)]
fn say(voice: Option<Voice>, words: &str) {
    if let Some(voice) = voice {
        voice.say(words);
    }
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
