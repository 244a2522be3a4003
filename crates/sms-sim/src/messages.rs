use serde::{Deserialize, Serialize};

/// Whose protocol a call spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Aliyun Dysmsapi.
    Aliyun,
    /// Tencent Cloud SMS.
    Tencent,
}

/// A message that a provider would have sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// By which provider.
    pub provider: Provider,
    /// Eleven digits.
    pub phone: String,
    /// The code in it.
    pub code: String,
    /// The whole text, by the template.
    pub text: String,
    /// Seconds since 1970, by the simulated clock.
    pub sent_at: i64,
}

/// Whether a text is a mobile number of the mainland: eleven digits, the first a 1.
pub(crate) fn is_mobile(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && text.bytes().all(|byte| byte.is_ascii_digit())
}
