//! Drawings of the machines, of where to find them, and of how to hold the card.

use leptos::prelude::*;

use crate::{
    text::MachinesText,
    ui::{Drawing, Picture},
};

/// The two kinds of machines of the school's card, where to find them, how to hold the card.
#[component]
pub(crate) fn Machines() -> impl IntoView {
    let t = MachinesText::current();
    view! {
        <div class="pictures">
            <Picture drawing=Drawing::MachineTopUp label=t.top_up_label caption=t.top_up/>
            <Picture drawing=Drawing::MachineLoad label=t.load_label caption=t.load/>
        </div>
        <Picture drawing=Drawing::WhereTheyHang label=t.where_they_hang_label caption=t.where_they_hang/>
        <Picture drawing=Drawing::HoldCard label=t.hold_label caption=t.hold/>
        <p class="muted small">{t.own_drawing}</p>
    }
}
