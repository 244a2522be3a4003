use http::Method;
use serde::Deserialize;
use url::Url;

use crate::{
    key,
    pay::{
        Pay,
        error::{Error, ErrorCode},
    },
};

/// A bill longer than this is not read: some hundred thousand orders.
const BILL_LIMIT: usize = 64 << 20;

/// What WeChat Pay says when nobody paid on that day.
const NOTHING: &str = "NO_STATEMENT_EXIST";

/// A line of a day's bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillLine {
    /// Our number of the order.
    pub out_trade_no: String,
    /// WeChat Pay's number of the payment.
    pub transaction_id: String,
    /// When the payment was made, `2026-11-25 12:00:00` in China.
    pub time: String,
    /// What happened.
    pub entry: BillEntry,
}

/// What happened on that day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BillEntry {
    /// Money came, in fen.
    Payment(i64),
    /// Money went back, or is going.
    Refund {
        /// Our number of the refund.
        out_refund_no: String,
        /// WeChat Pay's number of it.
        refund_id: String,
        /// How much was asked back, in fen.
        fen: i64,
        /// `SUCCESS`, `PROCESSING`, `CHANGE` or `FAIL`.
        status: String,
    },
}

#[derive(Deserialize)]
struct Offer {
    hash_type: String,
    hash_value: String,
    download_url: Url,
}

impl Pay {
    /// A day's bill, payments and refunds in the order in which WeChat Pay lists them. `day` is a day in China,
    /// `2026-11-25`; WeChat Pay has the bill of a day from ten o'clock of the next.
    ///
    /// # Errors
    /// [`Error`]; a bill whose digest is not the one announced, or that can't be read, is [`Error::Malformed`].
    pub async fn trade_bill(&self, day: &str) -> Result<Vec<BillLine>, Error> {
        let query = [("bill_date", day), ("bill_type", "ALL")];
        let asked = self
            .ask::<Offer>(Method::GET, &["v3", "bill", "tradebill"], &query, None)
            .await;
        let offer = match asked {
            Err(error) if is_nothing(&error) => return Ok(Vec::new()),
            asked => asked?,
        };
        let own = &self.config.0.pay_host;
        let url = offer.download_url;
        // The download is signed too: a signature is sent nowhere else.
        if (url.scheme(), url.host(), url.port_or_known_default())
            != (own.scheme(), own.host(), own.port_or_known_default())
        {
            return Err(Error::Mismatch("download_url"));
        }
        if offer.hash_type != "SHA1" {
            return Err(Error::Malformed("a bill with another digest than SHA1"));
        }
        let bytes = self.download(url, BILL_LIMIT).await?;
        let text =
            String::from_utf8(bytes).map_err(|_| Error::Malformed("a bill that is no text"))?;
        if !key::sha1_hex(&text).eq_ignore_ascii_case(&offer.hash_value) {
            return Err(Error::Malformed("a bill that is not the one announced"));
        }
        lines(&text).ok_or(Error::Malformed("a bill that can't be read"))
    }
}

fn is_nothing(error: &Error) -> bool {
    matches!(error.proven_code(), Some(ErrorCode::Other(code)) if code == NOTHING)
}

/// Reads a bill: a line of names, the lines, then the sums under names of their own. Fields begin with a back quote.
fn lines(text: &str) -> Option<Vec<BillLine>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut rows = text.lines();
    let names: Vec<&str> = rows.next()?.split(',').map(str::trim).collect();
    let place = |name: &str| names.iter().position(|it| *it == name);
    let (time, transaction, order, state) = (
        place("交易时间")?,
        place("微信订单号")?,
        place("商户订单号")?,
        place("交易状态")?,
    );
    let (refund_id, refund_no, refund_state) = (
        place("微信退款单号")?,
        place("商户退款单号")?,
        place("退款状态")?,
    );
    let (total, back) = (place("订单金额")?, place("申请退款金额")?);
    let mut read = Vec::new();
    let mut payments = 0_i64;
    let mut counted = false;
    for row in rows {
        if !row.starts_with('`') {
            // The names of the sums; the first sum counts the lines.
            counted = row.starts_with("总交易单数");
            continue;
        }
        let fields: Vec<&str> = row.trim_end().trim_start_matches('`').split(",`").collect();
        if counted {
            return (fields.first()?.parse::<i64>().ok()? == payments).then_some(read);
        }
        if fields.len() != names.len() {
            return None;
        }
        payments += 1;
        let entry = match fields[state] {
            "SUCCESS" => BillEntry::Payment(fen(fields[total])?),
            "REFUND" | "REVOKED" => BillEntry::Refund {
                out_refund_no: fields[refund_no].to_owned(),
                refund_id: fields[refund_id].to_owned(),
                fen: fen(fields[back])?,
                status: fields[refund_state].to_owned(),
            },
            _ => return None,
        };
        read.push(BillLine {
            out_trade_no: fields[order].to_owned(),
            transaction_id: fields[transaction].to_owned(),
            time: fields[time].to_owned(),
            entry,
        });
    }
    // Cut off before its sums.
    None
}

/// Yuan as the bill writes them, `20.00`, `0.1` or `20`, in fen.
fn fen(yuan: &str) -> Option<i64> {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    whole
        .parse::<i64>()
        .ok()?
        .checked_mul(100)?
        .checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
    const SUMS: &str = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

    fn bill(rows: &[&str], count: usize) -> String {
        format!(
            "\u{feff}{NAMES}\r\n{}{SUMS}\r\n`{count},`1,`0,`0,`0,`1,`0\r\n",
            rows.concat()
        )
    }

    const PAID: &str = "`2026-11-25 16:33:45,`wx1,`1900000001,`0,`,`4200001,`order1,`o1,`NATIVE,`SUCCESS,`OTHERS,`CNY,`20.00,`0.00,`0,`0,`0.00,`0.00,`,`,`校园卡 充值,`,`0.12,`0.60%,`20.00,`0.00,`\r\n";
    const BACK: &str = "`2026-11-25 16:33:45,`wx1,`1900000001,`0,`,`4200001,`order1,`o1,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5000001,`order1-r,`12.30,`0.00,`ORIGINAL,`SUCCESS,`校园卡 充值,`,`-0.07,`0.60%,`0.00,`12.30,`\r\n";

    #[test]
    fn payments_and_refunds_are_read() {
        let read = lines(&bill(&[PAID, BACK], 2)).expect("a bill");
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].out_trade_no, "order1");
        assert_eq!(read[0].transaction_id, "4200001");
        assert_eq!(read[0].entry, BillEntry::Payment(2_000));
        let BillEntry::Refund {
            out_refund_no, fen, ..
        } = &read[1].entry
        else {
            panic!("a refund, not {:?}", read[1]);
        };
        assert_eq!((out_refund_no.as_str(), *fen), ("order1-r", 1_230));
        assert_eq!(lines(&bill(&[], 0)), Some(Vec::new()));
    }

    #[test]
    fn a_bill_that_is_cut_off_or_miscounted_is_none() {
        assert_eq!(lines(&bill(&[PAID], 2)), None);
        let whole = bill(&[PAID, BACK], 2);
        let cut = whole.find("总交易单数").expect("the sums");
        assert_eq!(lines(&whole[..cut]), None);
        assert_eq!(
            lines(&bill(&[&PAID.replace("`20.00,`0.00,`\r", "`20.00\r")], 1)),
            None
        );
        assert_eq!(lines(""), None);
    }

    #[test]
    fn yuan_are_fen_without_a_float() {
        for (yuan, expected) in [("20.00", 2_000), ("0.1", 10), ("0.01", 1), ("7", 700)] {
            assert_eq!(fen(yuan), Some(expected), "{yuan}");
        }
        for wrong in ["", ".5", "-1.00", "1.234", "1,000.00", "1.0x"] {
            assert_eq!(fen(wrong), None, "{wrong}");
        }
    }
}
