use async_trait::async_trait;
use dika_contract::{Phone, SmsCode};

/// Sends the code that proves a phone number.
#[async_trait]
pub trait SmsSender: Send + Sync {
    /// Hands the message over.
    ///
    /// # Errors
    /// If the provider did not accept it; the caller then answers that nothing was sent.
    async fn send(&self, phone: &Phone, code: &SmsCode) -> anyhow::Result<()>;
}
