use std::sync::Arc;

use dika_core::card_system::CardSystem;
use dika_core::clock::Clock;
use dika_core::directory::DirectorySource;
use dika_core::ids::Ids;
use dika_core::messenger::Messenger;
use dika_core::payment_gateway::PaymentGateway;
use dika_core::sms::SmsSender;
use dika_store::Store;

use crate::adapters::wechat::Wechat;
use crate::services::looks::Looks;

/// What services work with: the store and the ports. Clones share everything.
#[derive(Clone)]
pub struct Services {
    /// Everything that is kept.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub ids: Arc<dyn Ids>,
    /// The schools' card systems.
    pub cards: Arc<dyn CardSystem>,
    /// The payment provider.
    pub gateway: Arc<dyn PaymentGateway>,
    /// WeChat, where it is connected: sign-in, notifications, signed pages.
    pub wechat: Option<Arc<Wechat>>,
    /// Sends SMS codes.
    pub sms: Arc<dyn SmsSender>,
    /// Sends messages that students asked for, where that is set up.
    pub messenger: Option<Arc<dyn Messenger>>,
    /// Issuers, wallets, limits and hours.
    pub directory: Arc<dyn DirectorySource>,
    /// Looks at orders that are under way.
    pub looks: Looks,
    /// Whether codes per hour are limited for a phone and an address. Not where they cost nothing.
    pub limits_codes: bool,
}
