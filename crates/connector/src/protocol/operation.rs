//! What all operations share: their names, the references and identifiers in them, and how one is read.

use dika_contract::{Issuer, wire_enum, wire_text};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Malformed;

/// The version that this crate speaks. A connector refuses one that it does not know as malformed.
pub const PROTOCOL: &str = "1";

wire_enum!(
    /// An operation.
    pub enum Op {
        /// [`Capabilities`](super::Capabilities).
        Capabilities = "capabilities",
        /// [`Verify`](super::Verify).
        Verify = "verify",
        /// [`Card`](super::Card).
        Card = "card",
        /// [`Balances`](super::Balances).
        Balances = "balances",
        /// [`Credit`](super::Credit).
        Credit = "credit",
        /// [`CreditStatus`](super::CreditStatus).
        CreditStatus = "credit_status",
        /// [`Reopen`](super::Reopen).
        Reopen = "reopen",
        /// [`Transactions`](super::Transactions).
        Transactions = "transactions",
        /// [`ReportLoss`](super::ReportLoss).
        ReportLoss = "report_loss",
        /// [`UndoLoss`](super::UndoLoss).
        UndoLoss = "undo_loss",
        /// [`ChangePassword`](super::ChangePassword).
        ChangePassword = "change_password",
        /// [`Terminals`](super::Terminals).
        Terminals = "terminals",
        /// [`DayStatement`](super::DayStatement).
        DayStatement = "day_statement",
    } else {
        /// An operation that this version does not know.
        Other = "other",
    }
);

impl Op {
    /// The operations that every connector offers.
    pub const REQUIRED: [Self; 6] = [
        Self::Capabilities,
        Self::Verify,
        Self::Card,
        Self::Balances,
        Self::Credit,
        Self::CreditStatus,
    ];
}

wire_text!(
    /// Names a card account inside its card system. Chosen by the connector; never leaves Dika's server.
    pub struct CardRef, "1 to 128 printable ASCII characters", pattern "^[!-~]{1,128}$",
    |text: &str| (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
);
wire_text!(
    /// What a student types to name the card: the account or the number on the card.
    pub struct Identifier, secret, "1 to 64 printable ASCII characters",
    pattern "^[!-~]{1,64}$",
    |text: &str| (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
);

/// What is asked, and what its answer looks like.
pub trait Operation: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// Its name.
    const OP: Op;
    /// What is answered with status 200.
    type Answer: Send + Serialize + DeserializeOwned + 'static;

    /// Checks what types alone cannot say: that the answer belongs to this question and keeps the
    /// protocol's rules.
    ///
    /// # Errors
    /// [`Malformed`] with the field.
    fn check(&self, answer: &Self::Answer) -> Result<(), Malformed> {
        let _ = answer;
        Ok(())
    }
}

/// What every call carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// What is asked.
    pub op: Op,
    /// Whose card system is meant.
    pub issuer: Issuer,
    /// Whether the call is a test: it may only touch test accounts.
    #[serde(default, skip_serializing_if = "is_false")]
    pub test: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A call's body: the head, and the operation's own fields beside it.
#[derive(Debug, Serialize)]
struct Body<'a, O> {
    #[serde(flatten)]
    head: &'a Head,
    #[serde(flatten)]
    operation: &'a O,
}

/// The body of a call.
///
/// # Errors
/// None in practice: every type here can be written as JSON.
pub fn body<O: Operation>(
    operation: &O,
    issuer: Issuer,
    test: bool,
) -> Result<Vec<u8>, serde_json::Error> {
    let head = Head {
        protocol: PROTOCOL.to_owned(),
        op: O::OP,
        issuer,
        test,
    };
    serde_json::to_vec(&Body {
        head: &head,
        operation,
    })
}
