//! Every field of every answer, with values that nobody documents: what decides nothing changes nothing, and what decides
//! is never guessed.

use serde_json::{Value, json};

use super::{
    ErrorCode, Refund, RefundStatus, Rejection, Trade, Verdict,
    order::{CodeUrl, H5Url},
};
use crate::PrepayId;

/// A payment's whole answer, as documented.
fn trade(state: &str) -> Value {
    json!({
        "appid": "wx1", "mchid": "1900000001", "out_trade_no": "order-1",
        "transaction_id": "4200001234202611261234567890",
        "trade_type": "JSAPI", "trade_state": state, "trade_state_desc": "支付成功", "bank_type": "CMC",
        "attach": "text", "success_time": "2026-11-26T10:00:00+08:00",
        "payer": { "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
        "amount": { "total": 100, "payer_total": 90, "currency": "CNY", "payer_currency": "CNY" },
        "scene_info": { "device_id": "013467007045764" },
        "promotion_detail": [{ "coupon_id": "109519", "amount": 10, "goods_detail": [] }],
    })
}

/// A refund's whole answer, as documented.
fn refund() -> Value {
    json!({
        "refund_id": "50000000382019052709732678859", "out_refund_no": "order-1-r",
        "transaction_id": "1217752501201407033233368018", "out_trade_no": "order-1", "channel": "ORIGINAL",
        "user_received_account": "招商银行信用卡0403", "success_time": "2026-11-26T10:00:00+08:00",
        "create_time": "2026-11-26T09:00:00+08:00", "status": "SUCCESS", "funds_account": "UNSETTLED",
        "amount": { "total": 100, "refund": 100, "payer_total": 90, "payer_refund": 90, "settlement_refund": 100,
            "settlement_total": 100, "discount_refund": 0, "currency": "CNY", "from": [] },
        "promotion_detail": [],
    })
}

/// Values that a field may come with; `None` where it is missing.
fn odd_values() -> Vec<Option<Value>> {
    vec![
        None,
        Some(Value::Null),
        Some(json!("")),
        Some(json!(" ")),
        Some(json!("0")),
        Some(json!("SOMETHING_NEW")),
        Some(json!("4".repeat(40))),
        Some(json!("x".repeat(40_000))),
        Some(json!("广东工业大学\u{200b}\u{1f4b3}")),
        Some(json!("line\nbreak\u{0}")),
        Some(json!(0)),
        Some(json!(-1)),
        serde_json::from_str("1.5").ok(),
        Some(json!(u64::MAX)),
        Some(json!(true)),
        Some(json!([])),
        Some(json!({})),
        Some(json!([{ "a": [1, null] }])),
    ]
}

/// An answer with another value at a place, `/amount/total`.
fn with(answer: &Value, place: &str, value: Option<Value>) -> Value {
    let mut answer = answer.clone();
    let (parent, name) = place.rsplit_once('/').expect("a place");
    let parent = answer
        .pointer_mut(parent)
        .and_then(Value::as_object_mut)
        .expect("a parent");
    match value {
        Some(value) => drop(parent.insert(name.to_owned(), value)),
        None => drop(parent.remove(name)),
    }
    answer
}

/// Every place in an answer, objects included.
fn places(answer: &Value, under: &str) -> Vec<String> {
    let fields = answer.as_object().expect("an object");
    let deeper = |(name, value): (&String, &Value)| {
        let place = format!("{under}/{name}");
        let mut all = match value {
            Value::Object(_) => places(value, &place),
            _ => Vec::new(),
        };
        all.push(place);
        all
    };
    fields.iter().flat_map(deeper).collect()
}

/// As the client reads it; nothing where it is not believed.
fn read_trade(answer: Value) -> Option<Trade> {
    let trade: Trade = serde_json::from_value(answer).ok()?;
    trade.check_whole().ok().map(|()| trade)
}

#[test]
fn what_decides_nothing_in_a_payment_changes_nothing() {
    const DECIDES: [&str; 7] = [
        "/appid",
        "/mchid",
        "/out_trade_no",
        "/trade_state",
        "/amount",
        "/amount/total",
        "/amount/currency",
    ];
    let answer = trade("SUCCESS");
    let mut tried = 0;
    for place in places(&answer, "") {
        if DECIDES.contains(&place.as_str()) {
            continue;
        }
        for value in odd_values() {
            let label = format!("{place}: {value:?}");
            let read = read_trade(with(&answer, &place, value));
            let verdict = read.expect(&label).verdict(100);
            assert!(
                matches!(verdict, Verdict::Paid { .. }),
                "{label:.200}: {verdict:?}"
            );
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
    // A field that nobody knows yet.
    let more = with(&answer, "/something_new", Some(json!({ "deep": [1] })));
    assert!(matches!(
        read_trade(more).expect("read").verdict(100),
        Verdict::Paid { .. }
    ));
}

#[test]
fn what_decides_in_a_payment_is_never_guessed() {
    let answer = trade("SUCCESS");
    for place in [
        "/trade_state",
        "/amount",
        "/amount/total",
        "/amount/currency",
    ] {
        for value in odd_values() {
            let label = format!("{place}: {value:?}");
            // No currency told is yuan, as documented.
            let yuan = place == "/amount/currency"
                && value.as_ref().is_none_or(|it| it.is_null() || it == "");
            let read = read_trade(with(&answer, place, value));
            let paid = read.is_some_and(|it| matches!(it.verdict(100), Verdict::Paid { .. }));
            assert_eq!(paid, yuan, "{label:.200}");
        }
    }
}

#[test]
fn an_order_that_is_not_paid_needs_no_amount_that_can_be_read() {
    for state in ["NOTPAY", "CLOSED", "REVOKED", "USERPAYING", "PAYERROR"] {
        let answer = trade(state);
        let usual = read_trade(answer.clone()).expect("read").verdict(100);
        for place in [
            "/amount",
            "/amount/total",
            "/amount/currency",
            "/transaction_id",
        ] {
            for value in odd_values() {
                let label = format!("{state} {place}: {value:?}");
                let read = read_trade(with(&answer, place, value)).expect(&label);
                assert_eq!(read.verdict(100), usual, "{label:.200}");
            }
        }
    }
}

#[test]
fn what_decides_nothing_in_a_refund_changes_nothing() {
    const DECIDES: [&str; 4] = ["/out_refund_no", "/out_trade_no", "/status", "/amount"];
    let answer = refund();
    for place in places(&answer, "") {
        if DECIDES.contains(&place.as_str()) {
            continue;
        }
        for value in odd_values() {
            let label = format!("{place}: {value:?}");
            let read: Refund = serde_json::from_value(with(&answer, &place, value)).expect(&label);
            assert_eq!(read.status, RefundStatus::Success, "{label:.200}");
            // That all of it is back is proven by both amounts, or not at all.
            let whole = (read.refund_fen(), read.total_fen()) == (Some(100), Some(100));
            let is_amount = ["/amount/refund", "/amount/total"].contains(&place.as_str());
            assert_eq!(whole, !is_amount, "{label:.200}");
        }
    }
    // A notification names the state otherwise; both names together are no contradiction.
    let told = with(&answer, "/refund_status", Some(json!("SUCCESS")));
    assert!(serde_json::from_value::<Refund>(told).is_ok());
    for amount in odd_values() {
        let read: Refund = serde_json::from_value(with(&answer, "/amount", amount)).expect("read");
        assert_eq!(read.refund_fen(), None);
    }
}

#[test]
fn a_refund_without_a_state_is_none() {
    for value in [None, Some(Value::Null), Some(json!(1)), Some(json!({}))] {
        let answer = with(&refund(), "/status", value);
        assert!(serde_json::from_value::<Refund>(answer).is_err());
    }
    let odd = with(&refund(), "/status", Some(json!("HALF")));
    let odd: Refund = serde_json::from_value(odd).expect("read");
    assert_eq!(odd.status, RefundStatus::Other("HALF".to_owned()));
}

#[test]
fn a_refusal_keeps_its_code_whatever_else_it_says() {
    let refusal = json!({ "code": "ORDER_NOT_EXIST", "message": "订单不存在", "detail": { "field": "/out_trade_no" } });
    for place in ["/message", "/detail", "/detail/field"] {
        for value in odd_values() {
            let label = format!("{place}: {value:?}");
            let body = with(&refusal, place, value).to_string();
            let read = Rejection::read(404, body.as_bytes(), true);
            assert_eq!(read.code, ErrorCode::OrderNotExist, "{label:.200}");
        }
    }
    for value in odd_values() {
        let body = with(&refusal, "/code", value).to_string();
        let read = Rejection::read(404, body.as_bytes(), true);
        assert!(matches!(read.code, ErrorCode::Other(_)), "{read:?}");
    }
}

#[test]
fn a_way_to_pay_that_leads_nowhere_is_none() {
    for value in odd_values().into_iter().flatten() {
        let label = format!("{value}");
        let text = value.as_str().map(str::trim).unwrap_or_default().to_owned();
        let code = serde_json::from_value::<CodeUrl>(value.clone());
        assert_eq!(code.is_ok(), !text.is_empty(), "{label:.200}");
        assert!(
            serde_json::from_value::<H5Url>(value.clone()).is_err(),
            "{label:.200}"
        );
        let prepay = serde_json::from_value::<PrepayId>(value);
        let fits = (1..=512).contains(&text.len()) && text.chars().all(|it| it.is_ascii_graphic());
        assert_eq!(prepay.is_ok(), fits, "{label:.200}");
    }
}
