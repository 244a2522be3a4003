use serde::{Deserialize, Serialize};

use crate::{World, unix_s};

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

impl World {
    /// The simulated clock.
    pub(crate) fn now(&self) -> i64 {
        unix_s() + self.ahead_s
    }

    /// Whether a provider's own limit for a number is used up: so many messages within so many seconds.
    pub(crate) fn is_over(&self, phone: &str, limits: &[(usize, i64)]) -> bool {
        self.limits
            && limits.iter().any(|(most, within_s)| {
                let since = self.now() - within_s;
                let sent = self.messages.iter();
                sent.filter(|message| message.phone == phone && message.sent_at > since)
                    .count()
                    >= *most
            })
    }

    /// Sends a message, as far as a simulator does. `minutes` is the template's second parameter, where given.
    pub(crate) fn deliver(
        &mut self,
        provider: Provider,
        phone: &str,
        code: &str,
        minutes: Option<&str>,
    ) {
        let lives = minutes.map_or(String::new(), |minutes| format!("，{minutes}分钟内有效"));
        self.messages.push(Message {
            provider,
            phone: phone.to_owned(),
            code: code.to_owned(),
            text: format!("【{}】验证码{code}{lives}。", crate::account::SIGN_NAME),
            sent_at: self.now(),
        });
    }
}

/// Whether a text is a mobile number of the mainland: eleven digits, the first a 1.
pub(crate) fn is_mobile(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && text.bytes().all(|byte| byte.is_ascii_digit())
}
