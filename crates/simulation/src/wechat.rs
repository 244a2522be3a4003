use std::pin::Pin;
use std::sync::Arc;

use dika_contract::Timestamp;
use dika_wechat::pay::{Event, Exchange, NetworkFault};
use http::Method;
use serde_json::{Value, json};

use crate::checks;
use crate::clock::pass_ms;
use crate::faults::{Heard, call};
use crate::instance::Instance;
use crate::plan::Seam;
use crate::wechat_books::{Refund, State, Trade, WechatBooks, order_of};
use crate::world::World;

/// How long a payment that had begun may take to win over its close.
const LATE_WIN_MS: i64 = 8 * 60 * 1_000;
/// Longer than from the question whether a payment was made until the order is given up on the answer: one that was made
/// in between is no money that the server could count on.
const LOOK_TAKES_MS: i64 = 10_000;
/// How long a refund may take.
pub(crate) const REFUND_TAKES_MS: i64 = 90_000;
/// How long one may take that goes to the payer's balance at WeChat Pay.
pub(crate) const REFUND_TO_BALANCE_TAKES_MS: i64 = 900;

type Said = (u16, Value);

fn refusal(status: u16, code: &str) -> Said {
    (status, json!({ "code": code, "message": "simulated" }))
}

/// What WeChat Pay does with one call.
fn serve(world: &Arc<World>, method: &Method, path: &[String], body: &Value) -> Said {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match (method.as_str(), parts.as_slice()) {
        ("POST", ["v3", "pay", "transactions", "h5"]) => create(world, "H5", body),
        ("POST", ["v3", "pay", "transactions", "native"]) => create(world, "NATIVE", body),
        ("GET", ["v3", "pay", "transactions", "out-trade-no", no]) => query(world, no),
        ("POST", ["v3", "pay", "transactions", "out-trade-no", no, "close"]) => close(world, no),
        ("POST", ["v3", "refund", "domestic", "refunds"]) => refund(world, body),
        ("GET", ["v3", "refund", "domestic", "refunds", no]) => query_refund(world, no),
        _ => refusal(404, "RESOURCE_NOT_EXISTS"),
    }
}

fn create(world: &Arc<World>, form: &'static str, body: &Value) -> Said {
    let (Some(no), Some(fen), Some(ends)) = (
        body["out_trade_no"].as_str(),
        body["amount"]["total"].as_i64(),
        body["time_expire"].as_str().and_then(Timestamp::parse),
    ) else {
        return refusal(400, "PARAM_ERROR");
    };
    let now = world.now();
    let mut books = world.wechat();
    let trade = books.trades.entry(no.to_owned()).or_insert_with(|| Trade {
        no: no.to_owned(),
        form,
        fen,
        ends,
        state: State::NotPaid,
        paid_at: None,
        closed_at: None,
        in_hand: false,
        begun: false,
    });
    match trade.state {
        State::Paid => return refusal(400, "ORDERPAID"),
        State::Closed => return refusal(400, "ORDERCLOSED"),
        State::NotPaid if trade.form != form || trade.fen != fen => {
            return refusal(400, "INVALID_REQUEST");
        }
        State::NotPaid if now >= trade.ends => return refusal(400, "PARAM_ERROR"),
        State::NotPaid => {}
    }
    let answer = if form == "H5" {
        json!({ "h5_url": format!("https://pay.invalid/{no}") })
    } else {
        json!({ "code_url": format!("weixin://wxpay/{no}") })
    };
    (200, answer)
}

fn trade_json(world: &World, trade: &Trade, refunded: bool) -> Value {
    let state = match trade.state {
        State::NotPaid if world.now() >= trade.ends => "CLOSED",
        State::NotPaid => "NOTPAY",
        State::Paid if refunded => "REFUND",
        State::Paid => "SUCCESS",
        State::Closed => "CLOSED",
    };
    let (mchid, appid) = &world.merchant;
    let mut told = json!({
        "appid": appid,
        "mchid": mchid,
        "out_trade_no": trade.no,
        "trade_state": state,
        "amount": { "total": trade.fen, "currency": "CNY" },
    });
    if trade.state == State::Paid {
        told["transaction_id"] = json!(format!("42{:0>26}", trade.fen));
    }
    told
}

fn refunded(books: &WechatBooks, no: &str) -> bool {
    books.refunds.values().any(|refund| refund.of == no)
}

fn query(world: &Arc<World>, no: &str) -> Said {
    let books = world.wechat();
    match books.trades.get(no) {
        None => refusal(404, "ORDER_NOT_EXIST"),
        Some(trade) => (200, trade_json(world, trade, refunded(&books, no))),
    }
}

fn close(world: &Arc<World>, no: &str) -> Said {
    let now = world.now();
    let mut books = world.wechat();
    let Some(trade) = books.trades.get_mut(no) else {
        return refusal(404, "ORDER_NOT_EXIST");
    };
    match trade.state {
        State::Paid => refusal(400, "ORDERPAID"),
        State::Closed => refusal(400, "ORDERCLOSED"),
        // What has begun may win, and the answer is the same.
        State::NotPaid if trade.begun && world.plan.late_wins && world.chance.one_in(3) => {
            drop(books);
            take_money(world, no);
            (204, Value::Null)
        }
        State::NotPaid => {
            trade.state = State::Closed;
            trade.closed_at = Some(now);
            world.note(format_args!("WeChat closed {no}"));
            (204, Value::Null)
        }
    }
}

fn refund_json(trade_fen: i64, refund: &Refund) -> Value {
    json!({
        "out_refund_no": refund.no,
        "out_trade_no": refund.of,
        "status": refund.status,
        "amount": { "total": trade_fen, "refund": refund.fen },
    })
}

fn query_refund(world: &Arc<World>, no: &str) -> Said {
    let books = world.wechat();
    match books.refunds.get(no) {
        None => refusal(404, "RESOURCE_NOT_EXISTS"),
        Some(refund) => {
            let total = books.trades.get(&refund.of).map_or(0, |trade| trade.fen);
            (200, refund_json(total, refund))
        }
    }
}

fn refund(world: &Arc<World>, body: &Value) -> Said {
    let (Some(of), Some(no), Some(fen)) = (
        body["out_trade_no"].as_str(),
        body["out_refund_no"].as_str(),
        body["amount"]["refund"].as_i64(),
    ) else {
        return refusal(400, "PARAM_ERROR");
    };
    let new = {
        let books = world.wechat();
        let total = books.trades.get(of).map_or(0, |trade| trade.fen);
        if let Some(known) = books.refunds.get(no) {
            return (200, refund_json(total, known));
        }
        let is_paid = books
            .trades
            .get(of)
            .is_some_and(|trade| trade.state == State::Paid);
        if !is_paid {
            return refusal(400, "TRADE_ERROR");
        }
        if fen > books.left_of(of) {
            return refusal(400, "INVALID_REQUEST");
        }
        Refund {
            no: no.to_owned(),
            of: of.to_owned(),
            fen,
            status: "PROCESSING",
            by_hand: false,
            asked_at: world.now(),
        }
    };
    let total = world.wechat().trades.get(of).map_or(0, |trade| trade.fen);
    let told = refund_json(total, &new);
    begin_refund(world, new, REFUND_TAKES_MS);
    (200, told)
}

/// Takes a refund; it ends by itself, after so many milliseconds at most.
pub(crate) fn begin_refund(world: &Arc<World>, new: Refund, most_ms: i64) {
    world.note(format_args!(
        "WeChat sends back {} of {} as {}",
        new.fen, new.of, new.no
    ));
    let (no, of) = (new.no.clone(), new.of.clone());
    let by_hand = new.by_hand;
    world.wechat().refunds.insert(no.clone(), new);
    if !by_hand {
        checks::sent_back(world, &of);
    } else if let Some(order) = order_of(&of)
        && world.wechat().untouched(&order) == 0
    {
        world.emptied_by_hand().insert(order, world.now());
    }
    let world = world.clone();
    tokio::spawn(async move {
        pass_ms(world.chance.between(most_ms / 180, most_ms)).await;
        let troubled = world.plan.refund_troubles && !world.is_quiet() && !by_hand;
        let status = match troubled.then(|| world.chance.below(4)) {
            Some(0) => "CLOSED",
            Some(1) if world.chance.one_in(3) => "ABNORMAL",
            _ => "SUCCESS",
        };
        let told = {
            let mut books = world.wechat();
            let total = books.trades.get(&of).map_or(0, |trade| trade.fen);
            let Some(refund) = books.refunds.get_mut(&no) else {
                return;
            };
            refund.status = status;
            let fen = refund.fen;
            if status == "SUCCESS" {
                world.count(|report| {
                    report.refunded = (report.refunded.0 + 1, report.refunded.1 + fen);
                });
            }
            refund_json(total, refund)
        };
        world.note(format_args!("refund {no} {status}"));
        if let Ok(refund) = serde_json::from_value(told) {
            world.tell(Event::Refund(refund));
        }
    });
}

/// A phone pays by a prompt; a close in between may come too late.
pub(crate) fn pay(world: &Arc<World>, no: &str) {
    let (world, no) = (world.clone(), no.to_owned());
    tokio::spawn(async move {
        let chance = &world.chance;
        let (most_ms, slowest_ms) = if world.plan.quick_payers {
            (3_000, 1_000)
        } else if world.plan.doubts {
            (10_000, 60_000)
        } else {
            (40_000, 12_000)
        };
        pass_ms(chance.between(500, most_ms)).await;
        // Its password is typed: from here on a close does not stop it for sure.
        let begun = {
            let (now, mut books) = (world.now(), world.wechat());
            let trade = books.trades.get_mut(&no);
            let trade = trade.filter(|trade| trade.state == State::NotPaid && now < trade.ends);
            trade.map(|trade| trade.begun = true)
        };
        if begun.is_none() {
            return;
        }
        pass_ms(chance.between(1, slowest_ms)).await;
        let mut state = world.wechat().trades.get(&no).map(|trade| trade.state);
        if state == Some(State::Closed) {
            if !world.plan.late_wins || chance.one_in(3) {
                return;
            }
            pass_ms(chance.between(1, LATE_WIN_MS)).await;
            state = world.wechat().trades.get(&no).map(|trade| trade.state);
        }
        if state != Some(State::Paid) {
            take_money(&world, &no);
        }
    });
}

/// A payment's order has money again that the server can count on, unless it gave the order up before, or is just doing so.
fn refill(world: &Arc<World>, no: &str) {
    let Some(order) = order_of(no) else { return };
    let Some(emptied_at) = world.emptied_by_hand().get(&order).copied() else {
        return;
    };
    let world = world.clone();
    tokio::spawn(async move {
        pass_ms(LOOK_TAKES_MS).await;
        if checks::goes_back(&world, &order) {
            return;
        }
        let mut emptied = world.emptied_by_hand();
        if emptied.get(&order) == Some(&emptied_at) {
            emptied.remove(&order);
        }
    });
}

/// A payment succeeds.
fn take_money(world: &Arc<World>, no: &str) {
    let told = {
        let mut books = world.wechat();
        let Some(trade) = books.trades.get_mut(no) else {
            return;
        };
        trade.state = State::Paid;
        trade.paid_at = Some(world.now());
        let fen = trade.fen;
        world.count(|report| report.paid = (report.paid.0 + 1, report.paid.1 + fen));
        trade_json(world, trade, false)
    };
    refill(world, no);
    world.note(format_args!("WeChat took the money for {no}"));
    if let Ok(trade) = serde_json::from_value(told) {
        world.tell(Event::Payment(trade));
    }
}

/// WeChat Pay, as one server reaches it.
pub(crate) struct Reached {
    pub(crate) world: Arc<World>,
    pub(crate) instance: Arc<Instance>,
}

impl std::fmt::Debug for Reached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reached")
    }
}

impl Exchange for Reached {
    fn exchange<'a>(
        &'a self,
        method: &'a Method,
        path: &'a [&'a str],
        body: Option<&'a Value>,
    ) -> Pin<Box<dyn Future<Output = Result<(u16, Vec<u8>), NetworkFault>> + Send + 'a>> {
        let what = format!(
            "{method} {}",
            path[path.len().saturating_sub(2)..].join("/")
        );
        let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        let (method, body) = (method.clone(), body.cloned().unwrap_or_default());
        let world = self.world.clone();
        Box::pin(async move {
            let act = move || serve(&world, &method, &path, &body);
            let chance = &self.world.chance;
            match call(&self.world, &self.instance, Seam::Wechat, &what, act).await {
                Heard::Answer((status, body)) => Ok((status, body.to_string().into_bytes())),
                Heard::Silence if chance.one_in(3) => Err(NetworkFault::Interrupted),
                Heard::Silence => Err(NetworkFault::TimedOut),
                Heard::Refused => {
                    let (status, body) = match chance.below(3) {
                        0 => refusal(429, "FREQUENCY_LIMITED"),
                        1 => refusal(500, "SYSTEM_ERROR"),
                        _ => refusal(503, "SYSTEM_ERROR"),
                    };
                    Ok((status, body.to_string().into_bytes()))
                }
            }
        })
    }
}
