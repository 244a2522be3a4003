use std::{collections::HashMap, convert::Infallible, sync::Arc};

use axum::{
    Json,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use url::Url;

use crate::{
    address::is_this_machine,
    faults::Call,
    keys::random_hex,
    pages,
    platform_api::platform_call,
    shared::Shared,
    users::{Credential, SwapCode},
    world::World,
};

/// A code lives five minutes.
const CODE_LIFE_MS: i64 = 5 * 60 * 1000;

type Params = Query<HashMap<String, String>>;

/// `open.weixin.qq.com/connect/oauth2/authorize`: sends the browser back with a code, silently, or after a choice.
pub(crate) async fn authorize(State(sim): State<Arc<Shared>>, Query(params): Params) -> Response {
    let get = |name: &str| params.get(name).map(String::as_str).unwrap_or_default();
    let refuse = |words: &str| {
        (
            StatusCode::BAD_REQUEST,
            Html(pages::plain("参数错误", words)),
        )
            .into_response()
    };
    if get("appid") != sim.keys.merchant.appid {
        return refuse("appid 参数错误");
    }
    if get("response_type") != "code" || !matches!(get("scope"), "snsapi_base" | "snsapi_userinfo")
    {
        return refuse("Scope 参数错误或没有 Scope 权限");
    }
    if get("state").len() > 128 || !get("state").chars().all(|c| c.is_ascii_alphanumeric()) {
        return refuse("state 参数错误");
    }
    let Some(back) = Url::parse(get("redirect_uri")).ok().filter(is_this_machine) else {
        return refuse("redirect_uri 域名与后台配置不一致");
    };
    let mut world = sim.world();
    let place = match params.get("sim_user") {
        Some(place) => place.parse().unwrap_or(usize::MAX),
        None if world.behaviour.choose_user => {
            return Html(pages::choose_user(&world.users, &params)).into_response();
        }
        None => world.behaviour.user,
    };
    let Some(user) = world.users.get(place).cloned() else {
        return refuse("no such simulated user");
    };
    let code = random_hex(16);
    let end_ms = world.now_ms() + CODE_LIFE_MS;
    world.codes.insert(
        code.clone(),
        SwapCode {
            user,
            scope: get("scope").to_owned(),
            end_ms,
            used: false,
        },
    );
    let mut back = back;
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", get("state"));
    (StatusCode::FOUND, [(header::LOCATION, back.to_string())]).into_response()
}

/// `api.weixin.qq.com/sns/oauth2/access_token`: swaps a code, once.
pub(crate) async fn swap(
    State(sim): State<Arc<Shared>>,
    Query(params): Params,
) -> Result<Response, Infallible> {
    platform_call(&sim, Call::SwapCode, |world| {
        let get = |name: &str| params.get(name).map(String::as_str).unwrap_or_default();
        check_account(&sim, get("appid"), get("secret"))?;
        if get("grant_type") != "authorization_code" {
            return Err((40002, "invalid grant_type"));
        }
        let now = world.now_ms();
        let code = world
            .codes
            .get_mut(get("code"))
            .ok_or((40029, "invalid code"))?;
        if code.used {
            return Err((40163, "code been used"));
        }
        code.used = true;
        if code.end_ms <= now {
            return Err((42003, "oauth_code expired"));
        }
        let mut answer = json!({
            "access_token": random_hex(32),
            "expires_in": 7200,
            "refresh_token": random_hex(32),
            "openid": code.user.openid,
            "scope": code.scope,
        });
        if let Some(object) = answer.as_object_mut() {
            if code.user.snapshot {
                object.insert("is_snapshotuser".to_owned(), json!(1));
            }
            if let Some(unionid) = &code.user.unionid {
                object.insert("unionid".to_owned(), json!(unionid));
            }
        }
        Ok(answer)
    })
    .await
}

fn check_account(sim: &Shared, appid: &str, secret: &str) -> Result<(), (i64, &'static str)> {
    if appid != sim.keys.merchant.appid {
        return Err((40013, "invalid appid"));
    }
    if secret != sim.keys.merchant.app_secret {
        return Err((40125, "invalid appsecret"));
    }
    Ok(())
}

/// Gives a value until its end, then a new one.
fn keep(slot: &mut Option<Credential>, now: i64, life_s: i64) -> Value {
    let life_ms = life_s * 1000;
    let kept = match slot.take().filter(|kept| now < kept.end_ms) {
        Some(kept) => kept,
        None => Credential {
            value: random_hex(32),
            end_ms: now + life_ms,
        },
    };
    let answer = json!({ "value": kept.value, "expires_in": (kept.end_ms - now) / 1000 });
    *slot = Some(kept);
    answer
}

fn give_token(world: &mut World) -> Value {
    let (now, life_s) = (world.now_ms(), world.behaviour.token_life_s);
    let kept = keep(&mut world.token, now, life_s);
    json!({ "access_token": kept["value"], "expires_in": kept["expires_in"] })
}

/// `api.weixin.qq.com/cgi-bin/stable_token`: the same token until its end.
pub(crate) async fn stable_token(
    State(sim): State<Arc<Shared>>,
    Json(body): Json<Value>,
) -> Result<Response, Infallible> {
    platform_call(&sim, Call::Token, |world| {
        let get = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        check_account(&sim, get("appid"), get("secret"))?;
        if get("grant_type") != "client_credential" {
            return Err((40002, "invalid grant_type"));
        }
        Ok(give_token(world))
    })
    .await
}

/// `api.weixin.qq.com/cgi-bin/ticket/getticket`: the JS-SDK's ticket.
pub(crate) async fn ticket(
    State(sim): State<Arc<Shared>>,
    Query(params): Params,
) -> Result<Response, Infallible> {
    platform_call(&sim, Call::Ticket, |world| {
        let now = world.now_ms();
        let asked = params.get("access_token").map(String::as_str).unwrap_or_default();
        match &world.token {
            Some(token) if token.value == asked && now < token.end_ms => {}
            Some(token) if token.value == asked => return Err((42001, "access_token expired")),
            _ => return Err((40001, "invalid credential, access_token is invalid or not latest")),
        }
        if params.get("type").map(String::as_str) != Some("jsapi") {
            return Err((40097, "invalid args"));
        }
        let life_s = world.behaviour.token_life_s;
        let kept = keep(&mut world.js_ticket, now, life_s);
        Ok(json!({ "errcode": 0, "errmsg": "ok", "ticket": kept["value"], "expires_in": kept["expires_in"] }))
    })
    .await
}

/// What `wx.config` was given, and the page's address.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JsConfigCheck {
    app_id: String,
    timestamp: Value,
    nonce_str: String,
    signature: String,
    url: String,
}

/// `/sim/js-config-check`: what WeChat's client checks on `wx.config`.
pub(crate) async fn check_js_config(
    State(sim): State<Arc<Shared>>,
    Json(given): Json<JsConfigCheck>,
) -> Json<Value> {
    let timestamp = match &given.timestamp {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let page = given.url.split('#').next().unwrap_or_default();
    let ok = {
        let world = sim.world();
        world.js_ticket.as_ref().is_some_and(|ticket| {
            let text = format!(
                "jsapi_ticket={}&noncestr={}&timestamp={timestamp}&url={page}",
                ticket.value, given.nonce_str
            );
            let digest: String = Sha1::digest(text.as_bytes())
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            digest == given.signature && given.app_id == sim.keys.merchant.appid
        })
    };
    Json(
        json!({ "errMsg": if ok { "config:ok" } else { "config:invalid signature" }, "realAuthUrl": [page] }),
    )
}
