//! One card: balances, holder, recent orders, default card, unbinding.

use dika_contract::{Campus, Card, CardId, CardStatus, Issuer};
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    api::Api,
    effect::effect,
    navigation::use_replace,
    pages::{
        card_face::{as_of, face, top_up_links},
        fault_notice::FaultNotice,
        just_added,
        nearby_points::NearbyPoints,
        orders::order_row,
        query_view::query_view,
    },
    platform,
    poll::Pace,
    query::Query,
    route::Route,
    submit::Submit,
    text::{self, BindText, CardText, Common, Title, day_and_clock, fill},
    ui::{
        Button, ButtonCell, ButtonLink, ButtonVariant, Cells, Fact, Facts, Icon, LinkCell, Notice,
        Page, Section, Sheet, SkeletonShape, Toaster, Tone,
    },
};

/// The writes of the page and their state. Outlives each redraw of the card.
#[derive(Clone, Copy)]
struct CardActions {
    t: &'static CardText,
    common: &'static Common,
    refresh: Callback<()>,
    set_default: Submit,
    on_set_default: Callback<()>,
}

/// One card: amounts, wallets, recent orders.
#[component]
pub(crate) fn CardPage(id: CardId) -> Node {
    let route = Route::Card(id.clone());
    let (t, common) = (CardText::current(), Common::current());
    let (api, toaster) = (
        StoredValue::new(Api::from_context()),
        Toaster::from_context(),
    );
    let card = {
        let id = id.clone();
        Query::new(move |api| {
            let id = id.clone();
            Box::pin(async move { api.card(&id).await })
        })
    };
    let orders = {
        let id = id.clone();
        Query::new(move |api| {
            let id = id.clone();
            Box::pin(async move { api.card_top_ups(&id).await.map(|page| page.items) })
        })
    };
    // Waiting money is collected at a machine: the balances and the orders change with it.
    let pace = Memo::new(move |_| {
        orders
            .value()
            .is_some_and(|orders| {
                orders
                    .iter()
                    .any(|order| order.claim.is_open() || order.settling)
            })
            .then_some(Pace::Gentle)
    });
    card.poll(pace);
    orders.poll(pace);
    // The other card, where there are two and this one was bound just now.
    let is_new = RwSignal::new(false);
    let cards = Query::manual(|api| Box::pin(async move { api.cards().await }));
    {
        let id = id.clone();
        effect(move || {
            if just_added::take(&id) {
                is_new.set(true);
                cards.refetch();
            }
        });
    }
    let id = StoredValue::new(id);
    let confirm_open = RwSignal::new(false);
    let refresh = Callback::new(move |()| {
        card.refetch();
        orders.refetch();
    });

    let set_default = Submit::new();
    let on_set_default = Callback::new(move |()| {
        let (api, id) = (api.get_value(), id.get_value());
        set_default.run(
            async move { api.set_default_card(&id).await },
            move |reply| {
                card.set(reply?, platform::now());
                toaster.show(t.default_set);
                Ok(())
            },
        );
    });

    let unbind = Submit::new();
    let replace = use_replace();
    let on_unbind = move |()| {
        let (api, id) = (api.get_value(), id.get_value());
        unbind.run(async move { api.unbind(&id).await }, move |reply| {
            reply?;
            toaster.show(t.unbound);
            if unbind.is_open() {
                replace(&Route::Home.to_string());
            }
            Ok(())
        });
    };

    let actions = CardActions {
        t,
        common,
        refresh,
        set_default,
        on_set_default,
    };
    let draw = move |card: Card| actions.draw(&card);
    let recent = move |orders: Vec<dika_contract::TopUp>| {
        let none = orders.is_empty();
        let rows = orders.iter().map(order_row).collect::<Node>();
        view! {
            {none.then(|| view! { <p class="muted">{t.no_orders}</p> })}
            <Cells>
                {rows}
                <LinkCell href=Route::Orders.to_string() label=t.all_orders icon=Icon::Orders action="all-orders"/>
            </Cells>
        }
    };
    // Without the card, its orders are not shown either.
    let shown = Memo::new(move |_| card.value().is_some());

    view! {
        <Page
            name=route.page()
            title=Title::current().title(&route)
            back=Route::Home.to_string()
            back_label=common.back
        >
            {move || is_new.get().then(|| added(card.value().as_ref(), cards.value()))}
            {query_view(card, SkeletonShape::Cards, draw)}
            {move || {
                shown
                    .get()
                    .then(|| {
                        view! {
                            <Section title=t.orders>
                                {query_view(orders, SkeletonShape::Cells, recent)}
                            </Section>
                            <Cells title=t.manage>
                                <ButtonCell label=t.unbind icon=Icon::Cross action="unbind" on_press=move |()| confirm_open.set(true)/>
                            </Cells>
                        }
                    })
            }}
            <Sheet open=confirm_open title=t.unbind_title close_label=t.close>
                <p>{t.unbind_text}</p>
                <FaultNotice fault=unbind.fault/>
                <Button
                    label=t.unbind_yes
                    action="unbind-confirm"
                    variant=ButtonVariant::Danger
                    busy=unbind.busy
                    busy_label=t.unbinding
                    on_press=on_unbind
                />
                <Button
                    label=t.unbind_no
                    action="unbind-cancel"
                    variant=ButtonVariant::Default
                    on_press=move |()| confirm_open.set(false)
                />
            </Sheet>
        </Page>
    }
}

/// Says that the card was added, and leads to the other one where the student has both.
fn added(card: Option<&Card>, cards: Option<Vec<Card>>) -> Node {
    let t = BindText::current();
    let other = card
        .filter(|card| card.identity.campus == Campus::Daxuecheng)
        .and_then(|card| match card.issuer {
            Issuer::Gdut => Some((Issuer::Hemc, t.add_hemc)),
            Issuer::Hemc => Some((Issuer::Gdut, t.add_gdut)),
            Issuer::Other => None,
        })
        .filter(|(other, _)| {
            cards.is_some_and(|cards| cards.iter().all(|card| card.issuer != *other))
        });
    view! {
        <Notice tone=Tone::Success word=t.bound>
            {other
                .map(|(issuer, label)| {
                    let href = Route::Bind(issuer).to_string();
                    view! { <ButtonLink href label variant=ButtonVariant::Link action="bind-card"/> }
                })}
        </Notice>
    }
}

impl CardActions {
    fn draw(self, card: &Card) -> Node {
        let Self { t, .. } = self;
        let (issuer, campus) = (card.issuer, card.identity.campus);
        let face = face(card, true, None);
        let as_of =
            as_of(card).map(|at| fill(self.common.as_of, &[&day_and_clock(text::language(), at)]));
        let set_default = (!card.is_default).then(|| {
            view! {
                <Button
                    label=t.set_default
                    action="set-default"
                    variant=ButtonVariant::Default
                    busy=self.set_default.busy
                    on_press=self.on_set_default
                />
            }
        });
        view! {
            <div class="stack" data-card=card.id.as_str().to_owned() data-issuer=card.issuer.as_str()>
                {face}
                <div class="row">
                    <p class="muted small">{as_of}</p>
                    <Button
                        label=t.refresh
                        action="refresh"
                        variant=ButtonVariant::Link
                        icon=Icon::Refresh
                        small=true
                        on_press=self.refresh
                    />
                </div>
                {self.next(card)}
                <FaultNotice fault=self.set_default.fault/>
                <Facts items=self.facts(card)/>
                {set_default}
                <Section title=t.desks>
                    <NearbyPoints issuer campus/>
                </Section>
            </div>
        }
    }

    /// A top-up link for each wallet; for a card that can't be topped up, why and what to do.
    fn next(self, card: &Card) -> Node {
        let Self { t, common, .. } = self;
        if let Some(next) = t.next_step(card.status) {
            let replaced = card.status == CardStatus::Replaced;
            let again = Route::Bind(card.issuer).to_string();
            return view! {
                <Notice tone=Tone::Danger word=common.card_status(card.status)>
                    <p>{next}</p>
                    {replaced
                        .then(|| {
                            view! { <ButtonLink href=again label=common.bind_again variant=ButtonVariant::Link action="bind-again"/> }
                        })}
                </Notice>
            };
        }
        top_up_links(card)
    }

    fn facts(self, card: &Card) -> Vec<Fact> {
        let Self { t, common, .. } = self;
        let who = &card.identity;
        let college = who
            .college
            .iter()
            .map(|college| Fact::new(t.college, college.as_str()));
        [
            Fact::new(t.holder, who.name.as_str()),
            Fact::new(t.student_no, who.student_no.as_str()),
            Fact::new(t.campus, common.campus(who.campus)),
        ]
        .into_iter()
        .chain(college)
        .collect()
    }
}
