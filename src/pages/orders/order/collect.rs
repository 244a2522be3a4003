//! Collecting waiting money: at which machines, what they look like, where they are, until when.

use dika_contract::{ClaimState, TerminalKind, Timestamp, TopUp, endpoint, top_up::Reminder};
use dika_markup::{Node, view};
use leptos::prelude::*;

use super::actions::OrderActions;
use crate::{
    current_time,
    pages::{nearby_points::NearbyPoints, query_view::time_or_day},
    route::Route,
    text::{
        self, Common, OrdersText, built_in_directory, day_and_clock, duration, fill, sentences,
    },
    ui::{
        ButtonLink, ButtonVariant, Cells, Countdown, Drawing, Icon, LinkCell, Picture, Section,
        mark_chinese,
    },
};

/// The machines at which this order's money can be collected, with their pictures.
pub(super) fn machines(actions: OrderActions, order: &TopUp) -> Node {
    let (t, common, language) = (OrdersText::current(), Common::current(), text::language());
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
        .filter_map(|kind| machine(t, common, *kind))
        .collect::<Node>();
    // Machines of a card are all in the same places.
    let place = order
        .terminals
        .iter()
        .find(|kind| **kind != TerminalKind::ServicePoint)
        .and_then(|kind| directory.terminal(*kind))
        .map(|terminal| terminal.whereabouts.text_in(language).to_owned());
    view! {
        <div class="slip-part">
            <p>{mark_chinese(line)}</p>
            <div class="pictures">{pictures}</div>
            {place.map(|place| view! { <p class="muted small">{sentences(language, &[&place, t.not_these])}</p> })}
            {reminder(actions, order)}
        </div>
    }
}

/// A reminder of the end of the time to collect: in WeChat one message, elsewhere an entry in the calendar.
fn reminder(actions: OrderActions, order: &TopUp) -> Node {
    let t = actions.t;
    let is_on = order.reminder == Some(Reminder::On);
    let waits = order.claim == ClaimState::Waiting;
    // WeChat can't take a file.
    let message = (waits && order.reminder == Some(Reminder::Offered)).then(|| {
        let href = endpoint::with_id(endpoint::WECHAT_REMIND, order.id.as_str());
        (href, t.remind, "remind")
    });
    let file = (waits && order.claim_by.is_some()).then(|| {
        let path = endpoint::with_id(endpoint::TOP_UP_CALENDAR, order.id.as_str());
        ([endpoint::BASE, &path].concat(), t.calendar, "calendar")
    });
    let link = move || {
        let link = if actions.is_in_wechat.get() {
            &message
        } else {
            &file
        };
        link.clone().map(|(href, label, action)| {
            view! { <ButtonLink href label variant=ButtonVariant::Link action external=true/> }
        })
    };
    view! {
        {is_on.then(|| view! { <p class="small">{t.reminder_on}</p> })}
        {link}
    }
}

/// Whom to ask where something is wrong.
pub(super) fn help(order: &TopUp) -> Node {
    let t = OrdersText::current();
    let (issuer, campus) = (order.issuer, order.holder.campus);
    view! {
        <Section title=t.need_help>
            <NearbyPoints issuer campus/>
            <Cells>
                <LinkCell href=Route::MoneyTriage.to_string() label=t.triage note=t.triage_note icon=Icon::Question action="money-triage"/>
                <LinkCell href=Route::ServicePoints.to_string() label=t.desks note=t.desks_note icon=Icon::Pin action="service-points"/>
            </Cells>
        </Section>
    }
}

/// A machine's picture with its name. Returns `None` for a service point.
fn machine(t: &'static OrdersText, common: &'static Common, kind: TerminalKind) -> Option<Node> {
    let (drawing, label) = match kind {
        TerminalKind::GdutLoad => (Drawing::MachineLoad, t.picture_load),
        TerminalKind::GdutTopUp => (Drawing::MachineTopUp, t.picture_top_up),
        TerminalKind::HemcTopUp => (Drawing::MachineHemc, t.picture_top_up),
        TerminalKind::ServicePoint | TerminalKind::Other => return None,
    };
    Some(view! { <Picture drawing label caption=common.terminal(kind)/> })
}

/// Until when the money can be collected, and how long that is. Nothing without a deadline: there may be one
/// that nobody told us.
pub(super) fn deadline(claim_by: Option<Timestamp>) -> Node {
    let (t, language) = (OrdersText::current(), text::language());
    let Some(by) = claim_by else {
        return Node::Nothing;
    };
    let now = current_time::current_time();
    let text = Signal::derive(move || match now.get() {
        None => fill(t.collect_by, &[&day_and_clock(language, by)]),
        Some(now) => match current_time::time_left(by, now) {
            None => t.time_up.to_owned(),
            Some(left) => {
                let by = time_or_day(language, by, now);
                fill(t.collect_by_left, &[&by, &duration(language, left)])
            }
        },
    });
    view! { <Countdown text/> }
}
