//! Money, large.

use leptos::prelude::*;

/// How large an [`Amount`] is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AmountSize {
    /// As large as the text around it.
    #[default]
    Body,
    /// The figure of a row or a card.
    Large,
    /// The one figure of a page.
    Huge,
}

/// Shows an amount that is already formatted (`¥1,234.50`), with sign and cents set smaller.
/// Read aloud it stays one word.
#[component]
pub fn Amount(
    /// The formatted amount.
    #[prop(into)]
    text: String,
    /// How large.
    #[prop(optional)]
    size: AmountSize,
) -> impl IntoView {
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
