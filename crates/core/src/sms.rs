use async_trait::async_trait;
use dika_contract::{Phone, SmsCode};

/// Sends the code that proves a phone number.
#[async_trait]
pub trait SmsSender: Send + Sync {
    /// Hands the message over.
    ///
    /// # Errors
    /// Where the provider did not take it; the caller then answers that nothing was sent.
    async fn send(&self, phone: &Phone, code: &SmsCode) -> anyhow::Result<()>;
}

/// No SMS provider is connected: nobody can sign in by phone.
#[derive(Clone, Copy, Debug)]
pub struct NoSms;

#[async_trait]
impl SmsSender for NoSms {
    async fn send(&self, _: &Phone, _: &SmsCode) -> anyhow::Result<()> {
        anyhow::bail!("no SMS provider is connected")
    }
}
