//! Two SMS providers as clients: Aliyun Dysmsapi and Tencent Cloud SMS.
//!
//! Build a [`Provider`] from [`Settings`]; as an [`SmsSender`] it sends one sign-in code to one number and says what
//! became of it as an [`Outcome`]. A message is asked for once: a time-out or an unreadable answer is
//! [`Outcome::MaybeSent`], because a second request could send a second message.

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        reason = "a test that can't go on should stop there"
    )
)]

/// Aliyun Dysmsapi: the `SendSms` call and the ACS3-HMAC-SHA256 signature.
mod aliyun;
/// The HTTP client: time limit, no redirects, bounded bodies.
mod http;
/// What an operator sets, and what is wrong with it in plain English.
pub mod settings;
/// SHA-256 and HMAC-SHA256 in hexadecimal: what both signatures are made of.
mod sign;
/// Tencent Cloud SMS: the `SendSms` call and the TC3-HMAC-SHA256 signature.
mod tencent;

use async_trait::async_trait;
use dika_contract::{Phone, SmsCode};
use dika_core::sms::SmsSender;

pub use dika_core::sms::{Outcome, Refusal};
pub use settings::{Settings, SettingsError};

/// A connected provider.
#[derive(Debug)]
pub struct Provider(Client);

#[derive(Debug)]
enum Client {
    Aliyun(aliyun::Aliyun),
    Tencent(tencent::Tencent),
}

impl Provider {
    /// Checks the settings and builds the client. Calls nobody. `code_minutes` is how long a code is good: the value
    /// of `{minutes}` in template parameters.
    ///
    /// # Errors
    /// One plain sentence per setting that can't work, without any secret.
    pub fn new(settings: &Settings, code_minutes: u32) -> Result<Self, SettingsError> {
        Ok(Self(match settings {
            Settings::Aliyun(settings) => {
                Client::Aliyun(aliyun::Aliyun::new(settings, code_minutes)?)
            }
            Settings::Tencent(settings) => {
                Client::Tencent(tencent::Tencent::new(settings, code_minutes)?)
            }
        }))
    }
}

#[async_trait]
impl SmsSender for Provider {
    async fn send(&self, phone: &Phone, code: &SmsCode) -> Outcome {
        match &self.0 {
            Client::Aliyun(client) => client.send(phone, code).await,
            Client::Tencent(client) => client.send(phone, code).await,
        }
    }
}
