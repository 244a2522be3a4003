//! What implements the ports of `dika_core`.

/// The card system in this server's database.
pub mod built_in_cards;
/// Tells log and metrics about calls to connectors.
pub mod connector_log;
/// A payment gateway whose calls are counted and timed.
pub mod measured_gateway;
/// Refuses every SMS: no provider is connected.
pub mod no_sms;
/// Randomness from the operating system.
pub mod os_random;
/// The directory: guide, connectors and settings.
pub mod school_directory;
/// The clock of this machine.
pub mod system_clock;
/// WeChat, connected.
pub mod wechat;
/// WeChat Pay as the payment provider.
pub mod wechat_gateway;
/// Messages by the school's official account.
pub mod wechat_messenger;
