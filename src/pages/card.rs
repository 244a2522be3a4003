//! One card: what is on it and what waits, whose it is, what was put on it lately.

use dika_contract::{Card, CardId, CardStatus};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    api::{Api, Fault},
    app::Say,
    pages::{
        card_face::{face, top_up_links},
        desks::Desks,
        orders::order_row,
        refusal::Refusal,
    },
    platform,
    reading::Reading,
    route::Route,
    text::{CardText, Common, Title},
    ui::{
        Bones, Button, ButtonLink, ButtonLook, Cells, Fact, Facts, Icon, LinkCell, Loaded, Notice,
        Page, PressCell, Section, Sheet, Tone,
    },
};

/// What the parts of the page share. Outlives each redraw of the card.
#[derive(Clone, Copy)]
struct Desk {
    t: &'static CardText,
    common: &'static Common,
    setting: RwSignal<bool>,
    fault: RwSignal<Option<Fault>>,
    refresh: Callback<()>,
    set_default: Callback<()>,
}

/// One card: amounts, wallets, recent orders.
#[component]
pub(crate) fn CardPage(id: CardId) -> impl IntoView {
    let route = Route::Card(id.clone());
    let (t, common) = (CardText::here(), Common::here());
    let (api, say) = (StoredValue::new(Api::here()), Say::here());
    let card = {
        let id = id.clone();
        Reading::new(move |api| {
            let id = id.clone();
            Box::pin(async move { api.card(&id).await })
        })
    };
    let orders = {
        let id = id.clone();
        Reading::new(move |api| {
            let id = id.clone();
            Box::pin(async move { api.card_top_ups(&id).await.map(|page| page.items) })
        })
    };
    let id = StoredValue::new(id);
    let fault = RwSignal::new(None::<Fault>);
    let setting = RwSignal::new(false);
    let asked = RwSignal::new(false);
    let refresh = Callback::new(move |()| {
        card.ask();
        orders.ask();
    });

    let set_default = Callback::new(move |()| {
        if setting.get_untracked() {
            return;
        }
        setting.set(true);
        fault.set(None);
        let (api, id) = (api.get_value(), id.get_value());
        platform::spawn(async move {
            let answer = api.set_default_card(&id).await;
            setting.try_set(false);
            match answer {
                Ok(now) => {
                    card.put(now, platform::now());
                    say.say(t.default_set);
                }
                Err(refusal) => {
                    fault.try_set(Some(refusal));
                }
            }
        });
    });

    let unbinding = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let navigate = use_navigate();
    let unbind = Callback::new(move |()| {
        if unbinding.get_untracked() {
            return;
        }
        unbinding.set(true);
        refusal.set(None);
        let (api, id, navigate) = (api.get_value(), id.get_value(), navigate.clone());
        platform::spawn(async move {
            let answer = api.unbind(&id).await;
            let still_here = unbinding.try_set(false).is_none();
            match answer {
                Ok(()) => {
                    say.say(t.unbound);
                    if still_here {
                        navigate(
                            &Route::Home.to_string(),
                            NavigateOptions {
                                replace: true,
                                ..Default::default()
                            },
                        );
                    }
                }
                Err(why) => {
                    refusal.try_set(Some(why));
                }
            }
        });
    });

    let desk = Desk {
        t,
        common,
        setting,
        fault,
        refresh,
        set_default,
    };
    let draw = move |card: Card| desk.draw(&card);
    let recent = move |orders: Vec<dika_contract::TopUp>| {
        let none = orders.is_empty();
        let rows = orders.iter().map(order_row).collect_view();
        view! {
            {none.then(|| view! { <p class="muted">{t.no_orders}</p> })}
            <Cells>
                {rows}
                <LinkCell href=Route::Orders.to_string() label=t.all_orders icon=Icon::Orders action="all-orders"/>
            </Cells>
        }
        .into_any()
    };
    // Where there is no card to show there are no orders of it either.
    let shown = Memo::new(move |_| card.value().is_some());

    view! {
        <Page
            name=route.page()
            title=Title::here().title(&route)
            back=Route::Home.to_string()
            back_label=common.back
        >
            <Loaded
                state=card.load()
                retry_label=common.retry
                on_retry=refresh
                waiting=Bones::Cards
                waiting_label=common.loading
                draw
            />
            {move || {
                shown
                    .get()
                    .then(|| {
                        view! {
                            <Section title=t.orders>
                                <Loaded
                                    state=orders.load()
                                    retry_label=common.retry
                                    on_retry=move |()| orders.ask()
                                    waiting=Bones::Cells
                                    waiting_label=common.loading
                                    draw=recent
                                />
                            </Section>
                            <Cells title=t.manage>
                                <PressCell label=t.unbind icon=Icon::Cross action="unbind" on_press=move |()| asked.set(true)/>
                            </Cells>
                        }
                    })
            }}
            <Sheet open=asked title=t.unbind_title close_label=t.close>
                <p>{t.unbind_text}</p>
                <Refusal fault=refusal/>
                <Button
                    label=t.unbind_yes
                    action="unbind-confirm"
                    look=ButtonLook::Danger
                    busy=unbinding
                    busy_label=t.unbinding
                    on_press=unbind
                />
                <Button
                    label=t.unbind_no
                    action="unbind-cancel"
                    look=ButtonLook::Default
                    on_press=move |()| asked.set(false)
                />
            </Sheet>
        </Page>
    }
}

impl Desk {
    fn draw(self, card: &Card) -> AnyView {
        let Self { t, .. } = self;
        let face = face(card, true, None);
        let set_default = (!card.is_default).then(|| {
            view! {
                <Button
                    label=t.set_default
                    action="set-default"
                    look=ButtonLook::Default
                    busy=self.setting
                    on_press=self.set_default
                />
            }
        });
        view! {
            <div class="stack" data-card=card.id.as_str().to_owned() data-issuer=card.issuer.as_str()>
                {face}
                <div class="row">
                    <Button
                        label=t.refresh
                        action="refresh"
                        look=ButtonLook::Link
                        icon=Icon::Refresh
                        small=true
                        on_press=self.refresh
                    />
                </div>
                {self.next(card)}
                <Refusal fault=self.fault/>
                <Facts items=self.facts(card)/>
                {set_default}
            </div>
        }
        .into_any()
    }

    /// A way to top up each wallet; for a card that takes no money, why and what to do.
    fn next(self, card: &Card) -> AnyView {
        let Self { t, common, .. } = self;
        if let Some(next) = t.next_step(card.status) {
            let replaced = card.status == CardStatus::Replaced;
            let again = Route::Bind(card.issuer).to_string();
            let (issuer, campus) = (card.issuer, card.identity.campus);
            return view! {
                <Notice tone=Tone::Danger word=common.card_status(card.status)>
                    <p>{next}</p>
                    {replaced
                        .then(|| {
                            view! { <ButtonLink href=again label=common.bind_again look=ButtonLook::Link action="bind-again"/> }
                        })}
                </Notice>
                <Section title=t.desks>
                    <Desks issuer campus/>
                </Section>
            }
            .into_any();
        }
        view! {
            {top_up_links(card)}
            <p class="muted small">{t.two_amounts}</p>
        }
        .into_any()
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
