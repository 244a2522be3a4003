//! The sandbox's addresses: the pages for people, and JSON for tests.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use dika_contract::{ErrorCode, Fen, Issuer, OrderId, TerminalKind, Timestamp};
use dika_core::clock::Clock;
use dika_server::http::problem::ApiError;
use dika_server::http::request::{Id, Json as Wire, Query};
use dika_server::services::reconcile;
use serde::{Deserialize, Serialize};

use crate::directory::HOURS_PREFIX;
use crate::gateway::Decision;
use crate::payments::decide;
use crate::sandbox::Sandbox;
use crate::{cashier, desk, faults, layout, mark, people, terminals};

/// How far the clock may be moved at once: ten years.
const LONGEST_ADVANCE_S: i64 = 315_360_000;

/// The sandbox's addresses.
pub fn router() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox", get(desk::show))
        .route("/sandbox/", get(desk::show))
        .route("/sandbox/assets/{file}", get(layout::asset))
        .route("/sandbox/people", get(list_people))
        .route("/sandbox/sms", get(latest_sms))
        .route("/sandbox/payments", get(list_payments))
        .route("/sandbox/payments/{order_id}", post(decide_payment))
        .route("/sandbox/taps", post(tap))
        .route("/sandbox/clock", get(read_clock).post(move_clock))
        .route(
            "/sandbox/faults",
            get(list_faults).post(add_fault).delete(clear_faults),
        )
        .route("/sandbox/hours", post(set_hours))
        .route("/sandbox/reset", post(reset))
        .route(
            "/sandbox/cashier/{order_id}",
            get(cashier::show).post(cashier::decide),
        )
        .layer(from_fn(own_pages_only))
}

#[derive(Deserialize)]
struct SmsOf {
    phone: String,
}

#[derive(Serialize)]
struct LatestSms {
    code: String,
}

#[derive(Serialize)]
struct PendingPayment {
    order_id: OrderId,
    amount_fen: Fen,
    outcome: String,
}

#[derive(Deserialize)]
struct PaymentDecision {
    outcome: OutcomeWord,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OutcomeWord {
    Paid,
    Cancelled,
    Failed,
    Silent,
}

#[derive(Deserialize)]
struct TapOf {
    card_no: String,
    terminal: TerminalKind,
}

#[derive(Serialize)]
struct TapAnswer {
    released: Vec<OrderId>,
    amount_fen: Fen,
    reason: &'static str,
}

#[derive(Deserialize)]
struct Hours {
    issuer: Issuer,
    from_min: u16,
    to_min: u16,
}

#[derive(Deserialize)]
struct MoveClock {
    advance_s: i64,
}

#[derive(Serialize)]
struct ClockAnswer {
    now: Timestamp,
    offset_s: i64,
}

async fn list_people() -> Json<Vec<people::PersonCard>> {
    Json(people::PEOPLE.iter().map(people::Person::shown).collect())
}

async fn latest_sms(
    State(sandbox): State<Sandbox>,
    Query(of): Query<SmsOf>,
) -> Result<Json<LatestSms>, ApiError> {
    let code = sandbox.tables().latest_sms(&of.phone).await?;
    code.map(|code| Json(LatestSms { code }))
        .ok_or(ErrorCode::NotFound.into())
}

async fn list_payments(
    State(sandbox): State<Sandbox>,
) -> Result<Json<Vec<PendingPayment>>, ApiError> {
    let pending = sandbox.tables().pending_payments().await?;
    let shown = pending.into_iter().map(|payment| PendingPayment {
        order_id: payment.order_id,
        amount_fen: payment.amount,
        outcome: payment.outcome,
    });
    Ok(Json(shown.collect()))
}

async fn decide_payment(
    State(sandbox): State<Sandbox>,
    Id(order): Id<OrderId>,
    Wire(decision): Wire<PaymentDecision>,
) -> Result<StatusCode, ApiError> {
    let decision = match decision.outcome {
        OutcomeWord::Paid => Decision::Paid,
        OutcomeWord::Cancelled => Decision::Cancelled,
        OutcomeWord::Failed => Decision::Failed,
        OutcomeWord::Silent => Decision::Silent,
    };
    decide(&sandbox, &order, decision).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn tap(
    State(sandbox): State<Sandbox>,
    Wire(tap): Wire<TapOf>,
) -> Result<Json<TapAnswer>, ApiError> {
    if tap.terminal == TerminalKind::Other {
        return Err(ErrorCode::InvalidRequest.into());
    }
    let answer = terminals::tap(&sandbox, &tap.card_no, tap.terminal).await?;
    Ok(Json(TapAnswer {
        released: answer.released,
        amount_fen: answer.amount,
        reason: answer.reason.as_str(),
    }))
}

async fn read_clock(State(sandbox): State<Sandbox>) -> Json<ClockAnswer> {
    Json(clock(&sandbox))
}

async fn move_clock(
    State(sandbox): State<Sandbox>,
    Wire(step): Wire<MoveClock>,
) -> Result<Json<ClockAnswer>, ApiError> {
    // Never back: what has happened would lie in the future.
    if !(0..=LONGEST_ADVANCE_S).contains(&step.advance_s) {
        return Err(ErrorCode::InvalidRequest.into());
    }
    let offset = sandbox.clock.advance(step.advance_s);
    sandbox.tables().set_clock_offset(offset).await?;
    // What is due now happens now, and not within the next seconds.
    reconcile::sweep(&sandbox.services()).await?;
    Ok(Json(clock(&sandbox)))
}

fn clock(sandbox: &Sandbox) -> ClockAnswer {
    ClockAnswer {
        now: sandbox.clock.now(),
        offset_s: sandbox.clock.offset_s(),
    }
}

/// When top-ups for an issuer's cards are taken, in minutes of the day in China.
async fn set_hours(
    State(sandbox): State<Sandbox>,
    Wire(hours): Wire<Hours>,
) -> Result<StatusCode, ApiError> {
    if hours.issuer == Issuer::Other || hours.from_min >= hours.to_min || hours.to_min > 1440 {
        return Err(ErrorCode::InvalidRequest.into());
    }
    let key = format!("{HOURS_PREFIX}{}", hours.issuer);
    let value = format!("{}-{}", hours.from_min, hours.to_min);
    sandbox.store.set_setting(&key, &value).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_faults(State(sandbox): State<Sandbox>) -> Json<Vec<faults::Fault>> {
    Json(sandbox.faults.list())
}

async fn add_fault(
    State(sandbox): State<Sandbox>,
    Wire(fault): Wire<faults::Fault>,
) -> Result<StatusCode, ApiError> {
    if let Some(complaint) = fault.complaint() {
        return Err(ApiError::new(ErrorCode::InvalidRequest).because(anyhow::anyhow!(complaint)));
    }
    sandbox.faults.add(fault);
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_faults(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.faults.clear();
    StatusCode::NO_CONTENT
}

/// Restores the first day: people, books and clock as they were, everybody signed out, no faults.
async fn reset(State(sandbox): State<Sandbox>) -> Result<StatusCode, ApiError> {
    sandbox.faults.clear();
    sandbox.tables().reset().await?;
    mark::set(&sandbox.store).await?;
    sandbox.clock.set_offset(0);
    people::seed(&sandbox).await.map_err(ApiError::internal)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Nobody but the sandbox's own pages, and clients that are no browsers, may change anything here.
/// Also keeps every answer out of caches.
async fn own_pages_only(request: Request, next: Next) -> Response {
    let writes = !request.method().is_safe();
    if writes && !is_own(request.headers()) {
        return ApiError::new(ErrorCode::CsrfRejected).into_response();
    }
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Whether the request names no origin, or the one that it goes to.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    match (
        headers.get(header::ORIGIN),
        text(header::ORIGIN),
        text(header::HOST),
    ) {
        (None, ..) => true,
        (Some(_), Some(origin), Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, authority)| authority == host),
        _ => false,
    }
}
