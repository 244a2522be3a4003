//! A value that is loaded: before, instead of, and after the reply.

use dika_markup::{IntoNode, Node, view};
use leptos::prelude::*;

use super::{
    art::IconArt,
    button::{Button, ButtonLink, ButtonVariant},
    live_region::Announcer,
    skeleton::{Skeleton, SkeletonShape},
    tone::Tone,
};

/// The state of a query, with the words to show for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryState<T> {
    /// No reply yet.
    Loading,
    /// The read failed, and there is no value.
    Failed {
        /// What went wrong.
        title: String,
        /// What to do.
        text: String,
        /// Whether a retry can help.
        retry: bool,
        /// A link elsewhere: address and label.
        next: Option<(String, String)>,
    },
    /// There is a value.
    Ready {
        /// The value.
        value: T,
        /// Why it may be out of date; `None` if it is fresh.
        stale: Option<String>,
    },
}

/// Draws a [`QueryState`]: a skeleton, a failure with a way on, or the value, below a banner if it may be
/// out of date. Loading and stale states are also announced by the app's [`Announcer`].
#[component]
pub fn QueryView<T, D>(
    /// The state.
    #[prop(into)]
    state: Signal<QueryState<T>>,
    /// Label of the retry button.
    #[prop(into)]
    retry_label: String,
    /// Called by the retry button.
    #[prop(into)]
    on_retry: Callback<()>,
    /// The skeleton to show while loading.
    skeleton: SkeletonShape,
    /// What screen readers say while loading.
    #[prop(into)]
    loading_label: String,
    /// Draws the value.
    draw: D,
) -> Node
where
    T: Clone + Send + Sync + 'static,
    D: Fn(T) -> Node + Send + 'static,
{
    let announcer = use_context::<Announcer>();
    Node::live(move || {
        let state = state.get();
        let announced = match &state {
            QueryState::Loading => loading_label.as_str(),
            QueryState::Ready {
                stale: Some(reason),
                ..
            } => reason,
            // A failure is an alert itself; a fresh value needs no announcement.
            QueryState::Failed { .. } | QueryState::Ready { stale: None, .. } => "",
        };
        announce(announcer, announced);
        match state {
            QueryState::Loading => {
                view! { <Skeleton shape=skeleton label=loading_label.clone()/> }
            }
            QueryState::Failed {
                title,
                text,
                retry,
                next,
            } => failure(
                title,
                text,
                retry.then(|| retry_label.clone()),
                on_retry,
                next,
            ),
            QueryState::Ready { value, stale: None } => draw(value),
            QueryState::Ready {
                value,
                stale: Some(reason),
            } => (
                stale_banner(reason, retry_label.clone(), on_retry),
                draw(value),
            )
                .into_node(),
        }
    })
}

/// Not inlined: one copy serves all value types.
#[inline(never)]
fn announce(announcer: Option<Announcer>, text: &str) {
    if let Some(announcer) = announcer {
        announcer.announce(text);
    }
}

fn failure(
    title: String,
    text: String,
    retry: Option<String>,
    on_retry: Callback<()>,
    next: Option<(String, String)>,
) -> Node {
    view! {
        <div class="empty" role="alert">
            <IconArt icon=Tone::Warn.icon()/>
            <p class="empty-title">{title}</p>
            <p class="muted">{text}</p>
            {retry
                .map(|label| {
                    view! { <Button label variant=ButtonVariant::Default action="retry" on_press=on_retry/> }
                })}
            {next
                .map(|(href, label)| {
                    view! { <ButtonLink href label variant=ButtonVariant::Link action="home"/> }
                })}
        </div>
    }
}

fn stale_banner(reason: String, retry: String, on_retry: Callback<()>) -> Node {
    view! {
        <div class="notice tone-quiet stale">
            <IconArt icon=Tone::Quiet.icon()/>
            <p class="notice-body">{reason}</p>
            <Button label=retry variant=ButtonVariant::Link small=true action="retry" on_press=on_retry/>
        </div>
    }
}
