//! A notice.

use dika_markup::{Children, Node, view};
use leptos::prelude::*;

use super::{art::IconArt, tone::Tone};

/// A notice, with its tone as icon, colour and word.
#[component]
pub fn Notice(
    /// The tone.
    tone: Tone,
    /// The headline.
    #[prop(into)]
    word: String,
    /// Whether it is announced when it appears.
    #[prop(optional)]
    alert: bool,
    /// The text.
    #[prop(optional)]
    children: Option<Children>,
) -> Node {
    view! {
        <div class=tone.notice_class() role=alert.then_some("alert")>
            <IconArt icon=tone.icon()/>
            <div class="notice-body">
                <p class="notice-title">{word}</p>
                {children.map(|children| children())}
            </div>
        </div>
    }
}
