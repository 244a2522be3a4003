//! The four places at the bottom.

use leptos::prelude::*;

use super::art::{Icon, IconArt};

/// One place of the [`TabBar`].
#[derive(Clone, Debug)]
pub struct TabLink {
    /// Where it leads.
    pub href: String,
    /// What it is called.
    pub label: String,
    /// Its picture.
    pub icon: Icon,
    /// Whether the user is there.
    pub current: Signal<bool>,
}

/// The app's main places.
#[component]
pub fn TabBar(
    /// What this navigation is, for screen readers.
    #[prop(into)]
    label: String,
    /// The places.
    tabs: Vec<TabLink>,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=label>
            {tabs
                .into_iter()
                .map(|TabLink { href, label, icon, current }| {
                    view! {
                        <a class="tab" href=href aria-current=move || current.get().then_some("page")>
                            <IconArt icon/>
                            <span>{label}</span>
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}
