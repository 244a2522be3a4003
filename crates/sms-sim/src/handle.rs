use std::sync::Arc;

use crate::{
    control,
    faults::{Fault, FaultRule},
    messages::{Message, Provider},
    shared::Shared,
};

/// Drives a running simulator. Cheap to clone.
#[derive(Clone)]
pub struct SimHandle {
    shared: Arc<Shared>,
}

impl SimHandle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// The `[sms]` table with which a server reaches this simulator.
    #[must_use]
    pub fn client_settings(&self, provider: Provider) -> serde_json::Value {
        control::client_settings(&self.shared.base_url, provider)
    }

    /// Makes the next `times` calls fail, of either provider.
    pub fn fault(&self, fault: Fault, times: u32) {
        self.shared.world().faults.push(FaultRule {
            provider: None,
            fault,
            times: Some(times),
        });
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// How many calls came.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.shared.world().calls
    }

    /// What would have been sent to a number, oldest first.
    #[must_use]
    pub fn messages(&self, phone: &str) -> Vec<Message> {
        let world = self.shared.world();
        let sent = world.messages.iter();
        sent.filter(|message| message.phone == phone)
            .cloned()
            .collect()
    }

    /// Keeps the providers' limits per number, or no longer.
    pub fn keep_limits(&self, keep: bool) {
        self.shared.world().limits = keep;
    }

    /// Moves the clock by which limits per number are counted.
    pub fn advance(&self, seconds: i64) {
        self.shared.world().ahead_s += seconds;
    }
}
