//! A timeline.

use dika_markup::{Node, view};
use leptos::prelude::*;

use super::art::{Icon, IconArt};

/// The state of a [`TimelineItem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineItemState {
    /// It happened.
    Done,
    /// It is under way, or it is the user's turn.
    Current,
    /// It is still to come.
    Todo,
    /// It failed, and the timeline ends here.
    Failed,
}

/// An item of a [`Timeline`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineItem {
    /// Its state.
    pub state: TimelineItemState,
    /// The state as a word, for screen readers.
    pub word: String,
    /// What it is.
    pub title: String,
    /// When it happened.
    pub time: Option<String>,
}

impl TimelineItem {
    /// Adds an event to the item's words, as `join` puts them together.
    pub fn add(&mut self, event: &str, join: impl FnOnce(&[&str]) -> String) {
        self.title = join(&[&self.title, event]);
    }
}

/// Items in order, each with an icon for its state.
#[component]
pub fn Timeline(
    /// The label for screen readers.
    #[prop(into)]
    label: String,
    /// The moments, earliest first.
    items: Vec<TimelineItem>,
) -> Node {
    view! {
        <ol class="timeline" role="list" aria-label=label>
            {items.into_iter().map(item).collect::<Node>()}
        </ol>
    }
}

fn item(item: TimelineItem) -> Node {
    let TimelineItem {
        state,
        word,
        title,
        time,
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
            </div>
        </li>
    }
}
