use std::{collections::HashMap, convert::Infallible, sync::Arc};

use axum::{
    Form, Json,
    extract::{Query, State},
    http::StatusCode,
    response::{Html, IntoResponse as _, Redirect, Response},
};
use serde_json::{Value, json};
use url::Url;

use crate::{
    address::is_this_machine,
    faults::Call,
    messages::{SimMessage, TEMPLATE_ID},
    pages,
    platform_api::platform_call,
    shared::Shared,
};

type Params = HashMap<String, String>;

/// What a link to `subscribemsg` must hold: the address to go back to and the scene.
fn asked(sim: &Shared, params: &Params) -> Result<(Url, u16), &'static str> {
    let get = |name: &str| params.get(name).map(String::as_str).unwrap_or_default();
    if get("action") != "get_confirm" {
        return Err("action 参数错误");
    }
    if get("appid") != sim.keys.merchant.appid {
        return Err("appid 参数错误");
    }
    if get("template_id") != TEMPLATE_ID {
        return Err("template_id 参数错误");
    }
    let scene = get("scene").parse().ok().filter(|scene| *scene <= 10_000);
    let scene = scene.ok_or("scene 参数错误")?;
    if get("reserved").len() > 128 {
        return Err("reserved 参数错误");
    }
    let back = Url::parse(get("redirect_url"))
        .ok()
        .filter(is_this_machine)
        .ok_or("redirect_url 域名与业务域名不一致")?;
    Ok((back, scene))
}

fn refused(words: &str) -> Response {
    let page = Html(pages::plain("参数错误", words));
    (StatusCode::BAD_REQUEST, page).into_response()
}

/// `mp.weixin.qq.com/mp/subscribemsg`: asks the user for one message.
pub(crate) async fn subscribemsg(
    State(sim): State<Arc<Shared>>,
    Query(params): Query<Params>,
) -> Response {
    if let Err(words) = asked(&sim, &params) {
        return refused(words);
    }
    let hidden: String = params
        .iter()
        .map(|(name, value)| {
            format!(
                "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
                pages::escape(name),
                pages::escape(value)
            )
        })
        .collect();
    let form = format!(
        "<p>滴卡申请向你发送一条通知</p><form method=\"post\" action=\"/mp/subscribemsg\">{hidden}\
         <button data-action=\"subscribe-confirm\" name=\"do\" value=\"confirm\">允许</button>\
         <button data-action=\"subscribe-cancel\" name=\"do\" value=\"cancel\">取消</button></form>"
    );
    Html(pages::page("一次性订阅消息", &form)).into_response()
}

/// The user's answer: leads back with it.
pub(crate) async fn subscribemsg_do(
    State(sim): State<Arc<Shared>>,
    Form(params): Form<Params>,
) -> Response {
    let (mut back, scene) = match asked(&sim, &params) {
        Ok(asked) => asked,
        Err(words) => return refused(words),
    };
    let confirmed = params.get("do").is_some_and(|answer| answer == "confirm");
    let mut world = sim.world();
    let place = world.behaviour.user;
    let Some(openid) = world.users.get(place).map(|user| user.openid.clone()) else {
        return refused("no such simulated user");
    };
    if confirmed {
        world.message_permissions.insert((openid.clone(), scene));
    }
    let action = if confirmed { "confirm" } else { "cancel" };
    let reserved = params
        .get("reserved")
        .map(String::as_str)
        .unwrap_or_default();
    back.query_pairs_mut()
        .append_pair("openid", &openid)
        .append_pair("template_id", TEMPLATE_ID)
        .append_pair("action", action)
        .append_pair("scene", &scene.to_string())
        .append_pair("reserved", reserved);
    Redirect::to(back.as_str()).into_response()
}

/// `api.weixin.qq.com/cgi-bin/message/template/subscribe`: sends the one message that a scene allows.
pub(crate) async fn send(
    State(sim): State<Arc<Shared>>,
    Query(params): Query<Params>,
    Json(body): Json<Value>,
) -> Result<Response, Infallible> {
    platform_call(&sim, Call::Message, |world| {
        let now = world.now_ms();
        let token = params
            .get("access_token")
            .map(String::as_str)
            .unwrap_or_default();
        match &world.token {
            Some(kept) if kept.value == token && now < kept.end_ms => {}
            Some(kept) if kept.value == token => return Err((42001, "access_token expired")),
            _ => {
                return Err((
                    40001,
                    "invalid credential, access_token is invalid or not latest",
                ));
            }
        }
        let text = |pointer: &str| {
            body.pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        if text("/template_id") != TEMPLATE_ID {
            return Err((40037, "invalid template_id"));
        }
        let openid = text("/touser");
        if !world.users.iter().any(|user| user.openid == openid) {
            return Err((40003, "invalid openid"));
        }
        let (title, content) = (text("/title"), text("/data/content/value"));
        let fits = |text: &str, most| (1..=most).contains(&text.chars().count());
        if !fits(&title, 15) || !fits(&content, 200) {
            return Err((47003, "argument invalid"));
        }
        let scene = text("/scene")
            .parse()
            .map_err(|_| (47003, "argument invalid"))?;
        if !world.message_permissions.remove(&(openid.clone(), scene)) {
            return Err((43101, "user refuse to accept the msg"));
        }
        world.messages.push(SimMessage {
            openid,
            scene,
            title,
            content,
            url: text("/url"),
            sent_at_ms: now,
        });
        Ok(json!({ "errcode": 0, "errmsg": "ok" }))
    })
    .await
}
