use std::collections::BTreeMap;

use sha1::{Digest as _, Sha1};

use crate::{
    clock::china_time,
    keys::Merchant,
    trades::{SimRefund, SimTrade},
};

const NAMES: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUMS: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

/// The bill of a day in China, as Tencent writes it: a back quote before each field, sums at the end. `None` where
/// nothing happened.
pub(crate) fn of_day(
    trades: &BTreeMap<String, SimTrade>,
    refunds: &BTreeMap<String, SimRefund>,
    merchant: &Merchant,
    day: &str,
) -> Option<String> {
    let mut rows = Vec::new();
    let (mut paid, mut back) = (0, 0);
    for trade in trades.values() {
        if let Some(at) = trade.paid_ms.filter(|at| china_time(*at).starts_with(day)) {
            paid += trade.total_fen;
            rows.push(row(merchant, trade, at, None));
        }
    }
    for refund in refunds.values() {
        let Some(trade) = trades.get(&refund.out_trade_no) else {
            continue;
        };
        if china_time(refund.ends_ms).starts_with(day) {
            back += refund.refund_fen;
            let at = trade.paid_ms.unwrap_or_default();
            rows.push(row(merchant, trade, at, Some(refund)));
        }
    }
    if rows.is_empty() {
        return None;
    }
    let count = rows.len();
    Some(format!(
        "{NAMES}\r\n{}{SUMS}\r\n`{count},`{paid},`{back},`0.00,`0.00,`{paid},`{back}\r\n",
        rows.concat(),
        paid = yuan(paid),
        back = yuan(back),
    ))
}

fn row(merchant: &Merchant, trade: &SimTrade, at: i64, refund: Option<&SimRefund>) -> String {
    let time = china_time(at)
        .replace('T', " ")
        .chars()
        .take(19)
        .collect::<String>();
    let nothing = "0.00".to_owned();
    let fields = [
        time,
        merchant.appid.clone(),
        merchant.mchid.clone(),
        "0".to_owned(),
        String::new(),
        trade.transaction_id.clone().unwrap_or_default(),
        trade.out_trade_no.clone(),
        trade.openid.clone().unwrap_or_default(),
        trade.form.trade_type().to_owned(),
        if refund.is_some() {
            "REFUND"
        } else {
            "SUCCESS"
        }
        .to_owned(),
        "OTHERS".to_owned(),
        "CNY".to_owned(),
        refund.map_or_else(|| yuan(trade.total_fen), |_| nothing.clone()),
        nothing.clone(),
        refund.map_or_else(|| "0".to_owned(), |it| it.refund_id.clone()),
        refund.map_or_else(|| "0".to_owned(), |it| it.out_refund_no.clone()),
        refund.map_or_else(|| nothing.clone(), |it| yuan(it.refund_fen)),
        nothing.clone(),
        refund.map_or_else(String::new, |_| "ORIGINAL".to_owned()),
        refund.map_or_else(String::new, |it| it.status.clone()),
        trade.description.clone(),
        trade.attach.clone().unwrap_or_default(),
        nothing.clone(),
        "0.60%".to_owned(),
        refund.map_or_else(|| yuan(trade.total_fen), |_| nothing.clone()),
        refund.map_or(nothing, |it| yuan(it.refund_fen)),
        String::new(),
    ];
    let quoted: Vec<String> = fields.iter().map(|field| format!("`{field}")).collect();
    format!("{}\r\n", quoted.join(","))
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// The digest that is announced with a bill.
pub(crate) fn digest(text: &str) -> String {
    use std::fmt::Write as _;
    Sha1::digest(text.as_bytes())
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
