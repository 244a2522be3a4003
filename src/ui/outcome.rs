//! How something ended, at the head of a page.

use leptos::prelude::*;

use super::{
    art::{Icon, IconArt},
    text::OptionalText,
    tone::Tone,
};

/// The head of a result: a large shape, what happened, what happens next.
#[component]
pub fn Outcome(
    /// The tone.
    tone: Tone,
    /// A shape other than the tone's own.
    #[prop(optional)]
    icon: Option<Icon>,
    /// What happened.
    #[prop(into)]
    title: String,
    /// What happens next.
    #[prop(optional, into)]
    text: OptionalText,
    /// An amount, a countdown.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let OptionalText(text) = text;
    view! {
        <div class=tone.outcome_class()>
            <IconArt icon=icon.unwrap_or(tone.icon())/>
            <h2 class="outcome-title">{title}</h2>
            {children.map(|children| children())}
            {text.map(|text| view! { <p class="outcome-text">{text}</p> })}
        </div>
    }
}
