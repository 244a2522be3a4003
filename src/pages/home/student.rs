//! A student's home page. The last data is stored on the device and home at once on the next visit, with
//! its time; never for another student, and deleted at sign-out.

use dika_contract::{Card, ClaimState, OrderId, PaymentState, Timestamp, TopUp};
use dika_markup::{Node, view};
use futures_util::future::join;
use leptos::prelude::*;

use super::{kept::Kept, other_account::question};
use crate::{
    api::Api,
    current_time,
    effect::effect,
    pages::{
        card_face::face, hidden_cards::HiddenCards, orders::order_row_with,
        query_view::query_view_with_retry,
    },
    platform::{self, StorageKey},
    poll::Pace,
    query::Query,
    route::Route,
    session::{Session, SignInState},
    text::{self, Common, StudentHomeText, clock, duration, fill, yuan},
    ui::{ButtonLink, ButtonVariant, Cells, Empty, Icon, Notice, Section, SkeletonShape, Tone},
};

/// Cards and open orders, loaded together.
#[derive(Clone, PartialEq)]
struct HomeData {
    cards: Vec<Card>,
    orders: Vec<TopUp>,
}

/// Cards, what waits, what is unpaid.
#[component]
pub(crate) fn StudentHome() -> Node {
    let (t, common) = (StudentHomeText::current(), Common::current());
    let (api, session) = (
        StoredValue::new(Api::from_context()),
        Session::from_context(),
    );
    let home = Query::of_page(move |api| {
        Box::pin(async move {
            // In parallel; neither is of use alone.
            let other = api.clone();
            let (cards, orders) = join(api.cards(), other.open_top_ups()).await;
            Ok(HomeData {
                cards: cards?,
                orders: orders?.items,
            })
        })
    });

    let shown_user = RwSignal::new(match session.state_untracked() {
        SignInState::SignedIn(user)
            if home.has_value_untracked() && !Api::from_context().reads_page_again() =>
        {
            Some(user.id)
        }
        _ => None,
    });
    effect(move || {
        // What the page brought along is newer than what was kept.
        if home.has_value_untracked() {
            return;
        }
        if let Some(kept) = Kept::load() {
            let at = kept.at();
            let (user, cards, orders) = kept.into_parts();
            shown_user.set(Some(user));
            home.set(HomeData { cards, orders }, at);
            home.refetch();
        }
    });
    effect(move || match session.state() {
        SignInState::SignedIn(user) => {
            let before = shown_user.get_untracked();
            if before.as_ref() != Some(&user.id) {
                if before.is_some() {
                    platform::remove(&StorageKey::Home);
                    home.reset();
                }
                shown_user.set(Some(user.id));
                home.refetch();
            }
        }
        // A student was here before, and the session can't be loaded: load the cards all the same, to show
        // them or a failure with a retry button.
        SignInState::Unknown(_) => {
            if shown_user.get_untracked().is_none() {
                home.refetch();
            }
        }
        SignInState::SignedOut | SignInState::Pending => {}
    });
    let reload = move || {
        session.retry(&api.get_value());
        home.refetch();
    };
    effect(move || {
        platform::on_page_shown(move || {
            if !matches!(
                session.state_untracked(),
                SignInState::SignedOut | SignInState::Pending
            ) {
                reload();
            }
        });
    });
    // Money is collected at a machine, and unpaid orders are paid on other devices.
    let pace = Memo::new(move |_| {
        home.value()
            .is_some_and(|home| home.orders.iter().any(TopUp::is_open))
            .then_some(Pace::Gentle)
    });
    home.poll(pace);
    // Stores the newest data for the next visit.
    effect(move || {
        if let (SignInState::SignedIn(user), Some((HomeData { cards, orders }, at))) =
            (session.state(), home.fresh_value())
        {
            Kept::new(user.id, at, cards, orders).store();
        }
    });

    let arrived = arrived_since(api, home);

    let now = current_time::current_time();
    let draw = move |HomeData { cards, orders }: HomeData| {
        view! {
            {waiting(t, common, orders.iter().filter(|order| order.awaits_collection()), now)}
            {others(t, &orders, t.under_way, false)}
            {others(t, &orders, t.unpaid, true)}
            {all_cards(t, cards, session)}
        }
    };
    view! {
        <HiddenCards/>
        {question(move || home.refetch())}
        {move || arrived.get().iter().map(|order| arrival(t, common, order)).collect::<Node>()}
        {query_view_with_retry(home, SkeletonShape::Cards, reload, draw)}
    }
}

/// The orders whose money reached the card while they were on this page: one that leaves the list of open
/// orders is read once more, because leaving proves nothing.
fn arrived_since(api: StoredValue<Api>, home: Query<HomeData>) -> RwSignal<Vec<TopUp>> {
    let arrived = RwSignal::new(Vec::<TopUp>::new());
    let mut before: Vec<OrderId> = Vec::new();
    effect(move || {
        let Some(HomeData { orders, .. }) = home.value() else {
            // Another student's.
            before.clear();
            arrived.set(Vec::new());
            return;
        };
        let open = orders.into_iter().map(|order| order.id).collect();
        for id in core::mem::replace(&mut before, open) {
            if before.contains(&id) {
                continue;
            }
            let api = api.get_value();
            platform::spawn(async move {
                if let Ok(order) = api.top_up(&id).await
                    && order.payment == PaymentState::Paid
                    && matches!(order.claim, ClaimState::Claimed | ClaimState::NotNeeded)
                    && !order.settling
                {
                    arrived.try_update(|arrived| arrived.push(order));
                }
            });
        }
    });
    arrived
}

/// Says that the money of an order is on the card.
fn arrival(t: &'static StudentHomeText, common: &'static Common, order: &TopUp) -> Node {
    let card = fill(
        common.of_card,
        &[common.issuer(order.issuer), common.wallet(order.wallet)],
    );
    view! {
        <Notice tone=Tone::Success word=fill(t.arrived, &[&yuan(order.amount_fen)])>
            <p>{card}</p>
        </Notice>
    }
}

/// Orders to collect: where, and by when.
fn waiting<'a>(
    t: &'static StudentHomeText,
    common: &'static Common,
    orders: impl Iterator<Item = &'a TopUp>,
    now: Signal<Option<Timestamp>>,
) -> Option<Node> {
    let rows: Vec<_> = orders
        .map(|order| waiting_row(t, common, order.clone(), now))
        .collect();
    (!rows.is_empty()).then(|| {
        view! { <Cells title=t.to_collect note=t.to_collect_note>{rows}</Cells> }
    })
}

fn waiting_row(
    t: &'static StudentHomeText,
    common: &'static Common,
    order: TopUp,
    now: Signal<Option<Timestamp>>,
) -> Node {
    let language = text::language();
    Node::live(move || {
        let place = fill(t.collect_at, &[&common.terminals(&order.terminals)]);
        let note = match (order.claim, order.claim_by) {
            (ClaimState::NeedsConfirmation, _) => t.confirm_first.to_owned(),
            (_, Some(by)) => match now.get().and_then(|now| current_time::time_left(by, now)) {
                Some(left) => {
                    let by = fill(t.collect_by, &[&clock(by), &duration(language, left)]);
                    [place, by].join(" · ")
                }
                None => place,
            },
            (_, None) => place,
        };
        order_row_with(&order, note)
    })
}

/// Orders with nothing to collect: those that can be paid, or those that wait for somebody else.
fn others(
    t: &'static StudentHomeText,
    orders: &[TopUp],
    title: &'static str,
    can_be_paid: bool,
) -> Option<Node> {
    let rows: Vec<_> = orders
        .iter()
        .filter(|order| !order.awaits_collection() && order.payment.is_open() == can_be_paid)
        .map(|order| {
            let note = match order.payment {
                PaymentState::Created | PaymentState::Paying => t.unpaid_note,
                PaymentState::Unknown => t.unknown_note,
                PaymentState::Paid if order.settling => t.settling_note,
                PaymentState::Paid
                | PaymentState::Refunding
                | PaymentState::Closed
                | PaymentState::Failed
                | PaymentState::Refunded => "",
            };
            order_row_with(order, note.to_owned())
        })
        .collect();
    (!rows.is_empty()).then(|| view! { <Cells title>{rows}</Cells> })
}

fn all_cards(t: &'static StudentHomeText, cards: Vec<Card>, session: Session) -> Node {
    if cards.is_empty() {
        let hides = Memo::new(move |_| !session.hidden_cards().is_empty());
        return Node::live(move || no_cards(t, hides.get()));
    }
    let several = cards.len() > 1;
    let faces = cards
        .into_iter()
        .map(|card| one_card(card, several))
        .collect::<Node>();
    view! {
        <Section title=t.my_cards>
            <div class="stack">{faces}</div>
            <ButtonLink
                href=Route::BindChoose.to_string()
                label=t.bind_another
                variant=ButtonVariant::Link
                action="bind-card"
            />
        </Section>
    }
}

/// Nothing where cards are hidden: binding them again is the way to see them.
fn no_cards(t: &'static StudentHomeText, hides: bool) -> Node {
    if hides {
        return Node::Nothing;
    }
    view! {
        <Empty title=t.no_cards text=t.no_cards_text icon=Icon::Card>
            <ButtonLink href=Route::BindChoose.to_string() label=t.bind_card action="bind-card"/>
        </Empty>
    }
}

fn one_card(card: Card, several: bool) -> Node {
    let face = face(
        &card,
        several,
        Some(Route::Card(card.id.clone()).to_string()),
    );
    view! {
        <div data-card=card.id.as_str().to_owned() data-issuer=card.issuer.as_str()>{face}</div>
    }
}
