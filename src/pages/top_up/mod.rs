//! Amount, then review, then the order. The amount and its idempotency key are kept for the tab and
//! the step stands in the address, so that a reload comes back to the same place and repeats nothing.

use dika_contract::{
    Card, CardId, CreateTopUp, Fen, IdempotencyKey, OrderId, Wallet, WalletKind,
    directory::ServiceHours,
};
use futures_util::future::join3;
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use crate::{
    api::Api,
    effect::effect,
    pages::{orders, query_view::query_view},
    platform::{self, StorageKey},
    query::Query,
    route::Route,
    text::{CardText, Common, Title, TopUpText, built_in_directory, fill, yuan},
    ui::{Actions, ButtonLink, ButtonVariant, Empty, Icon, Notice, Page, SkeletonShape, Tone},
    wechat::BrowserKind,
};
use flow::{Flow, Step};

/// The pure state machine.
mod flow;
/// Choosing an amount.
mod form;
/// Checking it before money moves.
mod review;

/// All that the page has to know before it lets anyone pay. No amounts: they change all the time, and
/// the page must not be drawn anew under someone's fingers.
#[derive(Clone, PartialEq)]
struct Known {
    card: Card,
    wallet: Option<Wallet>,
    hours: Option<ServiceHours>,
    sandbox: bool,
    unpaid: Option<(OrderId, Fen)>,
}

async fn know(api: Api, id: CardId, kind: WalletKind) -> Result<Known, crate::api::Fault> {
    let (card, directory, open) = join3(api.card(&id), api.directory(), api.open_top_ups()).await;
    let mut card = card?;
    for wallet in &mut card.wallets {
        (wallet.on_card, wallet.waiting) = (None, None);
    }
    // Without the directory there are no limits to show; the server still holds to them.
    let directory = directory.unwrap_or_else(|_| built_in_directory());
    let unpaid = open.ok().and_then(|page| {
        page.items
            .into_iter()
            .find(|order| order.card_id == id && order.wallet == kind && order.payment.is_open())
    });
    Ok(Known {
        wallet: directory.wallet(card.issuer, kind).cloned(),
        hours: directory
            .issuer(card.issuer)
            .and_then(|issuer| issuer.hours),
        sandbox: directory.sandbox,
        unpaid: unpaid.map(|order| (order.id, order.amount_fen)),
        card,
    })
}

/// A key that no other intent has.
fn new_key() -> IdempotencyKey {
    let digits: String = platform::random_bytes()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect();
    IdempotencyKey::parse(&digits).expect("32 hex digits are a key")
}

/// An amount as one would type it: `50`, `19.90`.
fn plain(amount: Fen) -> String {
    let text = amount.to_string();
    text.strip_suffix(".00").unwrap_or(&text).to_owned()
}

/// What of the page is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Form,
    Review,
    Unpaid,
}

/// The signals that form and review share. They outlive a redraw of either.
#[derive(Clone, Copy)]
struct TopUpForm {
    flow: RwSignal<Flow>,
    amount: RwSignal<String>,
    preset: RwSignal<String>,
    error: RwSignal<Option<String>>,
    review: Callback<Fen>,
    edit: Callback<()>,
    pay: Callback<()>,
}

/// Amount, then review, then payment.
#[component]
pub(crate) fn TopUpPage(card: CardId, wallet: WalletKind) -> impl IntoView {
    let common = Common::current();
    let route = Route::TopUp(card.clone(), wallet);
    let path = StoredValue::new(route.to_string());
    let back = Route::Card(card.clone()).to_string();
    let draft = StoredValue::new(StorageKey::TopUpDraft(
        [card.as_str(), ".", wallet.as_str()].concat(),
    ));
    let api = StoredValue::new(Api::from_context());
    let known = {
        let card = card.clone();
        Query::new(move |api| Box::pin(know(api, card.clone(), wallet)))
    };

    let navigate = use_navigate();
    // Steps replace one another in the history: back leads out of the page, to the card.
    let go = Callback::new(move |to: String| {
        navigate(
            &to,
            NavigateOptions {
                replace: true,
                ..Default::default()
            },
        );
    });

    let flow = RwSignal::new(Flow::new());
    let amount = RwSignal::new(String::new());
    let keep = move || {
        let intent = flow.with_untracked(|flow| flow.intent().map(flow::write_draft));
        if let Some(text) = intent {
            draft.with_value(|key| platform::store(key, &text));
        }
    };

    // Goes on where the tab left off.
    let query = use_location().query;
    effect(move || {
        let kept = draft.with_value(platform::load);
        if let Some(intent) = kept.as_deref().and_then(flow::read_draft) {
            let reviewing = query.read_untracked().get("step").as_deref() == Some("review");
            if amount.read_untracked().is_empty() {
                amount.set(plain(intent.amount));
            }
            flow.set(Flow::resume(intent, reviewing));
        }
    });
    // Keeps what is typed.
    effect(move || {
        let typed = amount.with(|typed| flow::check(typed, None));
        if let Ok(typed) = typed {
            flow.update_untracked(|flow| flow.typed(typed, new_key));
            keep();
        }
    });

    let review = Callback::new(move |chosen: Fen| {
        flow.update(|flow| flow.review(chosen, new_key));
        keep();
        go.run(path.get_value() + "?step=review");
        platform::focus_main();
    });
    let edit = Callback::new(move |()| {
        flow.update(Flow::edit);
        go.run(path.get_value());
        platform::focus_main();
    });
    let card = StoredValue::new(card);
    let pay = Callback::new(move |()| {
        let Some(intent) = flow.try_update(Flow::pay).flatten() else {
            return;
        };
        let (api, card, draft) = (api.get_value(), card.get_value(), draft.get_value());
        platform::spawn(async move {
            let body = CreateTopUp {
                card_id: card,
                wallet,
                amount_fen: intent.amount,
                channel: BrowserKind::current().channel(),
            };
            let answer = api.create_top_up(&intent.key, &body).await;
            let told = answer.as_ref().map_err(Clone::clone);
            let step = flow.try_update(|flow| {
                flow.answered(&body.card_id, wallet, told, new_key);
                flow.step().clone()
            });
            match (step, answer) {
                (Some(Step::Placed(id)), Ok(order)) => {
                    platform::remove(&draft);
                    // The order's page starts the payment, once it stands in the history.
                    orders::hand_over(order);
                    go.run(Route::Order(id).to_string());
                }
                // The student has left the page: the order waits among the unpaid ones.
                (None, Ok(_)) => platform::remove(&draft),
                (Some(Step::Refused(_)), _) => keep(),
                _ => {}
            }
        });
    });

    let form = TopUpForm {
        flow,
        amount,
        preset: RwSignal::new(String::new()),
        error: RwSignal::new(None),
        review,
        edit,
        pay,
    };
    let draw = move |known: Known| draw(form, wallet, known);

    view! {
        <Page name=route.page() title=Title::current().title(&route) back=back back_label=common.back>
            {query_view(known, SkeletonShape::Detail, draw)}
        </Page>
    }
}

fn draw(form: TopUpForm, kind: WalletKind, known: Known) -> AnyView {
    let (t, common) = (TopUpText::current(), Common::current());
    let card = &known.card;
    let back = Route::Card(card.id.clone()).to_string();
    if let Some(next) = CardText::current().next_step(card.status) {
        return view! {
            <Notice tone=Tone::Danger word=[t.no_money, " · ", common.card_status(card.status)].concat() alert=true>
                <p>{next}</p>
            </Notice>
            <Actions>
                <ButtonLink href=Route::ServicePoints.to_string() label=common.tab_points action="service-points"/>
                <ButtonLink href=back label=t.back_to_card variant=ButtonVariant::Default action="back-to-card"/>
            </Actions>
        }
        .into_any();
    }
    let Some(wallet) = known.wallet.clone() else {
        return view! {
            <Empty title=t.no_wallet icon=Icon::Card>
                <ButtonLink href=back label=t.back_to_card action="back-to-card"/>
            </Empty>
        }
        .into_any();
    };
    let lead = fill(
        t.lead,
        &[
            common.issuer(card.issuer),
            &card.card_no_masked,
            common.wallet(kind),
        ],
    );
    let unpaid = known.unpaid.is_some();
    let shown = Memo::new(move |_| {
        form.flow.with(|flow| match flow.step() {
            Step::Entering | Step::Reviewing if unpaid => Shown::Unpaid,
            Step::Entering => Shown::Form,
            Step::Reviewing | Step::Sending | Step::Refused(_) | Step::Placed(_) => Shown::Review,
        })
    });
    view! {
        <p class="lead">{lead}</p>
        {move || match shown.get() {
            Shown::Unpaid => unpaid_order(t, known.unpaid.as_ref()),
            Shown::Form => form::form(form, &known, &wallet),
            Shown::Review => review::review(form, &known, &wallet),
        }}
    }
    .into_any()
}

/// An order for this card and wallet that is not paid: it is continued, not repeated.
fn unpaid_order(t: &'static TopUpText, order: Option<&(OrderId, Fen)>) -> AnyView {
    let Some((id, amount)) = order else {
        return ().into_any();
    };
    let text = fill(t.unpaid_text, &[&yuan(*amount)]);
    let href = Route::Order(id.clone()).to_string();
    view! {
        <Notice tone=Tone::Warn word=t.unpaid_title>
            <p>{text}</p>
        </Notice>
        <Actions>
            <ButtonLink href label=t.open_unpaid action="open-order"/>
        </Actions>
    }
    .into_any()
}
