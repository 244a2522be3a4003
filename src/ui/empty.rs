//! Nothing here, and what to do about it.

use leptos::prelude::*;

use super::{
    art::{Icon, IconArt},
    text::OptionalText,
};

/// An empty place: says that it is empty, why, and what one can do.
#[component]
pub fn Empty(
    /// A picture.
    #[prop(default = Icon::Card)]
    icon: Icon,
    /// What is not here.
    #[prop(into)]
    title: String,
    /// Why, or what would be here.
    #[prop(optional, into)]
    text: OptionalText,
    /// A link or button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
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
