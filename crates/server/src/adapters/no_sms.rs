use async_trait::async_trait;
use dika_contract::{Phone, SmsCode};
use dika_core::sms::{Outcome, Refusal, SmsSender};

/// No SMS provider is connected: nobody can sign in by phone.
#[derive(Clone, Copy, Debug)]
pub struct NoSms;

#[async_trait]
impl SmsSender for NoSms {
    fn is_connected(&self) -> bool {
        false
    }

    async fn send(&self, _: &Phone, _: &SmsCode) -> Outcome {
        Outcome::Refused(Refusal::Unreachable)
    }
}
