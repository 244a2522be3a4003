//! The cashier: amount, payee, order, and two buttons that are plain forms, so that it works without
//! scripts too. It decides nothing about the order: it is the provider, and the server asks it.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use dika_contract::{ErrorCode, OrderId};
use serde::Deserialize;

use dika_contract::Language;
use dika_server::http::problem::ApiError;
use dika_server::language;

use crate::gateway::Decision;
use crate::layout::{self, Safe, Words};
use crate::payments::decide as decide_payment;
use crate::sandbox::Sandbox;
use crate::tables::PaymentFacts;

#[derive(Deserialize)]
pub(crate) struct Choice {
    choice: Pressed,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Pressed {
    Pay,
    Cancel,
}

pub(crate) async fn show(
    State(sandbox): State<Sandbox>,
    Path(order): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(response) = language::switch(&uri, false) {
        return Ok(response);
    }
    let language = language::of(&headers);
    let facts = match OrderId::parse(&order) {
        Some(order) => sandbox.tables().payment_facts(&order).await?,
        None => None,
    };
    let (status, main) = match facts {
        Some(facts) => (StatusCode::OK, cashier(language, &facts)),
        None => (StatusCode::NOT_FOUND, unknown(language)),
    };
    let title = language.say("沙盒收银台", "Sandbox cashier");
    Ok(layout::page(
        &sandbox.settings,
        language,
        status,
        "sandbox-cashier",
        title,
        &main,
    ))
}

/// Pays or turns back, then shows the order. What the outcome means for it the server finds out as it
/// would from a real provider.
pub(crate) async fn decide(
    State(sandbox): State<Sandbox>,
    Path(order): Path<String>,
    Form(choice): Form<Choice>,
) -> Result<Response, ApiError> {
    let order = OrderId::parse(&order).ok_or(ErrorCode::NotFound)?;
    let decision = match choice.choice {
        Pressed::Pay => Decision::Paid,
        Pressed::Cancel => Decision::Cancelled,
    };
    match decide_payment(&sandbox, &order, decision).await {
        // Paid before, in another window: the order's page says so.
        Err(refusal) if refusal.code == ErrorCode::OrderAlreadyPaid => {}
        other => other?,
    }
    Ok(language::redirect(
        StatusCode::SEE_OTHER,
        &format!("/orders/{order}"),
    ))
}

fn cashier(language: Language, facts: &PaymentFacts) -> String {
    let order = Safe(&facts.order_id);
    let card = layout::issuer(language, facts.issuer);
    let wallet = layout::wallet(language, facts.wallet);
    let heading = match facts.outcome.as_str() {
        "paid" => Some((language.say("已支付", "Paid"), "done")),
        "refunded" => Some((language.say("已退款", "Refunded"), "done")),
        "failed" => Some((language.say("支付失败", "Payment failed"), "over")),
        "closed" => Some((
            language.say("订单已关闭，不能再支付", "Closed: cannot be paid any more"),
            "over",
        )),
        _ => None,
    };
    let back = format!(
        "<a class=\"button plain\" data-action=\"cashier-back\" href=\"/orders/{order}\">{}</a>",
        language.say("返回商家", "Back to the merchant")
    );
    let (state, actions) = match heading {
        Some((word, look)) => (
            format!(
                "<p class=\"state {look}\" data-outcome=\"{}\">{word}</p>",
                Safe(&facts.outcome)
            ),
            back,
        ),
        None => (
            String::new(),
            format!(
                "<form method=\"post\" action=\"/sandbox/cashier/{order}\">\
                 <button class=\"button\" name=\"choice\" value=\"pay\" data-action=\"cashier-pay\">{pay} ¥{amount}</button>\
                 <button class=\"button plain\" name=\"choice\" value=\"cancel\" data-action=\"cashier-cancel\">{cancel}</button>\
                 </form>",
                pay = language.say("支付", "Pay"),
                amount = facts.amount,
                cancel = language.say("取消，不支付", "Cancel, do not pay"),
            ),
        ),
    };
    format!(
        "<header class=\"till\"><h1>{title}</h1><p class=\"payee\">{payee}</p>\
         <p class=\"amount\"><span>¥</span>{amount}</p>{state}</header>\
         <dl class=\"facts\"><div><dt>{what_label}</dt><dd>{card} · {wallet}</dd></div>\
         <div><dt>{to_label}</dt><dd>{payee}</dd></div>\
         <div><dt>{order_label}</dt><dd class=\"code\">{order}</dd></div></dl>\
         <div class=\"actions\">{actions}</div>\
         <p class=\"small\">{note}</p>",
        title = language.say("沙盒收银台", "Sandbox cashier"),
        payee = language.say("嘀卡沙盒商户", "Dika sandbox merchant"),
        amount = facts.amount,
        what_label = language.say("商品", "For"),
        to_label = language.say("收款方", "Payee"),
        order_label = language.say("订单号", "Order"),
        note = language.say("不会扣除任何真实款项。", "No real money moves."),
    )
}

fn unknown(language: Language) -> String {
    format!(
        "<header class=\"till\"><h1>{}</h1></header><p class=\"small\">{}</p>\
         <div class=\"actions\"><a class=\"button plain\" href=\"/\">{}</a></div>",
        language.say("没有这笔付款", "No such payment"),
        language.say(
            "订单不存在，或沙盒已重置。",
            "The order does not exist, or the sandbox was reset."
        ),
        language.say("返回嘀卡", "Back to Dika"),
    )
}
