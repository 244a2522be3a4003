//! Collecting waiting money: at which machines, what they look like, where they are, until when.

use dika_contract::{ClaimState, Directory, TerminalKind, Timestamp, TopUp};
use leptos::prelude::*;

use crate::{
    current_time,
    pages::nearby_points::NearbyPoints,
    route::Route,
    text::{Common, Locale, OrdersText, built_in_directory, clock, duration, fill},
    ui::{Cells, Countdown, Drawing, Icon, LinkCell, Picture, Section},
};

/// The machines at which this order's money can be collected.
pub(super) fn where_to(order: &TopUp) -> AnyView {
    let (t, common, locale) = (OrdersText::current(), Common::current(), Locale::current());
    // The built-in copy says where each kind of machine is, without network.
    let directory = built_in_directory();
    let machines = common.terminals(&order.terminals);
    let line = match (order.claim, order.terminals.is_empty()) {
        (_, true) => t.ask_desk.to_owned(),
        (ClaimState::NeedsConfirmation, false) => fill(t.after_confirming, &[&machines]),
        (_, false) => fill(t.collect_at, &[&machines]),
    };
    let pictures = order
        .terminals
        .iter()
        .filter_map(|kind| machine(t, common, locale, &directory, *kind))
        .collect_view();
    let (issuer, campus) = (order.issuer, order.holder.campus);
    let by_machine = order
        .terminals
        .iter()
        .any(|kind| *kind != TerminalKind::ServicePoint);
    view! {
        <Section title=t.collect_title note=line>
            <div class="pictures">{pictures}</div>
            {by_machine.then(|| view! { <p class="small">{t.not_these}</p> })}
            <Cells>
                <LinkCell href=Route::ServicePoints.to_string() label=t.desks note=t.desks_note icon=Icon::Pin action="service-points"/>
                <LinkCell href=Route::MoneyTriage.to_string() label=t.triage note=t.triage_note icon=Icon::Question action="money-triage"/>
            </Cells>
            <NearbyPoints issuer campus/>
        </Section>
    }
    .into_any()
}

/// A machine's picture with its name and place. Returns `None` for a service point.
fn machine(
    t: &'static OrdersText,
    common: &'static Common,
    locale: Locale,
    directory: &Directory,
    kind: TerminalKind,
) -> Option<AnyView> {
    let (drawing, label) = match kind {
        TerminalKind::GdutLoad => (Drawing::MachineLoad, t.picture_load),
        TerminalKind::GdutTopUp => (Drawing::MachineTopUp, t.picture_top_up),
        TerminalKind::HemcTopUp => (Drawing::MachineHemc, t.picture_top_up),
        TerminalKind::ServicePoint | TerminalKind::Other => return None,
    };
    let place = directory
        .terminal(kind)
        .map(|terminal| locale.pick(&terminal.whereabouts))
        .unwrap_or_default();
    let caption = [common.terminal(kind), " · ", &place].concat();
    Some(view! { <Picture drawing label caption/> }.into_any())
}

/// The time left to collect the money; without a deadline, that there is none.
pub(super) fn time_left(claim_by: Option<Timestamp>) -> AnyView {
    let (t, locale) = (OrdersText::current(), Locale::current());
    let Some(by) = claim_by else {
        return view! { <p class="muted">{t.no_deadline}</p> }.into_any();
    };
    let now = current_time::current_time();
    let text =
        Signal::derive(
            move || match now.get().map(|now| current_time::time_left(by, now)) {
                Some(None) => t.time_up.to_owned(),
                Some(Some(left)) => fill(t.left, &[&duration(locale, left)]),
                None => clock(by),
            },
        );
    view! { <Countdown text/> }.into_any()
}
