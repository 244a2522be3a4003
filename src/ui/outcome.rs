//! The headline of a result.

use dika_markup::{Children, Node, view};
use leptos::prelude::*;

use super::{art::IconArt, text::OptionalText, tone::Tone};

/// A result: a large icon, what happened, what happens next.
#[component]
pub fn Outcome(
    /// The tone.
    tone: Tone,
    /// What happened.
    #[prop(into)]
    title: String,
    /// What happens next.
    #[prop(optional, into)]
    text: OptionalText,
    /// An amount or a countdown.
    #[prop(optional)]
    children: Option<Children>,
) -> Node {
    let OptionalText(text) = text;
    view! {
        <div class=tone.outcome_class()>
            <IconArt icon=tone.icon()/>
            <h2 class="outcome-title">{title}</h2>
            {children.map(|children| children())}
            {text.map(|text| view! { <p class="outcome-text">{text}</p> })}
        </div>
    }
}
