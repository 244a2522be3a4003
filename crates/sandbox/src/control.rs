//! Invented people, payments, terminals and time, for people at `/sandbox` and as JSON for tests.
//! Mounted only with `--sandbox`, which never starts beside real credentials.

/// WeChat's bridge, for pages that are tried under WeChat's name.
pub mod bridge;
/// The page where a payment is made or given up, as a provider's would be.
pub mod cashier;
/// A clock that can be moved.
pub mod clock;
/// Faults laid over the API.
pub mod faults;
/// The sandbox's provider: its payments live in the database, a person or a test decides them.
pub mod gateway;
/// The page at `/sandbox`.
pub mod page;
/// What both pages are made of: frame, words in two languages, escaping.
mod paper;
/// Who there is.
pub mod people;

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use dika_contract::{ErrorCode, Fen, Issuer, OrderId, Phone, SmsCode, TerminalKind, Timestamp};
use serde::{Deserialize, Serialize};

use crate::AppState;
use crate::directory::HOURS_PREFIX;
use crate::error::ApiError;
use crate::request::{Asked, Id, Json as Wire};
use crate::sandbox::gateway::{Decision, decide};
use crate::services::reconcile;
use crate::top_ups;
use dika_core::clock::Clock;
use dika_core::sms::{Outcome, Refusal, SmsSender};
use dika_store::Store;

/// How far the clock may be moved at once: ten years.
const LONGEST_ADVANCE_S: i64 = 315_360_000;
/// The setting that tells a sandbox's database.
const MARK: &str = "sandbox";

/// The sandbox's addresses.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/sandbox", get(page::show))
        .route("/sandbox/", get(page::show))
        .route("/sandbox/assets/{file}", get(paper::asset))
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

/// Makes sure that a database is a sandbox's own: a reset would empty any other.
///
/// # Errors
/// One plain sentence where the database holds something else.
pub async fn mark(store: &Store) -> anyhow::Result<()> {
    if store.setting(MARK).await?.is_some() {
        return Ok(());
    }
    if !store.holds_nobody().await? {
        anyhow::bail!(
            "This database is not a sandbox's; give the sandbox a folder of its own with --data."
        );
    }
    Ok(store.set_setting(MARK, "1").await?)
}

/// Makes sure that a database is no sandbox's: its people and money are invented.
///
/// # Errors
/// One plain sentence where it is.
pub async fn refuse_marked(store: &Store) -> anyhow::Result<()> {
    if store.setting(MARK).await?.is_some() {
        anyhow::bail!(
            "This database is a sandbox's; give the server a folder of its own with --data."
        );
    }
    Ok(())
}

/// The sandbox's SMS provider: an inbox that anybody may read.
#[derive(Clone, Debug)]
pub struct SandboxSms {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl SandboxSms {
    /// Keeps messages in this database.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }
}

#[async_trait]
impl SmsSender for SandboxSms {
    async fn send(&self, phone: &Phone, code: &SmsCode) -> Outcome {
        let now = self.clock.now();
        let put = self.store.sms_put(phone.as_str(), code.as_str(), now).await;
        match put {
            Ok(()) => Outcome::Sent,
            Err(fault) => Outcome::Refused(Refusal::Other(fault.to_string())),
        }
    }
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
    State(state): State<AppState>,
    Asked(of): Asked<SmsOf>,
) -> Result<Json<LatestSms>, ApiError> {
    let code = state.store.sms_latest(&of.phone).await?;
    code.map(|code| Json(LatestSms { code }))
        .ok_or(ErrorCode::NotFound.into())
}

async fn list_payments(
    State(state): State<AppState>,
) -> Result<Json<Vec<PendingPayment>>, ApiError> {
    let pending = state.store.pending_payments().await?;
    let shown = pending.into_iter().map(|payment| PendingPayment {
        order_id: payment.order_id,
        amount_fen: payment.amount,
        outcome: payment.outcome,
    });
    Ok(Json(shown.collect()))
}

async fn decide_payment(
    State(state): State<AppState>,
    Id(order): Id<OrderId>,
    Wire(decision): Wire<PaymentDecision>,
) -> Result<StatusCode, ApiError> {
    let decision = match decision.outcome {
        OutcomeWord::Paid => Decision::Paid,
        OutcomeWord::Cancelled => Decision::Cancelled,
        OutcomeWord::Failed => Decision::Failed,
        OutcomeWord::Silent => Decision::Silent,
    };
    decide(&state, &order, decision).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn tap(
    State(state): State<AppState>,
    Wire(tap): Wire<TapOf>,
) -> Result<Json<TapAnswer>, ApiError> {
    if tap.terminal == TerminalKind::Other {
        return Err(ErrorCode::InvalidRequest.into());
    }
    let answer = top_ups::tap(&state, &tap.card_no, tap.terminal).await?;
    Ok(Json(TapAnswer {
        released: answer.released,
        amount_fen: answer.amount,
        reason: answer.reason.as_str(),
    }))
}

async fn read_clock(State(state): State<AppState>) -> Json<ClockAnswer> {
    Json(clock(&state))
}

async fn move_clock(
    State(state): State<AppState>,
    Wire(step): Wire<MoveClock>,
) -> Result<Json<ClockAnswer>, ApiError> {
    // Never back: what has happened would lie in the future.
    if !(0..=LONGEST_ADVANCE_S).contains(&step.advance_s) {
        return Err(ErrorCode::InvalidRequest.into());
    }
    let offset = state.movable.advance(step.advance_s);
    state.store.set_clock_offset(offset).await?;
    // What is due now happens now, and not within the next seconds.
    reconcile::sweep(&state).await?;
    Ok(Json(clock(&state)))
}

fn clock(state: &AppState) -> ClockAnswer {
    ClockAnswer {
        now: state.clock.now(),
        offset_s: state.movable.offset_s(),
    }
}

/// When top-ups for an issuer's cards are taken, in minutes of the day in China.
async fn set_hours(
    State(state): State<AppState>,
    Wire(hours): Wire<Hours>,
) -> Result<StatusCode, ApiError> {
    if hours.issuer == Issuer::Other || hours.from_min >= hours.to_min || hours.to_min > 1440 {
        return Err(ErrorCode::InvalidRequest.into());
    }
    let key = format!("{HOURS_PREFIX}{}", hours.issuer);
    let value = format!("{}-{}", hours.from_min, hours.to_min);
    state.store.set_setting(&key, &value).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_faults(State(state): State<AppState>) -> Json<Vec<faults::Fault>> {
    Json(state.faults.list())
}

async fn add_fault(
    State(state): State<AppState>,
    Wire(fault): Wire<faults::Fault>,
) -> Result<StatusCode, ApiError> {
    if let Some(complaint) = fault.complaint() {
        return Err(ApiError::new(ErrorCode::InvalidRequest).because(anyhow::anyhow!(complaint)));
    }
    state.faults.add(fault);
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_faults(State(state): State<AppState>) -> StatusCode {
    state.faults.clear();
    StatusCode::NO_CONTENT
}

/// Back to the first day: people, books and clock as they were, everybody signed out, no faults.
async fn reset(State(state): State<AppState>) -> Result<StatusCode, ApiError> {
    state.faults.clear();
    state.store.reset().await?;
    state.store.set_setting(MARK, "1").await?;
    state.movable.set_offset(0);
    people::seed(&state).await.map_err(ApiError::internal)?;
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
