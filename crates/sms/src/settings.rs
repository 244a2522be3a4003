//! The `[sms]` table of the settings file.
//!
//! ```toml
//! [sms]
//! provider = "aliyun"
//! access_key_id = "LTAI…"
//! access_key_secret = "env:DIKA_SMS_SECRET"
//! sign_name = "某某大学"
//! template_code = "SMS_123456789"
//! template_params = { code = "{code}", minutes = "{minutes}" }
//! ```
//!
//! ```toml
//! [sms]
//! provider = "tencent"
//! secret_id = "AKID…"
//! secret_key = "file:/etc/dika/sms.key"
//! sdk_app_id = "1400006666"
//! sign_name = "某某大学"
//! template_id = "1110"
//! template_params = ["{code}", "{minutes}"]
//! ```

use std::{collections::BTreeMap, fmt, time::Duration};

use dika_contract::SmsCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use crate::http::is_this_machine;

/// A provider and how to call it.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "provider", rename_all = "snake_case")]
pub enum Settings {
    /// Aliyun Dysmsapi.
    Aliyun(AliyunSettings),
    /// Tencent Cloud SMS.
    Tencent(TencentSettings),
}

/// How to call Aliyun Dysmsapi.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliyunSettings {
    /// AccessKey ID of a RAM user that may call `dysms:SendSms`.
    pub access_key_id: String,
    /// Its secret: the value itself, `env:NAME` or `file:PATH`.
    pub access_key_secret: SecretString,
    /// The approved signature (签名), without brackets.
    pub sign_name: String,
    /// The approved template: `SMS_…`.
    pub template_code: String,
    /// The template's parameters by name. `{code}` and `{minutes}` are replaced.
    #[serde(default = "aliyun_params")]
    pub template_params: BTreeMap<String, String>,
    /// The address called. Only a simulator changes it.
    #[serde(default = "aliyun_endpoint")]
    pub endpoint: Url,
    /// Seconds allowed for one call, 1 to 60; 8 if left out.
    #[serde(default = "time_limit_s")]
    pub time_limit_s: u64,
}

/// How to call Tencent Cloud SMS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TencentSettings {
    /// SecretId of a CAM user that may call `sms:SendSms`.
    pub secret_id: String,
    /// Its SecretKey: the value itself, `env:NAME` or `file:PATH`.
    pub secret_key: SecretString,
    /// SdkAppId of the SMS application.
    pub sdk_app_id: String,
    /// The approved signature (签名), without brackets.
    pub sign_name: String,
    /// The approved template.
    pub template_id: String,
    /// The template's parameters in order. `{code}` and `{minutes}` are replaced.
    #[serde(default = "tencent_params")]
    pub template_params: Vec<String>,
    /// The region called.
    #[serde(default = "tencent_region")]
    pub region: String,
    /// The address called. Only a simulator changes it.
    #[serde(default = "tencent_endpoint")]
    pub endpoint: Url,
    /// Seconds allowed for one call, 1 to 60; 8 if left out.
    #[serde(default = "time_limit_s")]
    pub time_limit_s: u64,
}

fn aliyun_params() -> BTreeMap<String, String> {
    BTreeMap::from([("code".to_owned(), "{code}".to_owned())])
}

fn tencent_params() -> Vec<String> {
    vec!["{code}".to_owned()]
}

fn tencent_region() -> String {
    "ap-guangzhou".to_owned()
}

#[expect(clippy::unwrap_used, reason = "a constant address")]
fn aliyun_endpoint() -> Url {
    Url::parse("https://dysmsapi.aliyuncs.com/").unwrap()
}

#[expect(clippy::unwrap_used, reason = "a constant address")]
fn tencent_endpoint() -> Url {
    Url::parse("https://sms.tencentcloudapi.com/").unwrap()
}

fn time_limit_s() -> u64 {
    8
}

/// What is wrong with the settings: one plain sentence each, naming the setting and no value of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError(pub Vec<String>);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for SettingsError {}

/// Collects what is wrong.
#[derive(Default)]
pub(crate) struct Check(Vec<String>);

impl Check {
    /// A text that must be there.
    pub(crate) fn text(&mut self, setting: &str, value: &str) {
        if value.trim().is_empty() {
            self.0.push(format!("{setting} is empty"));
        }
    }

    /// The signature: providers add the brackets themselves.
    pub(crate) fn sign_name(&mut self, value: &str) {
        self.text("sign_name", value);
        if value.contains(['【', '】', '[', ']']) {
            self.0
                .push("sign_name is written without brackets; the provider adds them".to_owned());
        }
    }

    /// The parameters: one of them must carry the code.
    pub(crate) fn params<'a>(&mut self, values: impl IntoIterator<Item = &'a String>) {
        if !values.into_iter().any(|value| value.contains("{code}")) {
            self.0
                .push("template_params has no {code}: the message would not hold the code".into());
        }
    }

    /// The address: https, or this machine.
    pub(crate) fn endpoint(&mut self, url: &Url) {
        if url.scheme() != "https" && !(url.scheme() == "http" && is_this_machine(url)) {
            self.0.push("endpoint is not https".to_owned());
        }
        if url.path() != "/" || url.query().is_some() {
            self.0
                .push("endpoint has a path or a query; it is a host alone".to_owned());
        }
    }

    /// The time limit.
    pub(crate) fn limit(&mut self, seconds: u64) -> Duration {
        if !(1..=60).contains(&seconds) {
            self.0.push("time_limit_s is not 1 to 60".to_owned());
        }
        Duration::from_secs(seconds)
    }

    /// A secret: the value itself, or where it is read from.
    pub(crate) fn secret(&mut self, setting: &str, source: &SecretString) -> SecretString {
        let text = source.expose_secret();
        let read = if let Some(path) = text.strip_prefix("file:") {
            std::fs::read_to_string(path)
                .map_err(|error| format!("the file {path:?} can't be read: {error}"))
        } else if let Some(name) = text.strip_prefix("env:") {
            std::env::var(name).map_err(|_| format!("the environment variable {name} is not set"))
        } else {
            Ok(text.to_owned())
        };
        match read {
            Ok(value) if value.trim().is_empty() => {
                self.0.push(format!("{setting} is empty"));
                SecretString::default()
            }
            Ok(value) => SecretString::from(value.trim()),
            Err(fault) => {
                self.0.push(format!("{setting}: {fault}"));
                SecretString::default()
            }
        }
    }

    /// Whether something is wrong.
    pub(crate) fn done(self) -> Result<(), SettingsError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(SettingsError(self.0))
        }
    }
}

/// Puts code and minutes into a template parameter.
pub(crate) fn fill(parameter: &str, code: &SmsCode, minutes: u32) -> String {
    parameter
        .replace("{minutes}", &minutes.to_string())
        .replace("{code}", code.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aliyun(change: impl FnOnce(&mut AliyunSettings)) -> Result<crate::Provider, SettingsError> {
        let mut settings = AliyunSettings {
            access_key_id: "LTAI".to_owned(),
            access_key_secret: SecretString::from("hush"),
            sign_name: "某某大学".to_owned(),
            template_code: "SMS_1".to_owned(),
            template_params: aliyun_params(),
            endpoint: aliyun_endpoint(),
            time_limit_s: 8,
        };
        change(&mut settings);
        crate::Provider::new(&Settings::Aliyun(settings), 5)
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        assert!(aliyun(|_| {}).is_ok());
        type Change = fn(&mut AliyunSettings);
        let wrong: [(Change, &str); 8] = [
            (|s| s.access_key_id.clear(), "access_key_id is empty"),
            (
                |s| s.access_key_secret = SecretString::from(" "),
                "access_key_secret is empty",
            ),
            (
                |s| s.access_key_secret = SecretString::from("env:DIKA_NO_SUCH_VARIABLE"),
                "DIKA_NO_SUCH_VARIABLE",
            ),
            (|s| s.sign_name = "【某某大学】".to_owned(), "brackets"),
            (|s| s.template_params.clear(), "no {code}"),
            (
                |s| s.endpoint = Url::parse("http://sms.example.edu/").unwrap(),
                "not https",
            ),
            (
                |s| s.endpoint = Url::parse("https://sms.example.edu/a").unwrap(),
                "a path",
            ),
            (|s| s.time_limit_s = 0, "time_limit_s"),
        ];
        for (change, told) in wrong {
            let fault = aliyun(change).unwrap_err().to_string();
            assert!(fault.contains(told), "{told}: {fault}");
            assert!(!fault.contains("hush"), "{fault}");
        }
    }

    #[test]
    fn nothing_shows_a_secret() {
        let shown = format!("{:?}", aliyun(|_| {}).unwrap());
        assert!(!shown.contains("hush"), "{shown}");
        let settings: Settings = serde_json::from_value(serde_json::json!({
            "provider": "tencent", "secret_id": "AKID", "secret_key": "hush", "sdk_app_id": "1",
            "sign_name": "某某大学", "template_id": "2",
        }))
        .unwrap();
        let shown = format!(
            "{settings:?} {:?}",
            crate::Provider::new(&settings, 5).unwrap()
        );
        assert!(!shown.contains("hush"), "{shown}");
    }

    #[test]
    fn a_typing_error_is_refused() {
        let fault = serde_json::from_value::<Settings>(serde_json::json!({
            "provider": "tencent", "secret_id": "AKID", "secret_key": "hush", "sdk_app_id": "1",
            "sign_nmae": "某某大学", "template_id": "2",
        }))
        .unwrap_err()
        .to_string();
        assert!(fault.contains("sign_nmae"), "{fault}");
    }
}
