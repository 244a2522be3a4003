//! The protocol between Dika and a school's card system.
//!
//! The school hosts one address. Dika sends every call there as a `POST` with the operation's name
//! in the body, signed as [Standard Webhooks](https://www.standardwebhooks.com) describe; the school
//! sends [callbacks](callback) to Dika, signed in the same way. `docs/connect-a-card-system.md`
//! explains the protocol to the school's programmer, `docs/connector-openapi.json` lists its fields.
//!
//! Readers are strict about money (whole fen, in range, always present) and lenient about anything
//! else: fields that this version does not know are ignored, unknown words become the enum's fallback.

extern crate alloc;

/// When to stop asking a connector that does not answer.
pub mod breaker;
/// Messages from the school to Dika.
pub mod callback;
/// The port `CardSystem` over one connector per issuer.
#[cfg(feature = "card-system")]
pub mod card_system;
/// Calls a connector over HTTP.
#[cfg(feature = "client")]
pub mod client;
/// The test suite that a connector passes before it goes live.
#[cfg(feature = "conformance")]
pub mod conformance;
/// A calendar day in China.
pub mod day;
/// How a call is refused.
pub mod error;
/// What a school's side written in Rust needs: reads signed calls, writes answers.
pub mod host;
/// Reads JSON and names the field that is wrong.
pub mod json;
/// Amounts that are checked while they are read.
pub mod money;
/// The operations: what Dika asks and what the school answers.
pub mod protocol;
/// Recognises a message that was delivered before.
pub mod replay;
/// Standard Webhooks signatures.
pub mod signature;

pub use day::Day;
pub use error::{ErrorBody, ErrorCode, Malformed};
pub use protocol::{CardRef, Identifier, Op, Operation, PROTOCOL};
pub use signature::{Keyring, Secret};
