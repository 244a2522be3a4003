use std::collections::BTreeMap;

use axum::{
    Json,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{
    account,
    clock::unix_s,
    crypto::{hex, hmac, sha256_hex},
    messages::{Provider, is_mobile},
    shared::Shared,
};

/// Tencent's usual limits for one number: so many within so many seconds.
const LIMITS: [(usize, i64, &str); 3] = [
    (1, 30, "LimitExceeded.PhoneNumberThirtySecondLimit"),
    (5, 3_600, "LimitExceeded.PhoneNumberOneHourLimit"),
    (10, 86_400, "LimitExceeded.PhoneNumberDailyLimit"),
];
/// How far the caller's clock may be off.
const CLOCK_S: i64 = 5 * 60;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendSms {
    phone_number_set: Vec<String>,
    sms_sdk_app_id: String,
    sign_name: String,
    template_id: String,
    template_param_set: Vec<String>,
}

/// `SendSms`: checks it, sends, answers; always with 200. `refused` is a code to refuse with although all is right.
pub(crate) fn answer(
    sim: &Shared,
    headers: &HeaderMap,
    body: &[u8],
    refused: Option<&str>,
) -> Response {
    let response = match check(headers, body) {
        Err(code) => call_refused(code),
        Ok(call) => match refused {
            // Both kinds of refusal exist: of the whole call, and of one number within a call that was carried out.
            Some(code) if is_of_a_number(code) => statuses(&call, |_| code.to_owned()),
            Some(code) => call_refused(code),
            None => statuses(&call, |phone| {
                send(sim, &call, phone).map_or_else(str::to_owned, |()| "Ok".to_owned())
            }),
        },
    };
    Json(json!({ "Response": response })).into_response()
}

fn call_refused(code: &str) -> Value {
    json!({
        "Error": { "Code": code, "Message": "refused by the simulator" }, "RequestId": "SIMULATED",
    })
}

fn statuses(call: &SendSms, code: impl Fn(&str) -> String) -> Value {
    let statuses: Vec<Value> = call
        .phone_number_set
        .iter()
        .map(|phone| {
            let code = code(phone);
            let serial = if code == "Ok" { "0:0" } else { "" };
            let fee = u8::from(code == "Ok");
            json!({
                "SerialNo": serial, "PhoneNumber": phone, "Fee": fee, "SessionContext": "",
                "Code": code, "Message": "answered by the simulator", "IsoCode": "CN",
            })
        })
        .collect();
    json!({ "SendStatusSet": statuses, "RequestId": "SIMULATED" })
}

fn is_of_a_number(code: &str) -> bool {
    [
        "FailedOperation.",
        "LimitExceeded.PhoneNumber",
        "InvalidParameterValue.",
    ]
    .iter()
    .any(|start| code.starts_with(start))
}

/// What the gateway checks before the service sees the call.
fn check(headers: &HeaderMap, body: &[u8]) -> Result<SendSms, &'static str> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if header("x-tc-action") != Some("SendSms") {
        return Err("InvalidAction");
    }
    if header("x-tc-version") != Some("2021-01-11") {
        return Err("NoSuchVersion");
    }
    if header("x-tc-region").is_none_or(str::is_empty) {
        return Err("MissingParameter");
    }
    let timestamp: i64 = header("x-tc-timestamp")
        .and_then(|text| text.parse().ok())
        .ok_or("MissingParameter")?;
    if (timestamp - unix_s()).abs() > CLOCK_S {
        return Err("AuthFailure.SignatureExpire");
    }
    let fields: BTreeMap<&str, &str> = header("authorization")
        .and_then(|text| text.strip_prefix("TC3-HMAC-SHA256 "))
        .ok_or("AuthFailure.InvalidAuthorization")?
        .split(", ")
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let (key_id, scope) = fields
        .get("Credential")
        .and_then(|credential| credential.split_once('/'))
        .ok_or("AuthFailure.InvalidAuthorization")?;
    if key_id != account::KEY_ID {
        return Err("AuthFailure.SecretIdNotFound");
    }
    let date = OffsetDateTime::from_unix_timestamp(timestamp)
        .map_err(|_| "AuthFailure.SignatureExpire")?
        .date();
    let date = date.to_string();
    if scope != format!("{date}/sms/tc3_request") {
        return Err("AuthFailure.InvalidAuthorization");
    }
    let names = *fields
        .get("SignedHeaders")
        .ok_or("AuthFailure.InvalidAuthorization")?;
    let signed: Vec<&str> = names.split(';').collect();
    if !signed.contains(&"content-type") || !signed.contains(&"host") || !signed.is_sorted() {
        return Err("AuthFailure.InvalidAuthorization");
    }
    let mut lines = String::new();
    for name in &signed {
        let value = header(name).ok_or("AuthFailure.SignatureFailure")?;
        lines.push_str(&format!("{name}:{}\n", value.trim()));
    }
    let canonical = ["POST", "/", "", &lines, names, &sha256_hex(body)].join("\n");
    let to_sign = format!(
        "TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{}",
        sha256_hex(canonical.as_bytes())
    );
    let by_day = hmac(
        format!("TC3{}", account::SECRET).as_bytes(),
        date.as_bytes(),
    );
    let by_service = hmac(&by_day, b"sms");
    let key = hmac(&by_service, b"tc3_request");
    if fields.get("Signature") != Some(&hex(&hmac(&key, to_sign.as_bytes())).as_str()) {
        return Err("AuthFailure.SignatureFailure");
    }
    serde_json::from_slice(body).map_err(|_| "InvalidParameter")
}

/// What the service checks, for one number.
fn send(sim: &Shared, call: &SendSms, phone: &str) -> Result<(), &'static str> {
    if call.sms_sdk_app_id != account::SDK_APP_ID {
        return Err("UnauthorizedOperation.SmsSdkAppIdVerifyFail");
    }
    let phone = phone.strip_prefix("+86").unwrap_or_default();
    if !is_mobile(phone) {
        return Err("InvalidParameterValue.IncorrectPhoneNumber");
    }
    if call.sign_name != account::SIGN_NAME {
        return Err("FailedOperation.SignatureIncorrectOrUnapproved");
    }
    if call.template_id != account::TEMPLATE_ID {
        return Err("FailedOperation.TemplateIncorrectOrUnapproved");
    }
    let code = call
        .template_param_set
        .first()
        .ok_or("FailedOperation.TemplateParamSetNotMatchApprovedTemplate")?;
    let mut world = sim.world();
    for (most, within_s, refusal) in LIMITS {
        if world.is_over(phone, &[(most, within_s)]) {
            return Err(refusal);
        }
    }
    let minutes = call.template_param_set.get(1).map(String::as_str);
    world.deliver(Provider::Tencent, phone, code, minutes);
    Ok(())
}
