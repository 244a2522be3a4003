use std::collections::BTreeSet;

use crate::{
    account::SIGN_NAME,
    clock::unix_s,
    faults::FaultRule,
    messages::{Message, Provider},
};

/// All state.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) messages: Vec<Message>,
    pub(crate) faults: Vec<FaultRule>,
    pub(crate) calls: u32,
    /// Whether the providers' limits per number are kept. Off by default: tests send often.
    pub(crate) limits: bool,
    /// Seconds that the simulated clock is ahead, for limits per number.
    pub(crate) ahead_s: i64,
    pub(crate) nonces: BTreeSet<String>,
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
            text: format!("【{SIGN_NAME}】验证码{code}{lives}。"),
            sent_at: self.now(),
        });
    }
}
