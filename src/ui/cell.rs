//! Rows in groups.

use dika_markup::{Children, Node, view};
use leptos::prelude::*;

use super::{
    amount::Amount,
    art::{Icon, IconArt},
    button::hold_focus,
    tag::Tag,
    text::{OptionalText, mark_chinese, no_translation},
    tone::Tone,
};

/// A group of rows, with a heading above and a note below.
#[component]
pub fn Cells(
    /// The heading.
    #[prop(optional, into)]
    title: OptionalText,
    /// The note.
    #[prop(optional, into)]
    note: OptionalText,
    /// Rows.
    children: Children,
) -> Node {
    let OptionalText(title) = title;
    let OptionalText(note) = note;
    view! {
        <section class="group">
            {title.map(|title| view! { <h2 class="group-title">{title}</h2> })}
            <ul class="cells" role="list">
                {children()}
            </ul>
            {note.map(|note| view! { <p class="group-note">{note}</p> })}
        </section>
    }
}

/// The content of a row.
fn row(icon: Option<Icon>, label: String, note: Option<String>, value: Option<String>) -> Node {
    view! {
        {icon.map(|icon| view! { <IconArt icon/> })}
        <span class="cell-main">
            <span class="cell-body">
                <span class="cell-label">{mark_chinese(label)}</span>
                {note.map(|note| view! { <span class="cell-note">{mark_chinese(note)}</span> })}
            </span>
            {value.map(|value| {
                let translate = no_translation(&value);
                view! { <span class="cell-value" translate=translate>{value}</span> }
            })}
        </span>
    }
}

/// A row without an action.
#[component]
pub fn Cell(
    /// What it is.
    #[prop(into)]
    label: String,
    /// A second line.
    #[prop(optional, into)]
    note: OptionalText,
    /// Its value, at the end.
    #[prop(optional, into)]
    value: OptionalText,
    /// An icon at the start.
    #[prop(optional)]
    icon: Option<Icon>,
) -> Node {
    let OptionalText(note) = note;
    let OptionalText(value) = value;
    view! { <li class="cell">{row(icon, label, note, value)}</li> }
}

/// A row that is a link.
#[component]
pub fn LinkCell(
    /// The address; `tel:` and `mailto:` work too.
    #[prop(into)]
    href: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// A second line.
    #[prop(optional, into)]
    note: OptionalText,
    /// Its value, at the end.
    #[prop(optional, into)]
    value: OptionalText,
    /// An icon at the start.
    #[prop(optional)]
    icon: Option<Icon>,
    /// Its name for tests and scripts (`data-action`).
    #[prop(optional)]
    action: Option<&'static str>,
    /// Whether it leaves the app, so that the router ignores it.
    #[prop(optional)]
    external: bool,
) -> Node {
    let OptionalText(note) = note;
    let OptionalText(value) = value;
    view! {
        <li>
            <a class="cell cell-link" href=href data-action=action rel=external.then_some("external noopener")>
                {row(icon, label, note, value)}
                <IconArt icon=Icon::Next/>
            </a>
        </li>
    }
}

/// A row that is a button.
#[component]
pub fn ButtonCell(
    /// What it does.
    #[prop(into)]
    label: String,
    /// A second line.
    #[prop(optional, into)]
    note: OptionalText,
    /// An icon at the start.
    #[prop(optional)]
    icon: Option<Icon>,
    /// Its name for tests and scripts (`data-action`).
    action: &'static str,
    /// Called on a press.
    #[prop(into)]
    on_press: Callback<()>,
) -> Node {
    let OptionalText(note) = note;
    let press = move |event| {
        hold_focus(&event);
        on_press.run(());
    };
    view! {
        <li>
            <button type="button" class="cell cell-link" data-action=action on:click=press>
                {row(icon, label, note, None)}
            </button>
        </li>
    }
}

/// An order as a row that links to its page.
#[component]
pub fn OrderCell(
    /// The order's page.
    #[prop(into)]
    href: String,
    /// The order's id.
    #[prop(into)]
    id: String,
    /// The payment state, as in the API.
    #[prop(into)]
    payment: String,
    /// The claim state, as in the API.
    #[prop(into)]
    claim: String,
    /// Card and wallet.
    #[prop(into)]
    title: String,
    /// Its day, or the next step.
    #[prop(optional, into)]
    note: OptionalText,
    /// The formatted amount.
    #[prop(into)]
    amount: String,
    /// The tone of the state.
    tone: Tone,
    /// The state in a word.
    #[prop(into)]
    state: String,
) -> Node {
    let OptionalText(note) = note;
    view! {
        <li data-order=id data-payment=payment data-claim=claim>
            <a class="cell cell-link" href=href>
                <span class="cell-main">
                    <span class="cell-body">
                        <span class="cell-label">{title}</span>
                        {note.map(|note| view! { <span class="cell-note">{mark_chinese(note)}</span> })}
                    </span>
                    <span class="cell-end">
                        <Amount text=amount/>
                        <Tag tone text=state/>
                    </span>
                </span>
                <IconArt icon=Icon::Next/>
            </a>
        </li>
    }
}
