//! Amounts side by side: a table whose rows are bars, so that the chart and its table are one thing.

use leptos::prelude::*;

use super::text::no_translation;

/// A row: what it is of, how much, and how long its bar is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// How much, ready to read.
    pub value: String,
    /// The bar's length in thousandths of the longest.
    pub permille: u16,
}

/// A bar chart that is read as the table it is.
#[component]
pub fn BarTable(
    /// What it shows, for those who can't see that.
    #[prop(into)]
    caption: String,
    /// What the rows are of.
    #[prop(into)]
    of: String,
    /// What the values are.
    #[prop(into)]
    values: String,
    /// The rows.
    bars: Vec<Bar>,
) -> impl IntoView {
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
                    .collect_view()}
            </tbody>
        </table>
    }
}

/// A line so many thousandths long. A drawing and not a width: the page's policy allows no styles.
fn line(permille: u16) -> String {
    [
        "<svg viewBox=\"0 0 1000 1\" preserveAspectRatio=\"none\"><rect height=\"1\" width=\"",
        &permille.to_string(),
        "\"/></svg>",
    ]
    .concat()
}
