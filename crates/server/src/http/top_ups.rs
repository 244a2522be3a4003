use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use dika_contract::directory::{IssuerInfo, Limits, ServiceHours};
use dika_contract::top_up::{ContinueTopUp, TimelineEntry};
use dika_contract::{
    CardId, CardStatus, ClaimState, CreateTopUp, ErrorCode, Fen, IdempotencyKey, MaskedIdentity,
    OrderId, PayChannel, PaymentPrompt, PaymentState, Timestamp, TopUp, TopUpPage, endpoint,
};
use serde::Deserialize;
use tokio::time::timeout;

use crate::cards::bound;
use crate::directory;
use crate::error::ApiError;
use crate::request::{ClientIp, Id, Json, Query};
use crate::services::reconcile::{self, happen, look, refused};
use crate::services::time_limits::in_time;
use crate::session::{SignedIn, Writer};
use crate::state::AppState;
use dika_core::digest::digest;
use dika_core::order::{Event, PAY_WITHIN_S, claim, payment};
use dika_core::payment_gateway::{Charge, GatewayFault};
use dika_store::cards::CardRow;
use dika_store::orders::{NewOrder, OrderFilter, OrderRow, account_lock};
use dika_store::users::Visitor;

const DAY_S: i64 = 86_400;
const CHINA_S: i64 = 8 * 3_600;
const PAGE: i64 = 20;
const MOST_PER_PAGE: i64 = 100;
/// How long a provider is waited for when a payment is started.
const START_PATIENCE: Duration = Duration::from_secs(8);

/// Where orders are.
pub fn router() -> Router<AppState> {
    Router::new()
        .route(endpoint::TOP_UPS, get(list).post(create))
        .route(endpoint::TOP_UP, get(view_one))
        .route(endpoint::TOP_UP_CANCEL, post(cancel))
        .route(endpoint::TOP_UP_CONTINUE, post(go_on))
        .route(endpoint::TOP_UP_CONFIRM_CLAIM, post(confirm_claim))
}

/// Which orders to list.
#[derive(Deserialize)]
struct ListQuery {
    cursor: Option<OrderId>,
    limit: Option<i64>,
    #[serde(default)]
    open: bool,
    card_id: Option<CardId>,
}

async fn create(
    State(state): State<AppState>,
    Writer(visitor): Writer,
    ClientIp(address): ClientIp,
    headers: HeaderMap,
    Json(body): Json<CreateTopUp>,
) -> Result<(StatusCode, axum::Json<TopUp>), ApiError> {
    let key = headers
        .get(endpoint::IDEMPOTENCY_HEADER)
        .and_then(|key| key.to_str().ok())
        .and_then(IdempotencyKey::parse)
        .ok_or(ErrorCode::IdempotencyKeyMissing)?;
    let payer = payer(&state, &visitor, body.channel, &headers, address)?;
    // Where the student stands may change between two tries of one intent; what is bought may not.
    let digest = digest(&[
        body.card_id.as_str(),
        body.wallet.as_str(),
        &body.amount_fen.get().to_string(),
    ]);
    let before = state
        .store
        .order_by_key(&visitor.user_id, key.as_str())
        .await?;
    let (order, status) = match before {
        Some(order) => (order, StatusCode::OK),
        None => store_order(&state, &visitor, &body, &key, &digest).await?,
    };
    if order.body_digest != digest {
        return Err(ApiError::new(ErrorCode::IdempotencyKeyReused).order(order.id));
    }
    let (order, prompt) = if order.state.payment.is_open() {
        let (order, prompt) = start(&state, order, payer).await?;
        (order, Some(prompt))
    } else {
        (order, None)
    };
    Ok((status, axum::Json(shown(&state, order, prompt).await?)))
}

async fn list(
    State(state): State<AppState>,
    SignedIn(visitor): SignedIn,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<TopUpPage>, ApiError> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=MOST_PER_PAGE).contains(&limit) {
        return Err(ErrorCode::InvalidRequest.into());
    }
    let filter = OrderFilter {
        before: query.cursor,
        card_id: query.card_id,
        open: query.open,
        // One more tells whether there is another page.
        limit: limit + 1,
    };
    let mut rows = state.store.list_orders(&visitor.user_id, &filter).await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next_cursor = rows.last().filter(|_| more).map(|row| row.id.to_string());
    Ok(axum::Json(TopUpPage {
        items: all_shown(&state, &visitor.user_id, rows).await?,
        next_cursor,
    }))
}

async fn view_one(
    State(state): State<AppState>,
    SignedIn(visitor): SignedIn,
    Id(id): Id<OrderId>,
) -> Result<axum::Json<TopUp>, ApiError> {
    let mut order = own(&state, &visitor, &id).await?;
    let decided = matches!(
        order.state.payment,
        PaymentState::Closed | PaymentState::Failed | PaymentState::Refunded
    ) || (order.state.settled
        && !order.state.claim.is_open()
        && order.state.payment == PaymentState::Paid);
    if !decided {
        order = look(&state, order).await?;
    }
    Ok(axum::Json(shown(&state, order, None).await?))
}

async fn cancel(
    State(state): State<AppState>,
    Writer(visitor): Writer,
    Id(id): Id<OrderId>,
) -> Result<axum::Json<TopUp>, ApiError> {
    let order = own(&state, &visitor, &id).await?;
    let refuse = |order: &OrderRow| {
        payment::may_cancel(order.state.payment).map_err(|refusal| refused(refusal, &order.id))
    };
    refuse(&order)?;
    let order = if order.state.payment.is_open() {
        reconcile::close(&state, order).await?
    } else {
        order
    };
    refuse(&order)?;
    Ok(axum::Json(shown(&state, order, None).await?))
}

async fn go_on(
    State(state): State<AppState>,
    Writer(visitor): Writer,
    ClientIp(address): ClientIp,
    Id(id): Id<OrderId>,
    headers: HeaderMap,
    Json(body): Json<ContinueTopUp>,
) -> Result<axum::Json<TopUp>, ApiError> {
    let payer = payer(&state, &visitor, body.channel, &headers, address)?;
    let order = look(&state, own(&state, &visitor, &id).await?).await?;
    // The card may have been lost since the order was made.
    if order.state.payment.is_open() {
        let card = bound(&state, &visitor.user_id, &order.card_id).await?;
        takes_money(&state, &card.ok_or(ErrorCode::IdentityNotConfirmed)?).await?;
    }
    let (order, prompt) = start(&state, order, payer).await?;
    Ok(axum::Json(shown(&state, order, Some(prompt)).await?))
}

async fn confirm_claim(
    State(state): State<AppState>,
    Writer(visitor): Writer,
    Id(id): Id<OrderId>,
) -> Result<axum::Json<TopUp>, ApiError> {
    let order = look(&state, own(&state, &visitor, &id).await?).await?;
    let now = state.clock.now();
    let step = claim::step(
        &order.state,
        claim::Event::Confirmed,
        &order.claim_rule,
        now,
    )
    .map_err(|refusal| refused(refusal, &order.id))?;
    // The card system first: where only that is done, the student confirms once more, which is harmless.
    in_time(state.cards.reopen(order.issuer, &order.id, step.claim_by)).await?;
    let order = happen(&state, order, Event::Claim(claim::Event::Confirmed)).await?;
    Ok(axum::Json(shown(&state, order, None).await?))
}

/// Who pays, and from where.
struct Payer {
    /// Never [`PayChannel::Auto`].
    channel: PayChannel,
    openid: Option<String>,
    address: Option<String>,
}

/// Finds out who pays, before anything is stored.
///
/// Inside WeChat the payer is the one whom this browser's session proved. A session begun by phone
/// has proven nobody: it is told to sign in again, which inside WeChat happens by WeChat and keeps
/// the account.
fn payer(
    state: &AppState,
    visitor: &Visitor,
    wanted: PayChannel,
    headers: &HeaderMap,
    address: Option<String>,
) -> Result<Payer, ApiError> {
    let channel = match wanted {
        PayChannel::Auto => crate::wechat::channel_of(headers),
        said => said,
    };
    // Never the account's from elsewhere: this may be another person's WeChat.
    let openid = visitor.openid.clone();
    if channel == PayChannel::Jsapi && openid.is_none() && state.wechat.is_some() {
        return Err(ErrorCode::SessionExpired.into());
    }
    Ok(Payer {
        channel,
        openid,
        address,
    })
}

async fn own(state: &AppState, visitor: &Visitor, id: &OrderId) -> Result<OrderRow, ApiError> {
    let order = state.store.user_order(&visitor.user_id, id).await?;
    Ok(order.ok_or(ErrorCode::NotFound)?)
}

/// Checks the wish against every rule and stores the order. Gives the order that the key made before
/// where another call with the same key was faster.
async fn store_order(
    state: &AppState,
    visitor: &Visitor,
    body: &CreateTopUp,
    key: &IdempotencyKey,
    digest: &str,
) -> Result<(OrderRow, StatusCode), ApiError> {
    let card = bound(state, &visitor.user_id, &body.card_id)
        .await?
        .ok_or(ErrorCode::IdentityNotConfirmed)?;
    let directory = directory::current(state).await?;
    let info = directory
        .issuer(card.issuer)
        .ok_or(ErrorCode::WalletUnknown)?;
    let wallet = directory
        .wallet(card.issuer, body.wallet)
        .ok_or(ErrorCode::WalletUnknown)?;
    // A wallet whose limits nobody has said takes nothing here.
    let limits = wallet.limits.as_ref().ok_or(ErrorCode::WalletUnknown)?;
    takes_money(state, &card).await?;
    let now = state.clock.now();
    within_hours(info, now)?;
    if body.amount_fen < limits.min_fen || body.amount_fen > limits.max_fen {
        return Err(ApiError::new(ErrorCode::AmountOutOfLimits)
            .min(limits.min_fen)
            .max(limits.max_fen));
    }

    let id = OrderId::parse(&state.ids.sortable_id(state.clock.now_micros()))
        .ok_or(ErrorCode::Internal)?;
    let new = NewOrder {
        id,
        user_id: visitor.user_id.clone(),
        card_id: card.id.clone(),
        issuer: card.issuer,
        wallet: body.wallet,
        amount: body.amount_fen,
        channel: body.channel,
        claim_rule: wallet.claim.clone(),
        created_at: now,
        pay_by: now.plus(PAY_WITHIN_S),
        key: key.to_string(),
        body_digest: digest.to_owned(),
    };
    let mut tx = state.store.write(&account_lock(&card.card_ref)).await?;
    let before = || async {
        let order = state
            .store
            .order_by_key(&visitor.user_id, key.as_str())
            .await?;
        Ok::<_, ApiError>(order.map(|order| (order, StatusCode::OK)))
    };
    // The same key side by side: the slower call finds the faster one's order.
    if let Some(before) = before().await? {
        return Ok(before);
    }
    if let Some(unpaid) = state
        .store
        .unpaid_order(&mut tx, &card.id, body.wallet)
        .await?
    {
        return Err(ApiError::new(ErrorCode::UnpaidOrderExists).order(unpaid));
    }
    let midnight = now.plus(-(now.unix() + CHINA_S).rem_euclid(DAY_S));
    let today = state
        .store
        .promised_since(&mut tx, &card.card_ref, body.wallet, midnight)
        .await?;
    let left_today = left(limits.daily_fen, today);
    if body.amount_fen > left_today {
        return Err(ApiError::new(ErrorCode::DailyLimitReached)
            .max(left_today)
            .retry_after(midnight.plus(DAY_S).since(now)));
    }
    let fits = fits(state, &card, body, limits)
        .await?
        .checked_sub(
            state
                .store
                .promised_undecided(&mut tx, &card.card_ref, body.wallet)
                .await?,
        )
        .map_or(Fen::ZERO, |fits| fits.max(Fen::ZERO));
    if body.amount_fen > fits {
        return Err(ApiError::new(ErrorCode::WalletCapExceeded).max(fits));
    }
    match state.store.add_order(&mut tx, &new).await? {
        Some(order) => {
            tx.commit().await?;
            Ok((order, StatusCode::CREATED))
        }
        // The same key for another card, side by side.
        None => before()
            .await?
            .ok_or_else(|| ErrorCode::IdempotencyKeyReused.into()),
    }
}

async fn takes_money(state: &AppState, card: &CardRow) -> Result<(), ApiError> {
    match in_time(state.cards.card(&card.card_ref)).await?.status {
        CardStatus::Active => Ok(()),
        status => Err(ApiError::card_status(status)),
    }
}

fn within_hours(info: &IssuerInfo, now: Timestamp) -> Result<(), ApiError> {
    let Some(ServiceHours { from_min, to_min }) = info.hours else {
        return Ok(());
    };
    let second = (now.unix() + CHINA_S).rem_euclid(DAY_S);
    let (from, to) = (i64::from(from_min) * 60, i64::from(to_min) * 60);
    if (from..to).contains(&second) {
        return Ok(());
    }
    let wait = (from - second).rem_euclid(DAY_S);
    Err(ApiError::new(ErrorCode::OutsideServiceHours).retry_after(wait))
}

/// What the wallet can hold more, by the card system's books.
async fn fits(
    state: &AppState,
    card: &CardRow,
    body: &CreateTopUp,
    limits: &Limits,
) -> Result<Fen, ApiError> {
    let balances = in_time(state.cards.balances(&card.card_ref)).await?;
    let wallet = balances
        .iter()
        .find(|wallet| wallet.kind == body.wallet)
        .ok_or(ErrorCode::WalletUnknown)?;
    let held = [wallet.on_card, wallet.waiting]
        .into_iter()
        .flatten()
        .map(|balance| balance.amount_fen);
    Ok(held.fold(limits.cap_fen, left))
}

fn left(most: Fen, used: Fen) -> Fen {
    most.checked_sub(used)
        .map_or(Fen::ZERO, |left| left.max(Fen::ZERO))
}

/// Asks the provider for a way to pay. The order is stored by now: whatever happens here, it can be
/// continued, cancelled and asked about.
async fn start(
    state: &AppState,
    order: OrderRow,
    payer: Payer,
) -> Result<(OrderRow, PaymentPrompt), ApiError> {
    payment::step(order.state.payment, payment::Event::Started)
        .map_err(|refusal| refused(refusal, &order.id))?;
    let directory = directory::current(state).await?;
    let card = directory
        .issuer(order.issuer)
        .map_or("", |info| &info.name.zh);
    let wallet = directory
        .wallet(order.issuer, order.wallet)
        .map_or("", |wallet| &wallet.name.zh);
    let charge = Charge {
        order_id: order.id.clone(),
        amount: order.amount,
        description: format!("{card} {wallet} 充值"),
        channel: payer.channel,
        pay_by: order.pay_by,
        payer: payer.openid,
        client_ip: payer.address,
    };
    let started = timeout(START_PATIENCE, state.gateway.start(&charge))
        .await
        .unwrap_or_else(|late| Err(GatewayFault::Silent(late.into())));
    match started {
        Ok(prompt) => {
            let order = happen(state, order, Event::Payment(payment::Event::Started)).await?;
            Ok((order, prompt))
        }
        Err(GatewayFault::Silent(cause) | GatewayFault::Refused(cause)) => {
            Err(ApiError::new(ErrorCode::PaymentUnavailable)
                .order(order.id)
                .because(cause))
        }
    }
}

async fn shown(
    state: &AppState,
    order: OrderRow,
    prompt: Option<PaymentPrompt>,
) -> Result<TopUp, ApiError> {
    let user_id = order.user_id.clone();
    let mut shown = all_shown(state, &user_id, vec![order]).await?;
    let mut top_up = shown.pop().ok_or(ErrorCode::Internal)?;
    top_up.prompt = prompt;
    Ok(top_up)
}

async fn all_shown(
    state: &AppState,
    user_id: &str,
    orders: Vec<OrderRow>,
) -> Result<Vec<TopUp>, ApiError> {
    let (Some(newest), Some(oldest)) = (orders.first(), orders.last()) else {
        return Ok(Vec::new());
    };
    let mut timelines = state
        .store
        .timelines(user_id, &oldest.id, &newest.id)
        .await?;
    let cards = state.store.cards_ever(user_id).await?;
    let now = state.clock.now();
    orders
        .into_iter()
        .map(|order| {
            let card = cards.iter().find(|card| card.id == order.card_id);
            let card = card.ok_or_else(|| {
                ApiError::internal(anyhow::anyhow!("order {} has no card", order.id))
            })?;
            let timeline = timelines.remove(order.id.as_str()).unwrap_or_default();
            Ok(top_up(order, card, timeline, now))
        })
        .collect()
}

fn top_up(order: OrderRow, card: &CardRow, timeline: Vec<TimelineEntry>, now: Timestamp) -> TopUp {
    // Time goes by without anybody writing it down: what has lapsed is shown as lapsed.
    let lapsed = order.state.claim == ClaimState::Waiting
        && order.state.claim_by.is_some_and(|end| now >= end);
    let holder: MaskedIdentity = card.identity.clone();
    TopUp {
        id: order.id,
        card_id: order.card_id,
        issuer: order.issuer,
        card_no_masked: card.card_no_masked.clone(),
        holder,
        wallet: order.wallet,
        amount_fen: order.amount,
        payment: order.state.payment,
        claim: if lapsed {
            ClaimState::NeedsConfirmation
        } else {
            order.state.claim
        },
        created_at: order.created_at,
        pay_by: order.pay_by,
        claim_by: order.state.claim_by,
        terminals: order.claim_rule.terminals,
        timeline,
        prompt: None,
    }
}
