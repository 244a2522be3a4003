use dika_contract::directory::Bilingual;
use dika_contract::{Campus, TerminalKind, Timestamp, wire_enum};
use serde::{Deserialize, Serialize};

use super::operation::{Op, Operation};

/// Asks where the machines are and whether they work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminals {}

wire_enum!(
    /// Whether a machine works.
    pub enum TerminalCondition {
        /// It works.
        InOrder = "in_order",
        /// It does not.
        OutOfOrder = "out_of_order",
    } else {
        /// A word that this version does not know; nothing is said about the machine.
        Other = "other",
    }
);

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalRecord {
    /// Its number, stable over time.
    pub id: String,
    /// What kind.
    pub kind: TerminalKind,
    /// Where it hangs, in words.
    pub place: Bilingual,
    /// On which campus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campus: Option<Campus>,
    /// Whether it works.
    pub condition: TerminalCondition,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// The machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalsAnswer {
    /// All of them.
    pub terminals: Vec<TerminalRecord>,
}

impl Operation for Terminals {
    const OP: Op = Op::Terminals;
    type Answer = TerminalsAnswer;
}
