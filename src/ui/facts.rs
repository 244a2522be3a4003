//! Labels and values.

use dika_markup::{Node, view};
use leptos::prelude::*;

use super::text::{mark_chinese, no_translation};

/// A label and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    label: String,
    value: String,
    is_code: bool,
}

impl Fact {
    /// A fact with a label and a value.
    #[must_use]
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
            is_code: false,
        }
    }

    /// A fact whose value is a number in groups, which no translator may touch.
    #[must_use]
    pub fn code(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            is_code: true,
            ..Self::new(label, value)
        }
    }
}

/// A list of facts.
#[component]
pub fn Facts(
    /// The facts, most important first.
    items: Vec<Fact>,
    /// Whether the values are large: for an identity or an amount to check.
    #[prop(optional)]
    big: bool,
) -> Node {
    view! {
        <dl class=if big { "facts facts-big" } else { "facts" }>
            {items
                .into_iter()
                .map(|Fact { label, value, is_code }| {
                    let translate = no_translation(if is_code { "0" } else { &value });
                    view! {
                        <div class="fact">
                            <dt>{label}</dt>
                            <dd translate=translate>{mark_chinese(value)}</dd>
                        </div>
                    }
                })
                .collect::<Node>()}
        </dl>
    }
}
