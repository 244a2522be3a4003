//! Two SMS providers' side of their protocols, for tests and rehearsals; loopback only.
//!
//! One server stands for `dysmsapi.aliyuncs.com` and `sms.tencentcloudapi.com`: the header `x-acs-action` or
//! `x-tc-action` says which one is called. It checks signature, clock, nonce, key, signature name, template and
//! parameters as the providers do, keeps what would have been sent, and fails on demand.
//!
//! In process: [`start`] and the methods of [`SimHandle`]. From outside: the program `dika-sms-sim`, the page `/sim` and
//! the JSON below `/sim/control/`.

/// The account that both providers know here. All of it is public: it opens nothing.
pub mod account;
/// Aliyun Dysmsapi.
mod aliyun;
/// This machine's clock.
mod clock;
/// `/sim/control/…`.
mod control;
/// HMAC-SHA256 and SHA-256 of another crate than the client's.
mod crypto;
/// Faults on demand.
pub mod faults;
/// Drives a running simulator.
mod handle;
/// What was sent.
pub mod messages;
/// The page for people.
mod page;
/// The server: starts and stops.
mod server;
/// What handlers share.
mod shared;
/// Tencent Cloud SMS.
mod tencent;
/// All state, and the providers' limits per number.
mod world;

pub use faults::{Fault, FaultRule};
pub use handle::SimHandle;
pub use messages::{Message, Provider};
pub use server::{RunningSim, start};
