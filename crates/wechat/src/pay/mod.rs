/// A day's payments and refunds as WeChat Pay lists them.
mod bill;
/// The parameters that open a payment inside WeChat.
mod bridge;
/// The client: signs, sends, verifies.
mod client;
/// How a call fails, and what that says about whether it was done.
mod error;
/// The seam for the simulation.
#[cfg(feature = "simulation")]
mod exchange;
/// Fields of request bodies.
mod fields;
/// Notifications: verified, fresh, unsealed, ours.
mod notice;
/// Answers with odd values in every field.
#[cfg(test)]
mod odd_answers;
/// Orders and what becomes of them.
mod order;
/// Refunds.
mod refund;
/// Signatures on requests and answers.
mod sign;

pub use bill::{BillEntry, BillLine};
pub use bridge::BridgeParams;
pub use client::Pay;
pub use error::{Error, ErrorCode, Outcome, Rejection};
#[cfg(feature = "simulation")]
pub use exchange::Exchange;
pub use notice::{Event, Notice, NoticeError};
pub use order::{CodeUrl, H5Url, InvalidOrder, NewOrder, Trade, TradeState, TradeType, Verdict};
pub use refund::{InvalidRefund, NewRefund, Refund, RefundStatus};

pub use crate::{
    http::NetworkFault,
    key::{SignFault, SignatureFault},
};
