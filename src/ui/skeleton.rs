//! Placeholders of the size of the content that is loading.

use dika_markup::{Node, view};
use leptos::prelude::*;

/// The shape of the content that is loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkeletonShape {
    /// Card faces.
    Cards,
    /// A group of rows.
    Cells,
    /// A result head and its facts.
    Detail,
}

/// Reserves the space of content that is loading, so that nothing jumps.
/// [`QueryView`](super::QueryView) announces it: a region that arrives together with its text is not read
/// aloud.
#[component]
pub fn Skeleton(
    /// The shape.
    shape: SkeletonShape,
    /// What a screen reader reads here.
    #[prop(into)]
    label: String,
) -> Node {
    let blocks: &'static [&'static str] = match shape {
        SkeletonShape::Cards => &["bone bone-card", "bone bone-card"],
        SkeletonShape::Cells => &["bone bone-cell"; 4],
        SkeletonShape::Detail => &[
            "bone bone-head",
            "bone bone-cell",
            "bone bone-cell",
            "bone bone-cell",
        ],
    };
    view! {
        <div class="skeleton">
            <span class="sr-only">{label}</span>
            {blocks.iter().map(|class| view! { <div class=*class></div> }).collect::<Node>()}
        </div>
    }
}
