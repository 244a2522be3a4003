//! The frame of every page.

use leptos::prelude::*;

use super::{
    art::{Icon, IconArt},
    text::{OptionalText, mark_chinese},
};

/// A page: its name for tests, its one `h1`, its way back, its content. `#main` can take the focus
/// when the page changes.
#[component]
pub fn Page(
    /// The page's name (`data-page`).
    name: &'static str,
    /// The page's title.
    #[prop(into)]
    title: String,
    /// Whether the title is for screen readers only.
    #[prop(optional)]
    title_hidden: bool,
    /// A line under the title.
    #[prop(optional, into)]
    lead: OptionalText,
    /// Where back is.
    #[prop(optional, into)]
    back: OptionalText,
    /// What back is called.
    #[prop(optional, into)]
    back_label: String,
    /// The content.
    children: Children,
) -> impl IntoView {
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
            <h1 class=if title_hidden { "sr-only" } else { "page-title" }>{title}</h1>
            {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
            {children()}
        </main>
    }
}

/// A part of a page under its own heading.
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
) -> impl IntoView {
    let OptionalText(note) = note;
    view! {
        <section class="section">
            <h2 class="section-title">{mark_chinese(title)}</h2>
            {note.map(|note| view! { <p class="muted">{mark_chinese(note)}</p> })}
            {children()}
        </section>
    }
}

/// Running text on a white sheet: paragraphs, lists, headings.
#[component]
pub fn Prose(
    /// The text.
    children: Children,
) -> impl IntoView {
    view! { <div class="prose sheet-white">{children()}</div> }
}

/// First in the page: lets the keyboard skip to the content.
#[component]
pub fn SkipLink(
    /// What it says.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <a class="skip" href="#main" rel="external">{text}</a> }
}
