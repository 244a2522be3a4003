//! What an operator sets. The command line wins over the environment, the environment over the file.

/// Origins, nets, and what lies on this machine.
mod address;
/// What is right and what is not.
mod check;
/// The command line.
mod command_line;
/// `[connectors]` and `[machines]`, ready to be used.
mod connectors;
/// The settings file as structs.
mod file;
/// One thing that `check-config` found.
mod finding;
/// File, environment and command line, one over the other, and where each value stands.
mod layers;
/// Everything that the server needs to start.
mod model;
/// Lines of the settings file, and settings that nobody knows.
mod positions;
/// Text that is not to be shown.
mod secret;
/// The tables `[wechat]` and `[sms]`.
mod sections;
/// Every setting: its kind, default, check and meaning.
mod table;
#[cfg(test)]
mod tests;
/// Each value and where it comes from.
mod values;
/// WeChat: checked and connected.
mod wechat;

pub use check::Offers;
pub use command_line::{Command, CommandLine, Options};
pub use connectors::ConnectorSettings;
pub use file::CardsChoice;
pub use finding::Finding;
pub(crate) use finding::{bad, good};
pub use model::Config;
pub use secret::Private;
pub use sections::{SmsSection, WechatSection};
pub use table::{Kind, SETTINGS, Setting};
