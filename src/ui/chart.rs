//! A bar chart that is a table.

use dika_markup::{Node, view};
use leptos::prelude::*;

use super::text::no_translation;

/// A row of the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Its label.
    pub label: String,
    /// Its formatted value.
    pub value: String,
    /// The bar's length in thousandths of the longest bar.
    pub permille: u16,
}

/// A table whose values have bars.
#[component]
pub fn BarTable(
    /// The caption, for screen readers.
    #[prop(into)]
    caption: String,
    /// The heading of the labels.
    #[prop(into)]
    of: String,
    /// The heading of the values.
    #[prop(into)]
    values: String,
    /// The rows.
    bars: Vec<Bar>,
) -> Node {
    view! {
        <table class="bars">
            <caption class="sr-only">{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">{of}</th>
                    <th scope="col">{values}</th>
                </tr>
            </thead>
            <tbody>
                {bars
                    .into_iter()
                    .map(|Bar { label, value, permille }| {
                        let translate = no_translation(&value);
                        view! {
                            <tr>
                                <th scope="row">{label}</th>
                                <td>
                                    <span class="bar">
                                        <span class="bar-line" aria-hidden="true" inner_html=line(permille)></span>
                                        <span class="num" translate=translate>{value}</span>
                                    </span>
                                </td>
                            </tr>
                        }
                    })
                    .collect::<Node>()}
            </tbody>
        </table>
    }
}

/// A bar as SVG: the content security policy forbids a style attribute with its width.
fn line(permille: u16) -> String {
    [
        "<svg viewBox=\"0 0 1000 1\" preserveAspectRatio=\"none\"><rect height=\"1\" width=\"",
        &permille.to_string(),
        "\"/></svg>",
    ]
    .concat()
}
