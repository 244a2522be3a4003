use std::collections::{BTreeMap, HashMap};

use axum::{
    Json,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    account,
    clock::unix_s,
    crypto::{hex, hmac, sha256_hex},
    messages::{Provider, is_mobile},
    shared::Shared,
};

/// Aliyun's limits for sign-in codes to one number: so many within so many seconds.
const LIMITS: [(usize, i64); 3] = [(1, 60), (5, 3_600), (10, 86_400)];
/// How far the caller's clock may be off.
const CLOCK_S: i64 = 15 * 60;

/// `SendSms`: checks it, sends, answers. `refused` is a code to refuse with although all is right.
pub(crate) fn answer(
    sim: &Shared,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
    refused: Option<&str>,
) -> Response {
    match check(sim, uri, headers, body) {
        Err(code) => refusal(StatusCode::BAD_REQUEST, code),
        Ok(query) => match refused.or_else(|| send(sim, &query).err()) {
            // Refusals of the service itself come with 200.
            Some(code) => refusal(StatusCode::OK, code),
            None => Json(json!({
                "Code": "OK", "Message": "OK", "BizId": "900000000000000000^0", "RequestId": "SIMULATED",
            }))
            .into_response(),
        },
    }
}

fn refusal(status: StatusCode, code: &str) -> Response {
    let answer =
        json!({ "Code": code, "Message": "refused by the simulator", "RequestId": "SIMULATED" });
    (status, Json(answer)).into_response()
}

/// What the gateway checks before the service sees the call.
fn check(
    sim: &Shared,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<HashMap<String, String>, &'static str> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (action, version) = (header("x-acs-action"), header("x-acs-version"));
    if (action, version) != (Some("SendSms"), Some("2017-05-25")) {
        return Err("InvalidAction.NotFound");
    }
    let authorization = header("authorization").ok_or("IncompleteSignature")?;
    let fields: BTreeMap<&str, &str> = authorization
        .strip_prefix("ACS3-HMAC-SHA256 ")
        .ok_or("IncompleteSignature")?
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    if fields.get("Credential") != Some(&account::KEY_ID) {
        return Err("InvalidAccessKeyId.NotFound");
    }
    let moment = header("x-acs-date")
        .and_then(|date| OffsetDateTime::parse(date, &Rfc3339).ok())
        .ok_or("InvalidTimeStamp.Format")?;
    if (moment.unix_timestamp() - unix_s()).abs() > CLOCK_S {
        return Err("InvalidTimeStamp.Expired");
    }
    if header("x-acs-content-sha256") != Some(sha256_hex(body).as_str()) {
        return Err("SignatureDoesNotMatch");
    }
    let names = *fields.get("SignedHeaders").ok_or("IncompleteSignature")?;
    let must = headers
        .keys()
        .map(|name| name.as_str())
        .filter(|name| *name == "host" || name.starts_with("x-acs-"));
    let signed: Vec<&str> = names.split(';').collect();
    if !must.into_iter().all(|name| signed.contains(&name)) || !signed.is_sorted() {
        return Err("SignatureDoesNotMatch");
    }
    let mut lines = String::new();
    for name in &signed {
        let value = header(name).ok_or("SignatureDoesNotMatch")?;
        lines.push_str(&format!("{name}:{}\n", value.trim()));
    }
    let canonical = [
        "POST",
        "/",
        &canonical_query(uri.query().unwrap_or_default()),
        &lines,
        names,
        &sha256_hex(body),
    ]
    .join("\n");
    let to_sign = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical.as_bytes()));
    let right = hex(&hmac(account::SECRET.as_bytes(), to_sign.as_bytes()));
    if fields.get("Signature") != Some(&right.as_str()) {
        return Err("SignatureDoesNotMatch");
    }
    let nonce = header("x-acs-signature-nonce").ok_or("IncompleteSignature")?;
    if !sim.world().nonces.insert(nonce.to_owned()) {
        return Err("SignatureNonceUsed");
    }
    let query = uri.query().unwrap_or_default();
    Ok(url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect())
}

/// Decodes what came and encodes it anew, so that a call that is encoded otherwise doesn't fit its signature.
fn canonical_query(query: &str) -> String {
    let encode = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
    };
    let pairs: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// What the service checks.
fn send(sim: &Shared, query: &HashMap<String, String>) -> Result<(), &'static str> {
    let get = |name: &str| query.get(name).map_or("", String::as_str);
    let phone = get("PhoneNumbers");
    if !is_mobile(phone) {
        return Err("isv.MOBILE_NUMBER_ILLEGAL");
    }
    if get("SignName") != account::SIGN_NAME {
        return Err("isv.SMS_SIGNATURE_ILLEGAL");
    }
    if get("TemplateCode") != account::TEMPLATE_CODE {
        return Err("isv.SMS_TEMPLATE_ILLEGAL");
    }
    let params: BTreeMap<String, String> =
        serde_json::from_str(get("TemplateParam")).map_err(|_| "isv.INVALID_JSON_PARAM")?;
    let code = params
        .get("code")
        .ok_or("isv.TEMPLATE_MISSING_PARAMETERS")?;
    let mut world = sim.world();
    if world.is_over(phone, &LIMITS) {
        return Err("isv.BUSINESS_LIMIT_CONTROL");
    }
    let minutes = params.get("minutes").map(String::as_str);
    world.deliver(Provider::Aliyun, phone, code, minutes);
    Ok(())
}
