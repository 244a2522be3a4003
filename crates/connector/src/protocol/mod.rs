/// What a connector offers.
pub mod capabilities;
/// Cards: whose, how they are, what is on them, loss and password.
pub mod cards;
/// Money for a card.
pub mod credits;
/// What all operations share.
mod operation;
/// What was spent and topped up, and the day's credits for reconciliation.
pub mod statements;
/// Machines where money is collected.
pub mod terminals;

pub use capabilities::{Capabilities, CapabilitiesAnswer, WalletCapabilities};
pub use cards::{
    Balances, BalancesAnswer, Card, CardAnswer, CardRecord, ChangeAnswer, ChangeCode,
    ChangeOutcome, ChangePassword, ReportLoss, UndoLoss, Verify, VerifyAnswer, WalletAmounts,
};
pub use credits::{
    Credit, CreditAnswer, CreditRefusal, CreditState, CreditStatus, CreditStatusAnswer, Reopen,
};
pub use operation::{CardRef, Head, Identifier, Op, Operation, PROTOCOL, body};
pub use statements::{
    DayStatement, DayStatementAnswer, StatedCredit, Transaction, TransactionKind, Transactions,
    TransactionsAnswer, WalletTotal,
};
pub use terminals::{TerminalCondition, TerminalRecord, Terminals, TerminalsAnswer};
