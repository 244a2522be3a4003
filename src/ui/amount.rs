//! An amount of money.

use dika_markup::{Node, view};
use leptos::prelude::*;

/// The size of an [`Amount`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AmountSize {
    /// As large as the text around it.
    #[default]
    Body,
    /// For a row or a card.
    Large,
    /// For the main amount of a page.
    Huge,
}

/// Shows a formatted amount (`¥1,234.50`) with smaller sign and cents. A screen reader reads it as one.
#[component]
pub fn Amount(
    /// The formatted amount.
    #[prop(into)]
    text: String,
    /// The size.
    #[prop(optional)]
    size: AmountSize,
) -> Node {
    let class = match size {
        AmountSize::Body => "amount",
        AmountSize::Large => "amount amount-large",
        AmountSize::Huge => "amount amount-huge",
    };
    let (sign, rest) = match text.find(|c: char| c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => ("", text.as_str()),
    };
    let (whole, cents) = match rest.rfind('.') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    view! {
        <span class=class translate="no">
            <span class="amount-sign">{sign.to_owned()}</span>
            {whole.to_owned()}
            <span class="amount-cents">{cents.to_owned()}</span>
        </span>
    }
}
