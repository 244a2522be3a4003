//! Amount, review, order. The amount and its idempotency key are stored for the tab, and the step is in
//! the address: a reload returns to the same step and creates no second order.

use dika_contract::{CardId, CreateTopUp, Fen, IdempotencyKey, OrderId, Timestamp, WalletKind};
use dika_markup::{Node, view};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use self::{
    flow::{Flow, Step},
    state::{OnCard, TopUpContext, TopUpForm, short_amount},
};
use crate::{
    api::Api,
    effect::effect,
    navigation::use_replace,
    pages::{
        card_face::number_ending,
        orders,
        payment_intent::{PaymentIntent, draft_key},
        query_view::query_view,
    },
    platform,
    query::Query,
    route::Route,
    text::{self, CardText, Common, FrameText, Title, TopUpText, clock, fill, yuan},
    ui::{
        Actions, ButtonLink, ButtonVariant, Empty, FieldValue, Icon, Notice, Page, SkeletonShape,
        Tone,
    },
    wechat::BrowserKind,
};

/// The steps as a pure state machine.
mod flow;
/// Choosing an amount.
mod form;
/// Checking it before money moves.
mod review;
/// What the parts of the page share.
mod state;

/// A new random key.
fn new_key() -> IdempotencyKey {
    let digits: String = platform::random_bytes()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect();
    IdempotencyKey::parse(&digits).expect("32 hex digits are a key")
}

/// Which part of the page is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Form,
    Review,
    Unpaid,
}

/// Amount, then review, then payment.
#[component]
pub(crate) fn TopUpPage(card: CardId, wallet: WalletKind) -> Node {
    let (common, language) = (Common::current(), text::language());
    let route = Route::TopUp(card.clone(), wallet);
    let path = StoredValue::new(route.to_string());
    let back = Route::Card(card.clone()).to_string();
    let draft = StoredValue::new(draft_key(&card, wallet));
    let api = StoredValue::new(Api::from_context());
    let on_card = RwSignal::new(None);
    let context = {
        let card = card.clone();
        Query::new(move |api| {
            let load = TopUpContext::load(api, card.clone(), wallet, language);
            Box::pin(async move {
                let (context, now_on_card) = load.await?;
                on_card.try_set(now_on_card);
                Ok(context)
            })
        })
    };

    // Steps replace one another in the history, so that the back button leads to the card.
    let replace = use_replace();

    let flow = RwSignal::new(Flow::new());
    let amount = FieldValue::new();
    let store_draft = move || {
        let intent = flow.with_untracked(|flow| flow.intent().map(PaymentIntent::to_draft));
        if let Some(text) = intent {
            draft.with_value(|key| platform::store(key, &text));
        }
    };

    // Restores the draft of this tab.
    let query = use_location().query;
    effect(move || {
        let kept = draft.with_value(platform::load);
        if let Some(intent) = kept.as_deref().and_then(PaymentIntent::from_draft) {
            let reviewing = query.read_untracked().get("step").as_deref() == Some("review");
            if amount.text().read_untracked().is_empty() {
                amount.suggest(short_amount(intent.amount));
            }
            flow.set(Flow::resume(intent, reviewing));
        }
    });
    // Stores what is typed.
    effect(move || {
        let typed = amount.text().with(|typed| flow::check(typed, None));
        if let Ok(typed) = typed {
            flow.update_untracked(|flow| flow.note_amount(typed, new_key));
            store_draft();
        }
    });

    let review = Callback::new(move |chosen: Fen| {
        flow.update(|flow| flow.review(chosen, new_key));
        store_draft();
        replace(&(path.get_value() + "?step=review"));
        platform::focus_main();
    });
    let edit = Callback::new(move |()| {
        flow.update(Flow::edit);
        replace(&path.get_value());
        platform::focus_main();
    });
    let card = StoredValue::new(card);
    let pay = Callback::new(move |()| {
        let now = platform::now();
        let Some(intent) = flow.try_update(|flow| flow.pay(now)).flatten() else {
            return;
        };
        // With the time, so that the order's page knows which order ends this intent.
        store_draft();
        let (api, card, draft) = (api.get_value(), card.get_value(), draft.get_value());
        platform::spawn(async move {
            let body = CreateTopUp {
                card_id: card,
                wallet,
                amount_fen: intent.amount,
                channel: BrowserKind::current().channel(),
            };
            let answer = api.create_top_up(&intent.key, &body).await;
            let reply = answer.as_ref().map_err(Clone::clone);
            let step = flow.try_update(|flow| {
                flow.handle_reply(&body.card_id, wallet, reply, new_key);
                flow.step().clone()
            });
            match (step, answer) {
                (Some(Step::Placed(id)), Ok(order)) => {
                    platform::remove(&draft);
                    // The order's page starts the payment.
                    orders::hand_over(order);
                    replace(&Route::Order(id).to_string());
                }
                // The student left the page: the order is listed as unpaid.
                (None, Ok(_)) => platform::remove(&draft),
                (Some(Step::Stopped(_)), _) => store_draft(),
                _ => {}
            }
        });
    });

    let form = TopUpForm {
        flow,
        amount,
        on_card,
        preset: RwSignal::new(String::new()),
        error: RwSignal::new(None),
        review,
        edit,
        pay,
    };
    let draw = move |context: TopUpContext| draw(form, wallet, context);

    view! {
        <Page name=route.page() title=Title::current().title(&route) back=back back_label=common.back>
            {query_view(context, SkeletonShape::Detail, draw)}
        </Page>
    }
}

fn draw(form: TopUpForm, kind: WalletKind, context: TopUpContext) -> Node {
    let (t, common) = (TopUpText::current(), Common::current());
    let card = &context.card;
    let back = Route::Card(card.id.clone()).to_string();
    if let Some(next) = CardText::current().next_step(card.status) {
        return view! {
            <Notice tone=Tone::Danger word=[t.no_money, " · ", common.card_status(card.status)].concat() alert=true>
                <p>{next}</p>
            </Notice>
            <Actions>
                <ButtonLink href=Route::ServicePoints.to_string() label=FrameText::current().tab_points action="service-points"/>
                <ButtonLink href=back label=t.back_to_card variant=ButtonVariant::Default action="back-to-card"/>
            </Actions>
        };
    }
    let Some(wallet) = context.wallet.clone() else {
        return view! {
            <Empty title=t.no_wallet icon=Icon::Card>
                <ButtonLink href=back label=t.back_to_card action="back-to-card"/>
            </Empty>
        };
    };
    let lead = fill(
        t.lead,
        &[
            common.issuer(card.issuer),
            &number_ending(common, &card.card_no_masked),
            common.wallet(kind),
        ],
    );
    let unpaid = context.unpaid.is_some();
    // What is on the card, and what this amount makes of it. Not where other money waits to be collected:
    // that arrives in the same tap.
    let balance = move || {
        let OnCard { amount, waits } = form.on_card.get()?;
        let now = fill(t.on_card, &[&yuan(amount)]);
        let typed = form.amount.text().with(|typed| flow::check(typed, None));
        let after = typed.ok().filter(|_| !waits).map(|typed| {
            let after = Fen::new(amount.get().saturating_add(typed.get()));
            fill(t.on_card_after, &[&yuan(after)])
        });
        let line = view! { <span class="balance num">{now}{after}</span> };
        Some(line)
    };
    let part = Memo::new(move |_| {
        form.flow.with(|flow| match flow.step() {
            Step::Entering | Step::Reviewing if unpaid => Part::Unpaid,
            Step::Entering => Part::Form,
            Step::Reviewing | Step::Sending | Step::Stopped(_) | Step::Placed(_) => Part::Review,
        })
    });
    view! {
        <p class="lead">{lead}{balance}</p>
        {move || match part.get() {
            Part::Unpaid => unpaid_order(t, context.unpaid.as_ref()),
            Part::Form => form::amount_form(form, &context, &wallet),
            Part::Review => review::review(form, &context, &wallet),
        }}
    }
}

/// Links to the unpaid order for this card and wallet, instead of creating another.
fn unpaid_order(t: &'static TopUpText, order: Option<&(OrderId, Fen, Timestamp)>) -> Node {
    let Some((id, amount, pay_by)) = order else {
        return Node::Nothing;
    };
    let text = fill(t.unpaid_text, &[&yuan(*amount), &clock(*pay_by)]);
    let href = Route::Order(id.clone()).to_string();
    view! {
        <Notice tone=Tone::Warn word=t.unpaid_title>
            <p>{text}</p>
        </Notice>
        <Actions>
            <ButtonLink href label=t.open_unpaid action="open-order"/>
        </Actions>
    }
}
