//! The frame of a page.

use dika_markup::{Children, Node, view};
use leptos::prelude::*;

use super::{
    art::{Icon, IconArt},
    text::{OptionalText, mark_chinese},
};

/// A page: name, `h1`, back link, content. `#main` takes the focus when the page changes.
#[component]
pub fn Page(
    /// The page's name (`data-page`).
    name: &'static str,
    /// The page's title.
    #[prop(into)]
    title: String,
    /// The class of its heading.
    #[prop(default = "page-title")]
    class: &'static str,
    /// A line under the title.
    #[prop(optional, into)]
    lead: OptionalText,
    /// The address of the back link, if there is one.
    #[prop(optional, into)]
    back: OptionalText,
    /// The label of the back link.
    #[prop(optional, into)]
    back_label: String,
    /// The content.
    children: Children,
) -> Node {
    let OptionalText(lead) = lead;
    let OptionalText(back) = back;
    view! {
        <main class="page" data-page=name id="main" tabindex="-1">
            {back
                .map(|href| {
                    view! {
                        <a class="back" href=href data-action="back">
                            <IconArt icon=Icon::Back/>
                            <span>{back_label}</span>
                        </a>
                    }
                })}
            <h1 class=class>{title}</h1>
            {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
            {children()}
        </main>
    }
}

/// A section with a heading.
#[component]
pub fn Section(
    /// The heading.
    #[prop(into)]
    title: String,
    /// A line under it.
    #[prop(optional, into)]
    note: OptionalText,
    /// The content.
    children: Children,
) -> Node {
    let OptionalText(note) = note;
    view! {
        <section class="section">
            <h2 class="section-title">{mark_chinese(title)}</h2>
            {note.map(|note| view! { <p class="muted">{mark_chinese(note)}</p> })}
            {children()}
        </section>
    }
}

/// Running text on a white background.
#[component]
pub fn Prose(
    /// The text.
    children: Children,
) -> Node {
    view! { <div class="prose sheet-white">{children()}</div> }
}

/// A link for keyboard users that skips to the content. First in the page.
#[component]
pub fn SkipLink(
    /// Its text.
    #[prop(into)]
    text: String,
) -> Node {
    view! { <a class="skip" href="#main" rel="external">{text}</a> }
}
