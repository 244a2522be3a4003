use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    faults::FaultRule,
    handle::SimHandle,
    notices::{Forgery, ReleaseOrder},
    shared::Shared,
    users::SimUser,
};

/// `/sim/control/…`: what tests and people change from outside. Answers JSON; a refusal is 409 with `error`.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/state", get(state))
        .route("/behaviour", get(behaviour).post(set_behaviour))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/calls", get(calls))
        .route("/users", get(users).post(add_user))
        .route("/trades", get(trades))
        .route("/trades/{no}", get(trade))
        .route("/trades/{no}/pay", post(pay))
        .route("/trades/{no}/close", post(close))
        .route("/trades/{no}/refund", post(console_refund))
        .route("/refunds", get(refunds))
        .route("/messages", get(messages))
        .route("/notices", get(notices))
        .route("/notices/release", post(release))
        .route("/notices/forge", post(forge))
        .route("/notices/replay", post(replay))
        .route("/tokens/kill", post(kill_tokens))
        .route("/clock/advance", post(advance))
        .route("/client-settings", get(client_settings))
        .route("/reset", post(reset))
}

type Sim = State<Arc<Shared>>;

fn handle(sim: Arc<Shared>) -> SimHandle {
    SimHandle::new(sim)
}

fn outcome<T: serde::Serialize>(result: anyhow::Result<T>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(error) => (
            StatusCode::CONFLICT,
            Json(json!({ "error": error.to_string() })),
        )
            .into_response(),
    }
}

async fn state(State(sim): Sim) -> Json<Value> {
    let world = sim.world();
    Json(json!({
        "now_ms": world.now_ms(),
        "behaviour": world.behaviour,
        "faults": world.faults,
        "calls": world.calls,
        "trades": world.trades.len(),
        "notices_waiting": world.pending.len(),
        "notices_sent": world.sent.len(),
    }))
}

async fn behaviour(State(sim): Sim) -> Json<Value> {
    Json(json!(sim.world().behaviour))
}

/// Lays the fields given over those in force; `notify` likewise, field by field.
async fn set_behaviour(State(sim): Sim, Json(given): Json<Value>) -> Response {
    let mut world = sim.world();
    let mut whole = json!(world.behaviour);
    merge(&mut whole, &given);
    match serde_json::from_value(whole) {
        Ok(behaviour) => {
            world.behaviour = behaviour;
            drop(world);
            sim.wake.notify_one();
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => outcome::<()>(Err(error.into())),
    }
}

fn merge(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                merge(under.entry(name.as_str()).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

async fn faults(State(sim): Sim) -> Json<Vec<FaultRule>> {
    Json(sim.world().faults.clone())
}

async fn add_fault(State(sim): Sim, Json(rule): Json<FaultRule>) -> StatusCode {
    sim.world().faults.push(rule);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(sim): Sim) -> StatusCode {
    sim.world().faults.clear();
    StatusCode::NO_CONTENT
}

async fn calls(State(sim): Sim) -> Json<Value> {
    Json(json!(sim.world().calls))
}

async fn users(State(sim): Sim) -> Json<Value> {
    Json(json!(sim.world().users))
}

async fn add_user(State(sim): Sim, Json(user): Json<SimUser>) -> Json<Value> {
    Json(json!({ "user": handle(sim).add_user(user) }))
}

async fn trades(State(sim): Sim) -> Json<Value> {
    Json(json!(sim.world().trades.values().collect::<Vec<_>>()))
}

async fn trade(State(sim): Sim, Path(no): Path<String>) -> Response {
    outcome(
        handle(sim)
            .trade(&no)
            .ok_or_else(|| anyhow::anyhow!("no order {no}")),
    )
}

#[derive(Deserialize, Default)]
struct PayParams {
    /// Let the payment win over a close.
    #[serde(default)]
    late: bool,
}

async fn pay(State(sim): Sim, Path(no): Path<String>, Query(params): Query<PayParams>) -> Response {
    let sim = handle(sim);
    outcome(if params.late {
        sim.pay_late(&no)
    } else {
        sim.pay(&no)
    })
}

async fn close(State(sim): Sim, Path(no): Path<String>) -> Response {
    outcome(handle(sim).close(&no))
}

#[derive(Deserialize)]
struct RefundBody {
    /// How much goes back, in fen.
    fen: i64,
}

async fn console_refund(
    State(sim): Sim,
    Path(no): Path<String>,
    Json(body): Json<RefundBody>,
) -> Response {
    outcome(
        handle(sim)
            .console_refund(&no, body.fen)
            .map(|number| json!({ "out_refund_no": number })),
    )
}

async fn refunds(State(sim): Sim) -> Json<Value> {
    Json(json!(sim.world().refunds.values().collect::<Vec<_>>()))
}

async fn messages(State(sim): Sim) -> Json<Value> {
    Json(json!(sim.world().messages))
}

async fn notices(State(sim): Sim) -> Json<Value> {
    Json(json!(sim.world().sent))
}

#[derive(Deserialize)]
struct ReleaseBody {
    order: ReleaseOrder,
}

async fn release(State(sim): Sim, Json(body): Json<ReleaseBody>) -> Json<Value> {
    Json(json!({ "released": handle(sim).release(body.order) }))
}

#[derive(Deserialize)]
struct ForgeBody {
    out_trade_no: String,
    forgery: Forgery,
}

async fn forge(State(sim): Sim, Json(body): Json<ForgeBody>) -> Response {
    outcome(
        handle(sim)
            .send_forged(&body.out_trade_no, body.forgery)
            .await
            .map(|status| json!({ "status": status })),
    )
}

#[derive(Deserialize)]
struct ReplayBody {
    /// Place in the list of notifications sent.
    notice: usize,
}

async fn replay(State(sim): Sim, Json(body): Json<ReplayBody>) -> Response {
    outcome(
        handle(sim)
            .replay(body.notice)
            .await
            .map(|status| json!({ "status": status })),
    )
}

async fn kill_tokens(State(sim): Sim) -> StatusCode {
    handle(sim).kill_tokens();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct AdvanceBody {
    seconds: i64,
}

async fn advance(State(sim): Sim, Json(body): Json<AdvanceBody>) -> Json<Value> {
    let sim = handle(sim);
    sim.advance(body.seconds);
    Json(json!({ "now_ms": sim.now_ms() }))
}

async fn client_settings(
    State(sim): Sim,
    Query(params): Query<HashMap<String, String>>,
) -> Response {
    let notify_url = params
        .get("notify_url")
        .map(String::as_str)
        .unwrap_or_default();
    Json(handle(sim).settings(notify_url)).into_response()
}

async fn reset(State(sim): Sim) -> StatusCode {
    handle(sim).reset();
    StatusCode::NO_CONTENT
}
