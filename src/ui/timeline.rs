//! What happened and what happens next.

use leptos::prelude::*;

use super::art::{Icon, IconArt};

/// Where a moment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineItemState {
    /// It happened.
    Done,
    /// It is happening, or it is the user's turn.
    Current,
    /// It is still to come.
    Todo,
    /// It went wrong, and the line ends here.
    Failed,
}

/// One moment of a [`Timeline`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineItem {
    /// Where it stands.
    pub state: TimelineItemState,
    /// The same as a word, read aloud.
    pub word: String,
    /// What it is.
    pub title: String,
    /// When it happened.
    pub time: Option<String>,
    /// What to know or to do.
    pub note: Option<String>,
}

/// Moments in order, each with a shape for its state.
#[component]
pub fn Timeline(
    /// What this list is, for screen readers.
    #[prop(into)]
    label: String,
    /// The moments, earliest first.
    items: Vec<TimelineItem>,
) -> impl IntoView {
    view! {
        <ol class="timeline" role="list" aria-label=label>
            {items.into_iter().map(item).collect_view()}
        </ol>
    }
}

fn item(item: TimelineItem) -> impl IntoView {
    let TimelineItem {
        state,
        word,
        title,
        time,
        note,
    } = item;
    let (class, icon) = match state {
        TimelineItemState::Done => ("moment moment-done", Some(Icon::Check)),
        TimelineItemState::Current => ("moment moment-current", None),
        TimelineItemState::Todo => ("moment moment-todo", None),
        TimelineItemState::Failed => ("moment moment-failed", Some(Icon::Cross)),
    };
    view! {
        <li class=class aria-current=(state == TimelineItemState::Current).then_some("step")>
            <span class="moment-mark" aria-hidden="true">{icon.map(|icon| view! { <IconArt icon/> })}</span>
            <div class="moment-body">
                <p class="moment-title">{title}<span class="sr-only">" "{word}</span></p>
                {time.map(|time| view! { <p class="moment-time num">{time}</p> })}
                {note.map(|note| view! { <p class="moment-note">{note}</p> })}
            </div>
        </li>
    }
}
