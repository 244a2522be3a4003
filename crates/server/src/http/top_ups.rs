use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use dika_contract::top_up::ContinueTopUp;
use dika_contract::{
    CardId, CreateTopUp, ErrorCode, IdempotencyKey, OrderId, PayChannel, TopUp, TopUpPage, endpoint,
};
use serde::Deserialize;

use crate::http::calendar;
use crate::http::channel::channel_of;
use crate::http::page_read::PageRead;
use crate::http::problem::ApiError;
use crate::http::request::{ClientIp, Id, Json, Query};
use crate::http::state::HttpState;
use crate::http::visitor::{SignedIn, Writer};
use crate::language;
use crate::services::place_order::{Placed, place};
use crate::services::show_orders::Listing;
use crate::services::{change_order, remind, show_orders, start_payment};
use dika_contract::Language;

/// Where orders are.
pub fn router() -> Router<HttpState> {
    Router::new()
        .route(endpoint::TOP_UPS, get(list).post(create))
        .route(endpoint::TOP_UP, get(show))
        .route(endpoint::TOP_UP_CANCEL, post(cancel))
        .route(endpoint::TOP_UP_CONTINUE, post(continue_payment))
        .route(endpoint::TOP_UP_CONFIRM_CLAIM, post(confirm_claim))
        .route(endpoint::TOP_UP_CALENDAR, get(calendar_file))
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
    State(state): State<HttpState>,
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
    let channel = channel(body.channel, &headers);
    let payer = start_payment::payer(&state.services, &visitor, channel, address)?;
    let (top_up, placed) = place(&state.services, &visitor, &body, &key, payer).await?;
    let status = match placed {
        Placed::Now => StatusCode::CREATED,
        Placed::Before => StatusCode::OK,
    };
    Ok((status, axum::Json(top_up)))
}

async fn list(
    State(state): State<HttpState>,
    SignedIn(visitor): SignedIn,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<TopUpPage>, ApiError> {
    let listing = Listing {
        cursor: query.cursor,
        limit: query.limit,
        open: query.open,
        card_id: query.card_id,
    };
    let page = show_orders::list(&state.services, &visitor, listing).await?;
    Ok(axum::Json(page))
}

async fn show(
    State(state): State<HttpState>,
    SignedIn(visitor): SignedIn,
    Id(id): Id<OrderId>,
    page_read: Option<Extension<PageRead>>,
) -> Result<axum::Json<TopUp>, ApiError> {
    let top_up = match page_read {
        // The page asks again, and the provider is asked then.
        Some(_) => show_orders::as_kept(&state.services, &visitor, &id).await?,
        None => show_orders::show(&state.services, &visitor, &id).await?,
    };
    Ok(axum::Json(top_up))
}

async fn cancel(
    State(state): State<HttpState>,
    Writer(visitor): Writer,
    Id(id): Id<OrderId>,
) -> Result<axum::Json<TopUp>, ApiError> {
    let top_up = change_order::cancel(&state.services, &visitor, &id).await?;
    Ok(axum::Json(top_up))
}

async fn continue_payment(
    State(state): State<HttpState>,
    Writer(visitor): Writer,
    ClientIp(address): ClientIp,
    Id(id): Id<OrderId>,
    headers: HeaderMap,
    Json(body): Json<ContinueTopUp>,
) -> Result<axum::Json<TopUp>, ApiError> {
    let channel = channel(body.channel, &headers);
    let payer = start_payment::payer(&state.services, &visitor, channel, address)?;
    let top_up = change_order::continue_payment(&state.services, &visitor, &id, payer).await?;
    Ok(axum::Json(top_up))
}

async fn confirm_claim(
    State(state): State<HttpState>,
    Writer(visitor): Writer,
    Id(id): Id<OrderId>,
) -> Result<axum::Json<TopUp>, ApiError> {
    let top_up = change_order::confirm_claim(&state.services, &visitor, &id).await?;
    Ok(axum::Json(top_up))
}

/// A reminder of the end of the time to collect, for a calendar; 404 where there is no such end.
async fn calendar_file(
    State(state): State<HttpState>,
    SignedIn(visitor): SignedIn,
    Id(id): Id<OrderId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let waiting = remind::collect_by(&state.services, &visitor, &id).await?;
    let fen = waiting.amount.get();
    let amount = format!("¥{}.{:02}", fen / 100, fen % 100);
    let (summary, description) = match language::of(&headers) {
        Language::Chinese => (
            format!("领取充值款 {amount}"),
            "过了时间钱不会丢：在订单页确认后可以再领。",
        ),
        Language::English => (
            format!("Collect {amount} onto your card"),
            "Nothing is lost after this time: confirm on the order’s page, then collect.",
        ),
    };
    let origin = state.settings.public_origin.as_deref().unwrap_or_default();
    let file = calendar::file(&calendar::Entry {
        order_id: &id,
        now: state.services.clock.now(),
        collect_by: waiting.end,
        summary: &summary,
        description,
        url: &format!("{origin}/orders/{id}"),
    });
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"dika.ics\"",
        ),
    ];
    Ok((headers, file).into_response())
}

/// The channel that was asked for, or the one that the user agent tells.
fn channel(wanted: PayChannel, headers: &HeaderMap) -> PayChannel {
    match wanted {
        PayChannel::Auto => channel_of(headers),
        named => named,
    }
}
