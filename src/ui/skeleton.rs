//! Grey shapes of the size of what is coming.

use leptos::prelude::*;

/// The shape of what is coming.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bones {
    /// Running text.
    #[default]
    Lines,
    /// Card faces.
    Cards,
    /// A group of rows.
    Cells,
    /// A result head and its facts.
    Detail,
}

/// Holds the place of what is coming, so that nothing jumps. Who listens is told by
/// [`Loaded`](super::Loaded): words that arrive together with their region are not read aloud.
#[component]
pub fn Skeleton(
    /// The shape.
    #[prop(optional)]
    kind: Bones,
    /// Says that something is coming, to those who come here reading and can't see it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let bones: &'static [&'static str] = match kind {
        Bones::Lines => &["bone bone-line", "bone bone-line", "bone bone-short"],
        Bones::Cards => &["bone bone-card", "bone bone-card"],
        Bones::Cells => &["bone bone-cell"; 4],
        Bones::Detail => &[
            "bone bone-head",
            "bone bone-cell",
            "bone bone-cell",
            "bone bone-cell",
        ],
    };
    view! {
        <div class="skeleton">
            <span class="sr-only">{label}</span>
            {bones.iter().map(|bone| view! { <div class=*bone></div> }).collect_view()}
        </div>
    }
}
