//! What crosses the network between Dika's app and its API, and the rules both sides share.
//!
//! Wire types only: no I/O, no user interface, no database; the crate compiles to WebAssembly and
//! natively. In the browser it depends on serde alone, natively also on Unicode's normal forms. Every reply may grow: unknown fields are ignored, unknown
//! enum values become the enum's fallback, and a missing optional field is `None`.

extern crate alloc;

#[macro_use]
mod wire;

/// How the app looks on a device, as chosen.
pub mod appearance;
/// Putting a card into a student's hands: ask, look at the masked identity, say yes or no.
pub mod binding;
/// A bound card and what is on it.
pub mod card;
/// What the issuers offer and where: issuers, campuses, wallets, limits, terminals, service points.
pub mod directory;
/// Every address of the API, once.
pub mod endpoint;
/// The passwords that cards have on their first day, from the last characters of the national ID.
pub mod first_password;
/// Opaque identifiers.
pub mod id;
/// The two languages of the app and its pages.
pub mod language;
/// Money, in whole fen.
pub mod money;
/// Who: phone numbers, account and card numbers, passwords, masked identity.
pub mod person;
/// How a call is refused: RFC 9457 problem details with a stable code.
pub mod problem;
/// Who is signed in.
pub mod session;
/// Moments, in whole seconds.
pub mod time;
/// A top-up: its payment, and the money's way onto the card.
pub mod top_up;
/// What people type, read into values.
pub mod typed;

pub use binding::{Binding, BindingState, CreateBinding, RejectBinding, RejectReason};
pub use card::{Balance, Card, CardStatus, WalletBalance};
pub use directory::{
    Campus, ClaimRule, Directory, Issuer, ServicePoint, Terminal, TerminalKind, Wallet, WalletKind,
};
pub use id::{BindingId, CardId, IdempotencyKey, OrderId, ServicePointId};
pub use language::Language;
pub use money::Fen;
pub use person::{AccountNo, CardNo, CardPassword, MaskedIdentity, Phone, SmsCode};
pub use problem::{ErrorCode, Problem};
pub use session::{Session, User};
pub use time::Timestamp;
pub use top_up::{
    ClaimState, CreateTopUp, PayChannel, PaymentPrompt, PaymentState, TopUp, TopUpEvent, TopUpPage,
};
pub use typed::Typed;
