use std::sync::Arc;

use dika_core::card_system::CardSystem;
use dika_core::ids::Ids;
use dika_core::messenger::Messenger;
use dika_core::payment_gateway::PaymentGateway;
use dika_core::sms::SmsSender;
use dika_server::Services;
use dika_server::adapters::wechat::Wechat;
use dika_server::services::looks::Looks;
use dika_server::settings::{Deployment, Settings};
use dika_store::Store;

use crate::clock::MovableClock;
use crate::directory::SandboxDirectory;
use crate::faults::Faults;
use crate::tables::Tables;

/// A server's parts, and what moves them. Clones share everything.
#[derive(Clone)]
pub struct Sandbox {
    /// Everything that is kept.
    pub store: Store,
    /// The clock of the server, which can be moved.
    pub clock: MovableClock,
    /// Randomness.
    pub ids: Arc<dyn Ids>,
    /// The schools' card systems.
    pub cards: Arc<dyn CardSystem>,
    /// The payment provider: the cashier, or a simulator of WeChat Pay.
    pub gateway: Arc<dyn PaymentGateway>,
    /// WeChat, where a simulator is connected.
    pub wechat: Option<Arc<Wechat>>,
    /// The inbox that anybody may read.
    pub sms: Arc<dyn SmsSender>,
    /// Messages in the simulator of WeChat, where one is connected.
    pub messenger: Option<Arc<dyn Messenger>>,
    /// What was set.
    pub settings: Arc<Settings>,
    /// The faults that wait.
    pub faults: Faults,
    /// Looks at orders that are under way.
    pub looks: Looks,
}

impl Sandbox {
    /// What only the sandbox keeps.
    pub fn tables(&self) -> Tables {
        Tables::new(self.store.clone())
    }

    /// What the server's services work with.
    pub fn services(&self) -> Services {
        let directory = self.settings.directory.clone();
        Services {
            store: self.store.clone(),
            clock: Arc::new(self.clock.clone()),
            ids: self.ids.clone(),
            cards: self.cards.clone(),
            gateway: self.gateway.clone(),
            wechat: self.wechat.clone(),
            sms: self.sms.clone(),
            messenger: self.messenger.clone(),
            directory: Arc::new(SandboxDirectory::new(self.tables(), directory)),
            looks: self.looks.clone(),
            limits_codes: self.settings.deployment == Deployment::Production,
        }
    }
}
