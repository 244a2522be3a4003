use std::sync::Arc;

use async_trait::async_trait;
use dika_contract::{Phone, SmsCode};
use dika_core::sms::{Outcome, Refusal, SmsSender};

use crate::faults::{Heard, call};
use crate::instance::Instance;
use crate::plan::Seam;
use crate::world::World;

/// An SMS provider, as one server reaches it.
pub(crate) struct SimulatedSms {
    pub(crate) world: Arc<World>,
    pub(crate) instance: Arc<Instance>,
}

#[async_trait]
impl SmsSender for SimulatedSms {
    async fn send(&self, phone: &Phone, code: &SmsCode) -> Outcome {
        let (world, number) = (self.world.clone(), phone.as_str().to_owned());
        let code = code.as_str().to_owned();
        let sent = call(&self.world, &self.instance, Seam::Sms, "send", move || {
            world.deliver_code(&number, &code);
        });
        match sent.await {
            Heard::Answer(()) => Outcome::Sent,
            Heard::Silence => Outcome::MaybeSent,
            Heard::Refused => Outcome::Refused(Refusal::Unreachable),
        }
    }
}
