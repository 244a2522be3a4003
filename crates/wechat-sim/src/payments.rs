use std::net::IpAddr;

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    address::may_notify,
    behaviour::RefundEnd,
    keys::{Merchant, random_digits},
    notices::EventKind,
    trades::{Form, Refusal, SimRefund, SimTrade, State},
    world::World,
};

/// The most Tencent accepts in one field here.
const MOST_FEN: i64 = 100_000_000;

const PREPAY_LIFE_S: i64 = 2 * 3600;
const H5_LIFE_S: i64 = 5 * 60;

fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

impl World {
    /// Creates an order, or gives a fresh name to pay the same order by.
    pub(crate) fn create(
        &mut self,
        merchant: &Merchant,
        base_url: &str,
        form: Form,
        asked_key: Option<String>,
        body: &Value,
    ) -> Result<Value, Refusal> {
        let bad = |words: &'static str| (400, "PARAM_ERROR", words);
        if text(body, "mchid") != Some(&merchant.mchid) {
            return Err(bad("mchid is not the signer's"));
        }
        if text(body, "appid") != Some(&merchant.appid) {
            return Err((
                400,
                "APPID_MCHID_NOT_MATCH",
                "appid and mchid are not bound",
            ));
        }
        let out_trade_no = text(body, "out_trade_no")
            .filter(|no| {
                (6..=32).contains(&no.len())
                    && no
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || "_-|*".contains(c))
            })
            .ok_or(bad("out_trade_no"))?;
        let description = text(body, "description")
            .filter(|d| (1..=127).contains(&d.chars().count()))
            .ok_or(bad("description"))?;
        let total_fen = body
            .pointer("/amount/total")
            .and_then(Value::as_i64)
            .filter(|fen| (1..=MOST_FEN).contains(fen))
            .ok_or(bad("amount.total"))?;
        if body.pointer("/amount/currency").is_some_and(|c| c != "CNY") {
            return Err(bad("amount.currency"));
        }
        let notify_url = text(body, "notify_url")
            .filter(|url| may_notify(url))
            .ok_or(bad(
                "notify_url: an address without query; this simulator notifies this machine only",
            ))?;
        let expires_ms = match text(body, "time_expire") {
            None => None,
            Some(t) => {
                let end = OffsetDateTime::parse(t, &Rfc3339)
                    .map_err(|_| bad("time_expire"))?
                    .unix_timestamp()
                    * 1000;
                Some(end)
            }
        };
        let openid = body
            .pointer("/payer/openid")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let payer_ip: Option<IpAddr> = body
            .pointer("/scene_info/payer_client_ip")
            .and_then(Value::as_str)
            .and_then(|ip| ip.parse().ok());
        match form {
            Form::Jsapi => {
                let openid = openid.as_deref().ok_or(bad("payer.openid"))?;
                if !self
                    .users
                    .iter()
                    .any(|user| user.openid == openid && !user.snapshot)
                {
                    return Err((
                        400,
                        "PARAM_ERROR",
                        "openid is not one of this appid's users",
                    ));
                }
            }
            Form::H5 => {
                payer_ip.ok_or(bad("scene_info.payer_client_ip"))?;
                body.pointer("/scene_info/h5_info/type")
                    .and_then(Value::as_str)
                    .ok_or(bad("scene_info.h5_info.type"))?;
            }
            Form::Native => {}
        }
        let attach = text(body, "attach").map(str::to_owned);

        self.expire(out_trade_no);
        if let Some(old) = self.trades.get(out_trade_no) {
            match old.state {
                State::Success | State::Refund => return Err((400, "ORDERPAID", "paid already")),
                State::Closed => return Err((400, "ORDERCLOSED", "closed already")),
                State::Notpay => {}
            }
            if old.form != form || old.total_fen != total_fen || old.openid != openid {
                return Err((
                    403,
                    "OUT_TRADE_NO_USED",
                    "this number belongs to another order",
                ));
            }
            if old.description != description
                || old.attach != attach
                || old.notify_url != notify_url
                || old.expires_ms != expires_ms
            {
                return Err((400, "INVALID_REQUEST", "asked again with other content"));
            }
        }
        // Checked only for a new order: the same order asked for again late is simply closed by then.
        if expires_ms.is_some_and(|end| end <= self.now_ms()) {
            return Err(bad("time_expire has passed"));
        }

        let life_s = if form == Form::H5 {
            H5_LIFE_S
        } else {
            PREPAY_LIFE_S
        };
        let ticket = self.ticket_to_pay(
            if form == Form::Native { "" } else { "wx" },
            out_trade_no,
            life_s,
        );
        let code_url =
            (form == Form::Native).then(|| format!("weixin://wxpay/bizpayurl?pr={ticket}"));
        let h5_url = (form == Form::H5).then(|| {
            format!(
                "{base_url}/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={ticket}&package={}",
                random_digits(10)
            )
        });
        let created_ms = self.now_ms();
        let answer = match form {
            Form::Jsapi => json!({ "prepay_id": ticket }),
            Form::H5 => json!({ "h5_url": h5_url }),
            Form::Native => json!({ "code_url": code_url }),
        };
        let trade = self
            .trades
            .entry(out_trade_no.to_owned())
            .or_insert_with(|| SimTrade {
                out_trade_no: out_trade_no.to_owned(),
                form,
                state: State::Notpay,
                total_fen,
                description: description.to_owned(),
                attach,
                openid,
                notify_url: notify_url.to_owned(),
                transaction_id: None,
                ticket: String::new(),
                code_url: None,
                h5_url: None,
                created_ms,
                payer_ip,
                paid_ms: None,
                expires_ms,
                refunded_fen: 0,
                notpay_answers: 0,
                asked_key,
            });
        trade.ticket = ticket;
        trade.code_url = code_url;
        trade.h5_url = h5_url;
        // Asked for again, perhaps from another place: the latest one counts.
        trade.payer_ip = payer_ip;
        Ok(answer)
    }

    /// Closes an unpaid order whose time is over.
    fn expire(&mut self, out_trade_no: &str) {
        let now = self.now_ms();
        if let Some(trade) = self.trades.get_mut(out_trade_no)
            && trade.state == State::Notpay
            && trade.expires_ms.is_some_and(|end| end <= now)
        {
            trade.state = State::Closed;
        }
    }

    /// What a query is told: less than is known, for a while after a payment.
    pub(crate) fn query(
        &mut self,
        merchant: &Merchant,
        out_trade_no: &str,
    ) -> Result<Value, Refusal> {
        self.expire(out_trade_no);
        let now = self.now_ms();
        let (queries, for_ms) = (
            self.behaviour.notpay_queries,
            self.behaviour.notpay_for_s * 1000,
        );
        let trade = self.trades.get_mut(out_trade_no).ok_or((
            404,
            "ORDER_NOT_EXIST",
            "no such order of this merchant",
        ))?;
        let hidden = trade.state == State::Success
            && (trade.notpay_answers < queries
                || trade.paid_ms.is_some_and(|paid| now < paid + for_ms));
        if hidden {
            trade.notpay_answers += 1;
            let unpaid = SimTrade {
                state: State::Notpay,
                transaction_id: None,
                paid_ms: None,
                ..trade.clone()
            };
            return Ok(unpaid.to_json(merchant));
        }
        Ok(trade.to_json(merchant))
    }

    /// Closes an unpaid order.
    pub(crate) fn close(&mut self, out_trade_no: &str) -> Result<(), Refusal> {
        self.expire(out_trade_no);
        let too_soon_ms = self.now_ms() - self.behaviour.close_after_s * 1000;
        let trade = self.trades.get_mut(out_trade_no).ok_or((
            404,
            "ORDER_NOT_EXIST",
            "no such order of this merchant",
        ))?;
        match trade.state {
            State::Success | State::Refund => Err((400, "ORDERPAID", "paid already")),
            State::Closed => Err((400, "ORDERCLOSED", "closed already")),
            State::Notpay if trade.created_ms > too_soon_ms => Err((
                400,
                "INVALID_REQUEST",
                "created too short a time ago to be closed",
            )),
            State::Notpay => {
                trade.state = State::Closed;
                Ok(())
            }
        }
    }

    /// The user pays. `late` lets the payment win over a close: it had begun before.
    pub(crate) fn pay(
        &mut self,
        merchant: &Merchant,
        out_trade_no: &str,
        late: bool,
    ) -> Result<(), &'static str> {
        if !late {
            self.expire(out_trade_no);
        }
        let now = self.now_ms();
        let trade = self.trades.get_mut(out_trade_no).ok_or("no such order")?;
        match trade.state {
            State::Notpay => {}
            State::Closed if late => {}
            State::Closed => return Err("the order is closed"),
            State::Success | State::Refund => return Err("the order is paid already"),
        }
        trade.state = State::Success;
        trade.paid_ms = Some(now);
        trade.transaction_id = Some(format!("4200{}", random_digits(24)));
        trade.notpay_answers = 0;
        let trade = trade.clone();
        let payer = self
            .users
            .get(self.behaviour.user)
            .map(|user| user.openid.clone());
        if let Some(stored) = self.trades.get_mut(out_trade_no)
            && stored.openid.is_none()
        {
            stored.openid = payer;
        }
        let content = self
            .trades
            .get(out_trade_no)
            .unwrap_or(&trade)
            .to_json(merchant);
        self.announce(
            EventKind::Payment,
            "TRANSACTION.SUCCESS",
            &trade.notify_url,
            &trade,
            content,
        );
        Ok(())
    }

    /// Takes a refund.
    pub(crate) fn refund(&mut self, body: &Value) -> Result<Value, Refusal> {
        let bad = |words: &'static str| (400, "PARAM_ERROR", words);
        let out_refund_no = text(body, "out_refund_no")
            .filter(|no| (1..=64).contains(&no.len()))
            .ok_or(bad("out_refund_no"))?;
        let out_trade_no = text(body, "out_trade_no").ok_or(bad("out_trade_no"))?;
        let refund_fen = body
            .pointer("/amount/refund")
            .and_then(Value::as_i64)
            .filter(|fen| *fen > 0)
            .ok_or(bad("amount.refund"))?;
        let total_fen = body
            .pointer("/amount/total")
            .and_then(Value::as_i64)
            .ok_or(bad("amount.total"))?;
        let notify_url = text(body, "notify_url").unwrap_or_default().to_owned();
        if !notify_url.is_empty() && !may_notify(&notify_url) {
            return Err(bad("notify_url"));
        }
        self.settle_refunds();
        if let Some(old) = self.refunds.get(out_refund_no) {
            if old.out_trade_no != out_trade_no || old.refund_fen != refund_fen {
                return Err((400, "INVALID_REQUEST", "asked again with other content"));
            }
            return self.query_refund(out_refund_no);
        }
        let ends_ms = self.now_ms() + self.behaviour.refund_after_s * 1000;
        let trade = self.trades.get_mut(out_trade_no).ok_or((
            404,
            "RESOURCE_NOT_EXISTS",
            "no such order of this merchant",
        ))?;
        if !matches!(trade.state, State::Success | State::Refund) {
            return Err((400, "INVALID_REQUEST", "the order is not paid"));
        }
        if trade.total_fen != total_fen || trade.refunded_fen + refund_fen > total_fen {
            return Err((400, "INVALID_REQUEST", "more than was paid"));
        }
        trade.refunded_fen += refund_fen;
        trade.state = State::Refund;
        let refund = SimRefund {
            out_refund_no: out_refund_no.to_owned(),
            out_trade_no: out_trade_no.to_owned(),
            refund_id: format!("5030{}", random_digits(24)),
            refund_fen,
            status: "PROCESSING".to_owned(),
            notify_url,
            ends_ms,
        };
        let answer = refund.to_json(trade);
        self.refunds.insert(out_refund_no.to_owned(), refund);
        Ok(answer)
    }

    /// Somebody sends money back in the merchant console, under a number of the console's own.
    pub(crate) fn console_refund(
        &mut self,
        out_trade_no: &str,
        fen: i64,
    ) -> Result<String, Refusal> {
        let trade = self.trades.get(out_trade_no).ok_or((
            404,
            "RESOURCE_NOT_EXISTS",
            "no such order of this merchant",
        ))?;
        let out_refund_no = format!("console{}", random_digits(16));
        let body = json!({
            "out_refund_no": out_refund_no,
            "out_trade_no": out_trade_no,
            "amount": { "refund": fen, "total": trade.total_fen },
            "notify_url": trade.notify_url,
        });
        self.refund(&body)?;
        Ok(out_refund_no)
    }

    /// What became of a refund.
    pub(crate) fn query_refund(&mut self, out_refund_no: &str) -> Result<Value, Refusal> {
        self.settle_refunds();
        let refund = self.refunds.get(out_refund_no).ok_or((
            404,
            "RESOURCE_NOT_EXISTS",
            "no such refund",
        ))?;
        let trade = self.trades.get(&refund.out_trade_no).ok_or((
            404,
            "RESOURCE_NOT_EXISTS",
            "no such order",
        ))?;
        Ok(refund.to_json(trade))
    }

    /// Ends refunds whose time has come, and announces them.
    pub(crate) fn settle_refunds(&mut self) {
        let now = self.now_ms();
        let (status, event) = match self.behaviour.refund_end {
            RefundEnd::Success => ("SUCCESS", "REFUND.SUCCESS"),
            RefundEnd::Abnormal => ("ABNORMAL", "REFUND.ABNORMAL"),
            RefundEnd::Closed => ("CLOSED", "REFUND.CLOSED"),
        };
        let ended: Vec<SimRefund> = self
            .refunds
            .values_mut()
            .filter(|refund| refund.status == "PROCESSING" && refund.ends_ms <= now)
            .map(|refund| {
                refund.status = status.to_owned();
                refund.clone()
            })
            .collect();
        for refund in ended {
            let Some(trade) = self.trades.get_mut(&refund.out_trade_no) else {
                continue;
            };
            if refund.status == "CLOSED" {
                // It did not happen, so that money may be asked back under another number.
                trade.refunded_fen -= refund.refund_fen;
            }
            let trade = trade.clone();
            if !refund.notify_url.is_empty() {
                let mut content = refund.to_json(&trade);
                if let Some(object) = content.as_object_mut() {
                    // A notification names the state differently from an answer; the merchant is added on sealing.
                    let status = object.remove("status").unwrap_or_default();
                    object.insert("refund_status".to_owned(), status);
                }
                self.announce(
                    EventKind::Refund,
                    event,
                    &refund.notify_url,
                    &trade,
                    content,
                );
            }
        }
    }
}
