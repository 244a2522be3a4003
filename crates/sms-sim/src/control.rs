use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    account,
    faults::FaultRule,
    messages::{Message, Provider},
    shared::Shared,
    world::World,
};

/// `/sim/control/…`: what tests and people change from outside, in JSON.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/state", get(state))
        .route("/messages", get(messages))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/limits", post(limits))
        .route("/clock/advance", post(advance))
        .route("/client-settings", get(settings))
        .route("/reset", post(reset))
}

type Sim = State<Arc<Shared>>;

/// The `[sms]` table with which a server reaches this simulator.
pub(crate) fn client_settings(base_url: &str, provider: Provider) -> Value {
    match provider {
        Provider::Aliyun => json!({
            "provider": "aliyun",
            "access_key_id": account::KEY_ID,
            "access_key_secret": account::SECRET,
            "sign_name": account::SIGN_NAME,
            "template_code": account::TEMPLATE_CODE,
            "template_params": { "code": "{code}", "minutes": "{minutes}" },
            "endpoint": base_url,
        }),
        Provider::Tencent => json!({
            "provider": "tencent",
            "secret_id": account::KEY_ID,
            "secret_key": account::SECRET,
            "sdk_app_id": account::SDK_APP_ID,
            "sign_name": account::SIGN_NAME,
            "template_id": account::TEMPLATE_ID,
            "template_params": ["{code}", "{minutes}"],
            "endpoint": base_url,
        }),
    }
}

async fn state(State(sim): Sim) -> Json<Value> {
    let world = sim.world();
    Json(json!({
        "now": world.now(),
        "limits": world.limits,
        "faults": world.faults,
        "calls": world.calls,
        "messages": world.messages.len(),
    }))
}

#[derive(Deserialize)]
struct Wanted {
    phone: Option<String>,
}

async fn messages(State(sim): Sim, Query(wanted): Query<Wanted>) -> Json<Vec<Message>> {
    let world = sim.world();
    let of = |message: &&Message| wanted.phone.as_ref().is_none_or(|of| *of == message.phone);
    Json(world.messages.iter().filter(of).cloned().collect())
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

#[derive(Deserialize)]
struct Limits {
    keep: bool,
}

async fn limits(State(sim): Sim, Json(body): Json<Limits>) -> StatusCode {
    sim.world().limits = body.keep;
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Advance {
    seconds: i64,
}

async fn advance(State(sim): Sim, Json(body): Json<Advance>) -> Json<Value> {
    let mut world = sim.world();
    world.ahead_s += body.seconds;
    Json(json!({ "now": world.now() }))
}

#[derive(Deserialize)]
struct Of {
    provider: Provider,
}

async fn settings(State(sim): Sim, Query(of): Query<Of>) -> Json<Value> {
    Json(client_settings(&sim.base_url, of.provider))
}

async fn reset(State(sim): Sim) -> StatusCode {
    *sim.world() = World::default();
    StatusCode::NO_CONTENT
}
