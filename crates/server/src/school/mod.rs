//! What a school decides about its cards and what students read about them, and how that is laid over what the
//! connectors offer and what the school's guide says.

/// Lays the school's decisions over connectors and guide.
mod merge;
/// What can be decided, as it stands in the settings.
mod rules;
/// Hours, days and words as people write them.
mod values;

pub use merge::{Merged, MissingLimits, Origin, Shown};
pub use rules::{
    IssuerRules, NoticeRules, PerIssuer, PerTerminal, PerWallet, PhoneRules, PointRules, School,
    TerminalRules, WalletRules,
};
pub use values::{Days, Hours, Words};
