//! The tab bar.

use dika_markup::{Node, view};
use leptos::prelude::*;

use super::art::{Icon, IconArt};

/// A tab of the [`TabBar`].
#[derive(Clone, Debug)]
pub struct TabLink {
    /// Its address.
    pub href: String,
    /// Its label.
    pub label: String,
    /// Its icon.
    pub icon: Icon,
    /// Whether it is current.
    pub current: Signal<bool>,
}

/// The tab bar at the bottom.
#[component]
pub fn TabBar(
    /// The label for screen readers.
    #[prop(into)]
    label: String,
    /// The tabs.
    tabs: Vec<TabLink>,
) -> Node {
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
                .collect::<Node>()}
        </nav>
    }
}
