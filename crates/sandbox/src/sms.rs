use std::sync::Arc;

use async_trait::async_trait;
use dika_contract::{Phone, SmsCode};
use dika_core::clock::Clock;
use dika_core::sms::{Outcome, Refusal, SmsSender};

use crate::tables::Tables;

/// The sandbox's SMS provider: an inbox that anybody may read.
#[derive(Clone, Debug)]
pub struct SandboxSms {
    tables: Tables,
    clock: Arc<dyn Clock>,
}

impl SandboxSms {
    /// Keeps messages in this database.
    pub fn new(tables: Tables, clock: Arc<dyn Clock>) -> Self {
        Self { tables, clock }
    }
}

#[async_trait]
impl SmsSender for SandboxSms {
    async fn send(&self, phone: &Phone, code: &SmsCode) -> Outcome {
        let now = self.clock.now();
        match self
            .tables
            .add_sms(phone.as_str(), code.as_str(), now)
            .await
        {
            Ok(()) => Outcome::Sent,
            Err(fault) => Outcome::Refused(Refusal::Other(fault.to_string())),
        }
    }
}
