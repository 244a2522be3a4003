use http::{HeaderMap, Method};
use url::Url;

use crate::{
    config::Checked,
    key::{self, SignFault, SignatureFault},
};

/// The header that makes an answer a signed one.
pub(super) const SIGNATURE: &str = "Wechatpay-Signature";
const TIMESTAMP: &str = "Wechatpay-Timestamp";
const NONCE: &str = "Wechatpay-Nonce";
const SERIAL: &str = "Wechatpay-Serial";

/// How far a signature's time may lie from our clock, either way.
const SKEW_S: i64 = 300;

/// The `Authorization` header of one request: scheme, names and quotes as Tencent writes them.
pub(super) fn authorization(
    checked: &Checked,
    method: &Method,
    url: &Url,
    now_unix_s: i64,
    body: &str,
) -> Result<String, SignFault> {
    let nonce = key::random_hex()?;
    let signature = checked
        .merchant_key
        .sign(request_message(method, url, now_unix_s, &nonce, body).as_bytes())?;
    Ok(format!(
        "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",signature=\"{signature}\",timestamp=\"{now_unix_s}\",\
         serial_no=\"{}\"",
        checked.mchid, checked.merchant_serial,
    ))
}

/// Five lines, each ended: method, path with query, time, nonce, body.
fn request_message(method: &Method, url: &Url, timestamp: i64, nonce: &str, body: &str) -> String {
    let path = url.path();
    match url.query() {
        Some(query) => format!("{method}\n{path}?{query}\n{timestamp}\n{nonce}\n{body}\n"),
        None => format!("{method}\n{path}\n{timestamp}\n{nonce}\n{body}\n"),
    }
}

/// Checks the four headers over an answer's or a notification's body, which nobody has read yet.
pub(super) fn verify(
    checked: &Checked,
    headers: &HeaderMap,
    body: &[u8],
    now_unix_s: i64,
) -> Result<(), SignatureFault> {
    let serial = one(headers, SERIAL)?;
    let signature = one(headers, SIGNATURE)?;
    let timestamp = one(headers, TIMESTAMP)?;
    let nonce = one(headers, NONCE)?;
    let signed_unix_s: i64 = timestamp
        .parse()
        .map_err(|_| SignatureFault::Header(TIMESTAMP))?;
    let skew = now_unix_s.saturating_sub(signed_unix_s);
    if !(-SKEW_S..=SKEW_S).contains(&skew) {
        return Err(SignatureFault::Stale(skew));
    }
    // The header's own text is what was signed, not our reading of it.
    let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    checked.platform_keys.verify(serial, &message, signature)
}

/// A header given exactly once, as visible ASCII.
fn one<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, SignatureFault> {
    let mut values = headers.get_all(name).iter();
    match (
        values.next().and_then(|value| value.to_str().ok()),
        values.next(),
    ) {
        (Some(value), None) if !value.is_empty() => Ok(value),
        _ => Err(SignatureFault::Header(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_signed_has_five_ended_lines() {
        let url = Url::parse(
            "https://api.mch.weixin.qq.com/v3/pay/transactions/out-trade-no/a%7Cb?mchid=190",
        )
        .unwrap();
        assert_eq!(
            request_message(&Method::GET, &url, 1_554_208_460, "n", ""),
            "GET\n/v3/pay/transactions/out-trade-no/a%7Cb?mchid=190\n1554208460\nn\n\n"
        );
        let url = Url::parse("https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi").unwrap();
        assert_eq!(
            request_message(&Method::POST, &url, 1, "n", "{}"),
            "POST\n/v3/pay/transactions/jsapi\n1\nn\n{}\n"
        );
    }
}
