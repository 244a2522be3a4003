use async_trait::async_trait;
use dika_contract::{Phone, SmsCode};
use dika_core::sms::SmsSender;

/// No SMS provider is connected: nobody can sign in by phone.
#[derive(Clone, Copy, Debug)]
pub struct NoSms;

#[async_trait]
impl SmsSender for NoSms {
    async fn send(&self, _: &Phone, _: &SmsCode) -> anyhow::Result<()> {
        anyhow::bail!("no SMS provider is connected")
    }
}
