//! An empty state.

use dika_markup::{Children, Node, view};
use leptos::prelude::*;

use super::{
    art::{Icon, IconArt},
    text::OptionalText,
};

/// An empty state: what is missing, why, and what to do.
#[component]
pub fn Empty(
    /// An icon.
    #[prop(default = Icon::Card)]
    icon: Icon,
    /// What is missing.
    #[prop(into)]
    title: String,
    /// Why, or what will be here.
    #[prop(optional, into)]
    text: OptionalText,
    /// A link or button.
    #[prop(optional)]
    children: Option<Children>,
) -> Node {
    let OptionalText(text) = text;
    view! {
        <div class="empty">
            <IconArt icon/>
            <p class="empty-title">{title}</p>
            {text.map(|text| view! { <p class="muted">{text}</p> })}
            {children.map(|children| children())}
        </div>
    }
}
