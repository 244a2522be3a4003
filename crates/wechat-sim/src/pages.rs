use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use axum::{
    Json,
    extract::{ConnectInfo, Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    address::is_this_machine,
    behaviour::BridgeOutcome,
    shared::Shared,
    trades::{SimTrade, State as TradeState},
    users::SimUser,
};

/// Escapes text for HTML, in content and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A page of the simulator; `body` is HTML.
pub(crate) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><link rel=\"icon\" href=\"data:,\"><title>{title}</title>\
         <style>body{{font:16px/1.5 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}}\
         button{{font:inherit;padding:.6rem 1.2rem;margin:.2rem}}table{{border-collapse:collapse}}\
         td,th{{padding:.3rem .6rem;border:1px solid #ccc;text-align:left}}</style></head>\
         <body data-page=\"wechat-sim\"><p><small>微信模拟器 · WeChat simulator: no real money</small></p>\
         <h1>{title}</h1>{body}</body></html>",
        title = escape(title)
    )
}

/// A page of one sentence.
pub(crate) fn plain(title: &str, words: &str) -> String {
    page(
        title,
        &format!("<p data-sim=\"message\">{}</p>", escape(words)),
    )
}

/// The page to choose who signs in: a link per user that comes back with the choice.
pub(crate) fn choose_user(users: &[SimUser], params: &HashMap<String, String>) -> String {
    let links: String = users
        .iter()
        .enumerate()
        .map(|(place, user)| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(params).append_pair("sim_user", &place.to_string());
            format!(
                "<li><a data-action=\"sim-sign-in\" data-user=\"{place}\" href=\"/connect/oauth2/authorize?{}\">{}</a></li>",
                escape(&query.finish()),
                escape(&user.name)
            )
        })
        .collect();
    page("选择微信用户", &format!("<ul>{links}</ul>"))
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// The two buttons of a cashier.
fn cashier(trade: &SimTrade, action: &str, return_to: &str) -> String {
    let hidden = format!(
        "<input type=\"hidden\" name=\"return_to\" value=\"{}\">",
        escape(return_to)
    );
    page(
        "微信支付",
        &format!(
            "<p>{}</p><p data-sim=\"amount\">¥{}</p><form method=\"post\" action=\"{action}\">{hidden}\
             <button data-action=\"cashier-pay\" name=\"do\" value=\"pay\">立即支付</button>\
             <button data-action=\"cashier-cancel\" name=\"do\" value=\"cancel\">取消</button></form>",
            escape(&trade.description),
            yuan(trade.total_fen),
            action = escape(action),
        ),
    )
}

/// What a cashier's form sends.
#[derive(Deserialize)]
pub(crate) struct CashierForm {
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    return_to: String,
}

/// The host of an address, without the port: what Tencent compares with the domain registered.
fn host(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    url.host_str().map(str::to_owned)
}

/// An H5 order's cashier. As Tencent's, it demands an ordinary mobile browser at the address that the order was created
/// with, and a page of the registered domain before it and after it; the order's notification address stands for that
/// domain here.
pub(crate) async fn h5(
    State(sim): State<Arc<Shared>>,
    ConnectInfo(payer): ConnectInfo<SocketAddr>,
    Query(params): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let header = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
            .unwrap_or_default()
    };
    let refuse = |words: &str| (StatusCode::OK, Html(plain("微信支付", words))).into_response();
    if header(header::REFERER).is_empty() {
        return refuse("商家参数格式有误，请联系商家解决");
    }
    if header(header::USER_AGENT).contains("MicroMessenger") {
        return refuse("请在微信外打开订单，进行支付");
    }
    let ticket = params
        .get("prepay_id")
        .map(String::as_str)
        .unwrap_or_default();
    let return_to = params
        .get("redirect_url")
        .map(String::as_str)
        .unwrap_or_default();
    let world = sim.world();
    let trade = world.order_of(ticket).and_then(|no| world.trades.get(&no));
    match trade {
        None => refuse("支付请求已失效，请重新发起支付"),
        Some(trade) if trade.state != TradeState::Notpay => refuse("订单已支付或已关闭"),
        Some(trade) if host(header(header::REFERER)) != host(&trade.notify_url) => {
            refuse("商家存在未配置的参数，请联系商家解决")
        }
        Some(trade) if !return_to.is_empty() && host(return_to) != host(&trade.notify_url) => {
            refuse("redirect_url的域名必须为商户申请H5支付时配置的域名")
        }
        Some(trade) if trade.payer_ip != Some(payer.ip().to_canonical()) => {
            refuse("网络环境未能通过安全验证，请稍后再试")
        }
        Some(trade) => Html(cashier(
            trade,
            &format!("/sim/h5/{}", escape(ticket)),
            return_to,
        ))
        .into_response(),
    }
}

/// The H5 cashier's buttons: pays or not, and goes back either way, as Tencent's does.
pub(crate) async fn h5_do(
    State(sim): State<Arc<Shared>>,
    Path(ticket): Path<String>,
    axum::Form(form): axum::Form<CashierForm>,
) -> Response {
    let outcome = pay_by(&sim, &ticket, form.what == "pay");
    let back = url::Url::parse(&form.return_to)
        .ok()
        .filter(is_this_machine);
    match (outcome, back) {
        (_, Some(back)) => Redirect::to(back.as_str()).into_response(),
        (Ok(words), None) => Html(plain("微信支付", words)).into_response(),
        (Err(words), None) => Html(plain("微信支付", words)).into_response(),
    }
}

/// What a phone shows after scanning a Native order's code: `/sim/native/{pr}`.
pub(crate) async fn native(State(sim): State<Arc<Shared>>, Path(ticket): Path<String>) -> Response {
    let world = sim.world();
    match world.order_of(&ticket).and_then(|no| world.trades.get(&no)) {
        None => Html(plain("微信支付", "二维码已过期")).into_response(),
        Some(trade) if trade.state != TradeState::Notpay => {
            Html(plain("微信支付", "订单已支付或已关闭")).into_response()
        }
        Some(trade) => Html(cashier(trade, &format!("/sim/native/{ticket}"), "")).into_response(),
    }
}

/// Its buttons.
pub(crate) async fn native_do(
    State(sim): State<Arc<Shared>>,
    Path(ticket): Path<String>,
    axum::Form(form): axum::Form<CashierForm>,
) -> Response {
    let (Ok(words) | Err(words)) = pay_by(&sim, &ticket, form.what == "pay");
    Html(plain("微信支付", words)).into_response()
}

/// Pays the order a ticket stands for, or leaves it.
fn pay_by(sim: &Shared, ticket: &str, pay: bool) -> Result<&'static str, &'static str> {
    if !pay {
        return Ok("已取消");
    }
    let mut world = sim.world();
    let no = world.order_of(ticket).ok_or("支付请求已失效")?;
    world.pay(&sim.keys.merchant, &no, false)?;
    drop(world);
    sim.wake.notify_one();
    Ok("支付成功")
}

/// What a page gives to `getBrandWCPayRequest`, and what shall come of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BridgeRequest {
    app_id: String,
    time_stamp: String,
    nonce_str: String,
    package: String,
    sign_type: String,
    pay_sign: String,
    #[serde(default)]
    outcome: Option<BridgeOutcome>,
}

/// `/sim/jsapi-pay`: what WeChat does when a page asks its bridge to pay. `err_msg` is null when the page is never told.
pub(crate) async fn jsapi_pay(State(sim): State<Arc<Shared>>, body: axum::body::Bytes) -> Response {
    // Read without regard to the content type: a page of another origin may send JSON as text/plain only.
    let answer = match serde_json::from_slice::<BridgeRequest>(&body) {
        Ok(request) => bridge(&sim, &request),
        Err(_) => fail("调用支付JSAPI缺少参数"),
    };
    sim.wake.notify_one();
    ([(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], Json(answer)).into_response()
}

/// Answers a browser that asks whether another origin may call.
pub(crate) async fn allow_origin() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn fail(reason: &str) -> Value {
    json!({ "err_msg": "get_brand_wcpay_request:fail", "err_desc": reason })
}

fn bridge(sim: &Shared, request: &BridgeRequest) -> Value {
    if request.app_id != sim.keys.merchant.appid {
        return fail("appid 不匹配");
    }
    if request.sign_type != "RSA" {
        return fail("signType 不支持");
    }
    if request.time_stamp.len() != 10 || request.time_stamp.parse::<i64>().is_err() {
        return fail("timeStamp 应为秒");
    }
    let message = format!(
        "{}\n{}\n{}\n{}\n",
        request.app_id, request.time_stamp, request.nonce_str, request.package
    );
    if !sim
        .keys
        .merchant_signed(message.as_bytes(), &request.pay_sign)
    {
        return fail("支付验证签名失败");
    }
    let mut world = sim.world();
    let Some(no) = request
        .package
        .strip_prefix("prepay_id=")
        .and_then(|ticket| world.order_of(ticket))
    else {
        return fail("调用支付JSAPI缺少参数：total_fee");
    };
    let outcome = request.outcome.unwrap_or(world.behaviour.bridge);
    match outcome {
        BridgeOutcome::Cancel => json!({ "err_msg": "get_brand_wcpay_request:cancel" }),
        BridgeOutcome::Fail => fail("余额不足"),
        BridgeOutcome::OkButUnpaid => json!({ "err_msg": "get_brand_wcpay_request:ok" }),
        BridgeOutcome::Ok | BridgeOutcome::PaidButSilent => {
            match world.pay(&sim.keys.merchant, &no, false) {
                Ok(()) if outcome == BridgeOutcome::Ok => {
                    json!({ "err_msg": "get_brand_wcpay_request:ok" })
                }
                Ok(()) => json!({ "err_msg": null }),
                Err(words) => fail(words),
            }
        }
    }
}

/// `/sim`: what there is, with a way to pay each open order: the hand that a sandbox needs.
pub(crate) async fn index(State(sim): State<Arc<Shared>>) -> Html<String> {
    let world = sim.world();
    let rows: String = world
        .trades
        .values()
        .map(|trade| {
            let buttons = if trade.state == TradeState::Notpay {
                format!(
                    "<form method=\"post\" action=\"/sim/native/{}\">\
                     <button data-action=\"cashier-pay\" name=\"do\" value=\"pay\">pay</button></form>",
                    escape(&trade.ticket)
                )
            } else {
                String::new()
            };
            format!(
                "<tr data-trade=\"{no}\"><td>{no}</td><td>{:?}</td><td>{:?}</td><td>¥{}</td><td>{buttons}</td></tr>",
                trade.form,
                trade.state,
                yuan(trade.total_fen),
                no = escape(&trade.out_trade_no),
            )
        })
        .collect();
    let notices: String = world
        .sent
        .iter()
        .map(|sent| {
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                escape(&sent.event_type),
                escape(&sent.out_trade_no),
                sent.attempt,
                sent.status
                    .map_or_else(|| "no answer".to_owned(), |status| status.to_string())
            )
        })
        .collect();
    Html(page(
        "模拟器",
        &format!(
            "<p>Signing key: {}. Held notifications: {}.</p><h2>Orders</h2><table><tr><th>out_trade_no</th><th>form</th>\
             <th>state</th><th>amount</th><th></th></tr>{rows}</table><h2>Notifications sent</h2><table><tr><th>event</th>\
             <th>order</th><th>try</th><th>answered</th></tr>{notices}</table>",
            world.behaviour.signing_key.name(),
            world.pending.len(),
        ),
    ))
}
