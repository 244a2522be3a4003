//! A box that says something in a tone.

use leptos::prelude::*;

use super::{art::IconArt, tone::Tone};

/// A notice: its tone is a shape, a colour and a word.
#[component]
pub fn Notice(
    /// The tone.
    tone: Tone,
    /// The tone's word, or the notice's headline.
    #[prop(into)]
    word: String,
    /// Whether it is said at once when it appears.
    #[prop(optional)]
    alert: bool,
    /// What it says.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
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
