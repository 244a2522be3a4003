use std::{collections::BTreeMap, time::SystemTime};

use dika_contract::{Phone, SmsCode};
use dika_core::sms::{Outcome, Refusal};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use time::{OffsetDateTime, macros::format_description};
use url::Url;

use crate::{
    http,
    settings::{AliyunSettings, Check, SettingsError, fill},
    sign::{hmac_sha256, sha256_hex},
};

/// RFC 3986: everything but the unreserved characters is encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A client of Aliyun Dysmsapi.
#[derive(Debug)]
pub(crate) struct Aliyun {
    http: reqwest::Client,
    endpoint: Url,
    access_key_id: String,
    access_key_secret: SecretString,
    sign_name: String,
    template_code: String,
    template_params: BTreeMap<String, String>,
    code_minutes: u32,
}

/// `Code` is `OK` for a message that was taken; every refusal has another one, whatever the HTTP status.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Code")]
    code: String,
}

impl Aliyun {
    pub(crate) fn new(settings: &AliyunSettings, code_minutes: u32) -> Result<Self, SettingsError> {
        let mut check = Check::default();
        check.text("access_key_id", &settings.access_key_id);
        let access_key_secret = check.secret("access_key_secret", &settings.access_key_secret);
        check.sign_name(&settings.sign_name);
        check.text("template_code", &settings.template_code);
        check.params(settings.template_params.values());
        check.endpoint(&settings.endpoint);
        let limit = check.limit(settings.time_limit_s);
        check.done()?;
        Ok(Self {
            http: http::client(&settings.endpoint, limit)
                .map_err(|error| SettingsError(vec![format!("tls can't be set up: {error}")]))?,
            endpoint: settings.endpoint.clone(),
            access_key_id: settings.access_key_id.clone(),
            access_key_secret,
            sign_name: settings.sign_name.clone(),
            template_code: settings.template_code.clone(),
            template_params: settings.template_params.clone(),
            code_minutes,
        })
    }

    pub(crate) async fn send(&self, phone: &Phone, code: &SmsCode) -> Outcome {
        let params: BTreeMap<&str, String> = self
            .template_params
            .iter()
            .map(|(name, value)| (name.as_str(), fill(value, code, self.code_minutes)))
            .collect();
        let Ok(params) = serde_json::to_string(&params) else {
            return Outcome::Refused(Refusal::SignatureOrTemplate);
        };
        let query = canonical_query(&BTreeMap::from([
            ("PhoneNumbers", phone.as_str()),
            ("SignName", &self.sign_name),
            ("TemplateCode", &self.template_code),
            ("TemplateParam", &params),
        ]));
        let mut nonce = [0; 16];
        if getrandom::fill(&mut nonce).is_err() {
            return Outcome::Refused(Refusal::Other("no randomness".to_owned()));
        }
        let call = Call {
            host: &http::host_header(&self.endpoint),
            action: "SendSms",
            version: "2017-05-25",
            query: &query,
            date: &iso_time(SystemTime::now()),
            nonce: &hex::encode(nonce),
        };
        let mut url = self.endpoint.clone();
        url.set_query(Some(&query));
        let mut request = self.http.post(url);
        for (name, value) in call.headers() {
            // The HTTP client writes `host` itself.
            if name != "host" {
                request = request.header(name, value);
            }
        }
        let request = request.header(
            "Authorization",
            call.authorization(&self.access_key_id, &self.access_key_secret),
        );
        match http::send(request).await {
            Err(outcome) => outcome,
            Ok(body) => match serde_json::from_slice::<Answer>(&body) {
                Ok(answer) => outcome(&answer.code),
                Err(_) => Outcome::MaybeSent,
            },
        }
    }
}

/// One call without a body, as far as its signature covers it.
struct Call<'a> {
    host: &'a str,
    action: &'a str,
    version: &'a str,
    query: &'a str,
    date: &'a str,
    nonce: &'a str,
}

impl Call<'_> {
    /// The headers that are signed, sorted by name.
    fn headers(&self) -> [(&'static str, String); 6] {
        [
            ("host", self.host.to_owned()),
            ("x-acs-action", self.action.to_owned()),
            ("x-acs-content-sha256", sha256_hex(b"")),
            ("x-acs-date", self.date.to_owned()),
            ("x-acs-signature-nonce", self.nonce.to_owned()),
            ("x-acs-version", self.version.to_owned()),
        ]
    }

    /// The `Authorization` header by ACS3-HMAC-SHA256.
    fn authorization(&self, key_id: &str, secret: &SecretString) -> String {
        let headers = self.headers();
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let names = headers.map(|(name, _)| name).join(";");
        let canonical = format!(
            "POST\n/\n{}\n{lines}\n{names}\n{}",
            self.query,
            sha256_hex(b"")
        );
        let to_sign = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical.as_bytes()));
        let signature = hex::encode(hmac_sha256(secret.expose_secret().as_bytes(), &to_sign));
        format!("ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}")
    }
}

/// The query as it is signed and sent: names and values encoded, sorted by name.
fn canonical_query(parameters: &BTreeMap<&str, &str>) -> String {
    let encode = |text| utf8_percent_encode(text, RESERVED).to_string();
    parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// `2026-11-26T01:02:03Z`.
fn iso_time(now: SystemTime) -> String {
    OffsetDateTime::from(now)
        .format(format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second]Z"
        ))
        .unwrap_or_default()
}

/// What `Code` means. Source: "API error codes" of Short Message Service, and the common errors of its gateway.
fn outcome(code: &str) -> Outcome {
    let refusal = match code {
        "OK" => return Outcome::Sent,
        // Failures inside the service, after it took the request.
        "isp.SYSTEM_ERROR" | "isp.UNKNOWN" | "isp.GATEWAY_ERROR" | "InternalError"
        | "ServiceUnavailable" => return Outcome::MaybeSent,
        "isv.MOBILE_NUMBER_ILLEGAL" => Refusal::NumberIllegal,
        "isv.BUSINESS_LIMIT_CONTROL" => Refusal::LimitPerNumber,
        "isv.SMS_SIGNATURE_ILLEGAL"
        | "isv.SMS_SIGN_ILLEGAL"
        | "isv.SMS_SIGNATURE_SCENE_ILLEGAL"
        | "isv.SIGN_STATE_ILLEGAL"
        | "isv.SMS_CONTENT_ILLEGAL"
        | "isv.SMS_TEMPLATE_ILLEGAL"
        | "isv.TEMPLATE_MISSING_PARAMETERS"
        | "isv.TEMPLATE_PARAMS_ILLEGAL"
        | "isv.INVALID_JSON_PARAM"
        | "isv.PARAM_LENGTH_LIMIT"
        | "isv.PARAM_NOT_SUPPORT_URL"
        | "isv.BLACK_KEY_CONTROL_LIMIT" => Refusal::SignatureOrTemplate,
        "isv.AMOUNT_NOT_ENOUGH" | "isv.OUT_OF_SERVICE" => Refusal::Balance,
        "MOBILE_IN_BLACK" => Refusal::Blacklist,
        "isp.RAM_PERMISSION_DENY"
        | "isv.ACCOUNT_NOT_EXISTS"
        | "isv.ACCOUNT_ABNORMAL"
        | "isv.PRODUCT_UN_SUBSCRIPT"
        | "isv.PRODUCT_UNSUBSCRIBE"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "SignatureNonceUsed"
        | "NoPermission" => Refusal::Auth,
        _ if ["InvalidAccessKeyId", "InvalidTimeStamp", "Forbidden"]
            .iter()
            .any(|start| code.starts_with(start)) =>
        {
            Refusal::Auth
        }
        _ => Refusal::Other(code.to_owned()),
    };
    Outcome::Refused(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "Example of a signature with fixed parameters" in Alibaba Cloud's "V3 request structure and signature".
    #[test]
    fn the_documents_example_is_signed_alike() {
        let query = canonical_query(&BTreeMap::from([
            (
                "ImageId",
                "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            ),
            ("RegionId", "cn-shanghai"),
        ]));
        let call = Call {
            host: "ecs.cn-shanghai.aliyuncs.com",
            action: "RunInstances",
            version: "2014-05-26",
            query: &query,
            date: "2023-10-26T10:22:32Z",
            nonce: "3156853299f313e23d1673dc12e1703d",
        };
        assert_eq!(
            call.authorization(
                "YourAccessKeyId",
                &SecretString::from("YourAccessKeySecret")
            ),
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;\
             x-acs-date;x-acs-signature-nonce;x-acs-version,\
             Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
    }

    #[test]
    fn a_query_is_encoded_as_rfc_3986_says() {
        assert_eq!(
            canonical_query(&BTreeMap::from([
                ("b", "a b*~+/"),
                ("a", "{\"code\":\"1\"}学")
            ])),
            "a=%7B%22code%22%3A%221%22%7D%E5%AD%A6&b=a%20b%2A~%2B%2F"
        );
    }

    #[test]
    fn a_moment_is_written_in_utc() {
        let moment = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_698_315_752);
        assert_eq!(iso_time(moment), "2023-10-26T10:22:32Z");
    }
}
