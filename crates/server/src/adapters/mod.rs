//! What implements the ports of `dika_core`.

/// The card system in this server's database.
pub mod built_in_cards;
/// A directory that never changes.
pub mod fixed_directory;
/// A payment gateway whose calls are counted and timed.
pub mod measured_gateway;
/// Refuses every SMS: no provider is connected.
pub mod no_sms;
/// Randomness from the operating system.
pub mod os_random;
/// The clock of this machine.
pub mod system_clock;
/// WeChat, connected.
pub mod wechat;
/// WeChat Pay as the payment provider.
pub mod wechat_gateway;
/// Messages by the school's official account.
pub mod wechat_messenger;
