//! A state in a word.

use dika_markup::{Node, view};
use leptos::prelude::*;

use super::{art::IconArt, tone::Tone};

/// A small label with icon and colour.
#[component]
pub fn Tag(
    /// The tone.
    tone: Tone,
    /// The word.
    #[prop(into)]
    text: String,
) -> Node {
    view! {
        <span class=tone.tag_class()>
            <IconArt icon=tone.icon()/>
            <span>{text}</span>
        </span>
    }
}
