use std::time::{SystemTime, UNIX_EPOCH};

use dika_contract::{Phone, SmsCode};
use dika_core::sms::{Outcome, Refusal};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use time::{OffsetDateTime, macros::format_description};
use url::Url;

use crate::{
    http,
    settings::{Check, SettingsError, TencentSettings, fill},
    sign::{hmac_sha256, sha256_hex},
};

const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// A client of Tencent Cloud SMS.
#[derive(Debug)]
pub(crate) struct Tencent {
    http: reqwest::Client,
    endpoint: Url,
    secret_id: String,
    secret_key: SecretString,
    sdk_app_id: String,
    sign_name: String,
    template_id: String,
    template_params: Vec<String>,
    region: String,
    code_minutes: u32,
}

/// A refused call holds `Error`; one that was carried out holds a status per number.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Response")]
    response: Response,
}

#[derive(Deserialize)]
struct Response {
    #[serde(rename = "Error")]
    error: Option<Coded>,
    #[serde(rename = "SendStatusSet", default)]
    statuses: Vec<Coded>,
}

#[derive(Deserialize)]
struct Coded {
    #[serde(rename = "Code")]
    code: String,
}

impl Tencent {
    pub(crate) fn new(
        settings: &TencentSettings,
        code_minutes: u32,
    ) -> Result<Self, SettingsError> {
        let mut check = Check::default();
        check.text("secret_id", &settings.secret_id);
        let secret_key = check.secret("secret_key", &settings.secret_key);
        check.text("sdk_app_id", &settings.sdk_app_id);
        check.sign_name(&settings.sign_name);
        check.text("template_id", &settings.template_id);
        check.params(&settings.template_params);
        check.text("region", &settings.region);
        check.endpoint(&settings.endpoint);
        let limit = check.limit(settings.time_limit_s);
        check.done()?;
        Ok(Self {
            http: http::client(&settings.endpoint, limit)
                .map_err(|error| SettingsError(vec![format!("tls can't be set up: {error}")]))?,
            endpoint: settings.endpoint.clone(),
            secret_id: settings.secret_id.clone(),
            secret_key,
            sdk_app_id: settings.sdk_app_id.clone(),
            sign_name: settings.sign_name.clone(),
            template_id: settings.template_id.clone(),
            template_params: settings.template_params.clone(),
            region: settings.region.clone(),
            code_minutes,
        })
    }

    pub(crate) async fn send(&self, phone: &Phone, code: &SmsCode) -> Outcome {
        let params: Vec<String> = self
            .template_params
            .iter()
            .map(|value| fill(value, code, self.code_minutes))
            .collect();
        let body = serde_json::json!({
            "PhoneNumberSet": [format!("+86{}", phone.as_str())],
            "SmsSdkAppId": self.sdk_app_id,
            "SignName": self.sign_name,
            "TemplateId": self.template_id,
            "TemplateParamSet": params,
        })
        .to_string();
        let now = unix_s(SystemTime::now());
        let call = Call {
            service: "sms",
            host: &http::host_header(&self.endpoint),
            unix_s: now,
            body: &body,
        };
        let request = self
            .http
            .post(self.endpoint.clone())
            .header(
                "Authorization",
                call.authorization(&self.secret_id, &self.secret_key),
            )
            .header("Content-Type", CONTENT_TYPE)
            .header("X-TC-Action", "SendSms")
            .header("X-TC-Version", "2021-01-11")
            .header("X-TC-Region", &self.region)
            .header("X-TC-Timestamp", now.to_string())
            .body(body);
        let body = match http::send(request).await {
            Ok(body) => body,
            Err(outcome) => return outcome,
        };
        match serde_json::from_slice::<Answer>(&body) {
            Ok(Answer { response }) => match (response.error, response.statuses.first()) {
                (Some(error), _) => outcome(&error.code),
                (None, Some(status)) => outcome(&status.code),
                (None, None) => Outcome::MaybeSent,
            },
            Err(_) => Outcome::MaybeSent,
        }
    }
}

/// One call, as far as its signature covers it.
struct Call<'a> {
    service: &'a str,
    host: &'a str,
    unix_s: i64,
    body: &'a str,
}

impl Call<'_> {
    /// The `Authorization` header by TC3-HMAC-SHA256.
    fn authorization(&self, secret_id: &str, secret_key: &SecretString) -> String {
        let canonical = format!(
            "POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{}\n\ncontent-type;host\n{}",
            self.host,
            sha256_hex(self.body.as_bytes())
        );
        let date = utc_date(self.unix_s);
        let scope = format!("{date}/{}/tc3_request", self.service);
        let to_sign = format!(
            "TC3-HMAC-SHA256\n{}\n{scope}\n{}",
            self.unix_s,
            sha256_hex(canonical.as_bytes())
        );
        let secret = format!("TC3{}", secret_key.expose_secret());
        let key = [date.as_str(), self.service, "tc3_request"]
            .iter()
            .fold(secret.into_bytes(), |key, step| {
                hmac_sha256(&key, step).to_vec()
            });
        let signature = hex::encode(hmac_sha256(&key, &to_sign));
        format!(
            "TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders=content-type;host, Signature={signature}"
        )
    }
}

fn unix_s(now: SystemTime) -> i64 {
    now.duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or(0)
}

/// `2026-11-26`.
fn utc_date(unix_s: i64) -> String {
    OffsetDateTime::from_unix_timestamp(unix_s)
        .ok()
        .and_then(|moment| {
            moment
                .format(format_description!("[year]-[month]-[day]"))
                .ok()
        })
        .unwrap_or_default()
}

/// What a code means, of the whole call or of a number. Source: "SendSms" and "Error codes" of Tencent Cloud SMS.
fn outcome(code: &str) -> Outcome {
    let refusal = match code {
        "Ok" => return Outcome::Sent,
        // Failures inside the service, after it took the request.
        "InternalError"
        | "InternalError.Timeout"
        | "InternalError.SendAndRecvFail"
        | "InternalError.OtherError"
        | "InternalError.UnknownError" => return Outcome::MaybeSent,
        "InvalidParameterValue.IncorrectPhoneNumber" => Refusal::NumberIllegal,
        "LimitExceeded.PhoneNumberThirtySecondLimit"
        | "LimitExceeded.PhoneNumberOneHourLimit"
        | "LimitExceeded.PhoneNumberDailyLimit"
        | "LimitExceeded.PhoneNumberSameContentDailyLimit"
        | "LimitExceeded.DeliveryFrequencyLimit" => Refusal::LimitPerNumber,
        "FailedOperation.SignatureIncorrectOrUnapproved"
        | "FailedOperation.TemplateIncorrectOrUnapproved"
        | "FailedOperation.TemplateUnapprovedOrNotExist"
        | "FailedOperation.TemplateIdNotExist"
        | "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
        | "FailedOperation.ContainSensitiveWord"
        | "InvalidParameterValue.ContentLengthLimit"
        | "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"
        | "InvalidParameterValue.TemplateParameterFormatError"
        | "InvalidParameterValue.TemplateParameterLengthLimit" => Refusal::SignatureOrTemplate,
        "FailedOperation.InsufficientBalanceInSmsPackage" => Refusal::Balance,
        "FailedOperation.PhoneNumberInBlacklist" => Refusal::Blacklist,
        "InvalidParameterValue.SdkAppIdNotExist"
        | "InternalError.RequestTimeException"
        | "InternalError.SigFieldMissing"
        | "InternalError.SigVerificationFail" => Refusal::Auth,
        _ if code.starts_with("AuthFailure") || code.starts_with("UnauthorizedOperation") => {
            Refusal::Auth
        }
        _ => Refusal::Other(code.to_owned()),
    };
    Outcome::Refused(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example "DescribeInstances" in Tencent Cloud's "Signature v3".
    #[test]
    fn the_documents_example_is_signed_alike() {
        let call = Call {
            service: "cvm",
            host: "cvm.tencentcloudapi.com",
            unix_s: 1_551_113_065,
            body: r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#,
        };
        assert_eq!(
            call.authorization(
                "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
                &SecretString::from("Gu5t9xGARNpq86cd98joQYCN3EXAMPLE")
            ),
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, \
             SignedHeaders=content-type;host, \
             Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
        );
    }

    #[test]
    fn a_day_begins_in_utc() {
        assert_eq!(utc_date(1_551_139_199), "2019-02-25");
        assert_eq!(utc_date(1_551_139_200), "2019-02-26");
    }
}
