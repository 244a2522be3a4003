//! Tencent's side of those protocols, for tests and the sandbox; loopback only.
//!
//! One server stands for `api.mch.weixin.qq.com`, `api.weixin.qq.com` and `open.weixin.qq.com`, and for what WeChat
//! itself does on a phone: it checks our signatures with a real key, signs its answers, seals its notifications, and
//! misbehaves on demand. A client can't tell it from the real thing; only base addresses and keys differ.
//!
//! In process: [`start`] and the methods of [`SimHandle`]. From outside: the program `dika-wechat-sim` and
//! `/sim/control/…`. Signatures carry the real time; everything that expires follows the simulated clock, which
//! [`SimHandle::advance`] moves.

/// Addresses that can only mean this machine.
mod address;
/// What can be changed while it runs.
pub mod behaviour;
/// A day's bill.
mod bill;
/// This machine's clock, and times as Tencent writes them.
mod clock;
/// `/sim/control/…`.
mod control;
/// Faults on demand.
pub mod faults;
/// Drives a running simulator.
mod handle;
/// Both sides' keys.
pub mod keys;
/// One-time subscription messages.
pub mod messages;
/// Notifications: waiting, sent, forged.
pub mod notices;
/// Writes, signs and sends notifications.
mod notify;
/// Sign-in, tokens and tickets.
mod oauth;
/// The pages a person sees, and the bridge.
mod pages;
/// `/v3/…`.
mod pay_api;
/// What merchants and payers do to orders and refunds.
mod payments;
/// Runs a call of the public platform's API with its faults.
mod platform_api;
/// The server: starts and stops.
mod server;
/// What handlers share.
mod shared;
/// The page that asks the user for a one-time subscription message, and the call that sends it.
mod subscribe;
/// Orders and refunds.
pub mod trades;
/// WeChat's users, and what they are given to sign in with.
mod users;
/// All state.
mod world;

pub use behaviour::{Behaviour, BridgeOutcome, NotifyPlan, RefundEnd, SigningKey};
pub use faults::{Call, Fault, FaultRule};
pub use handle::SimHandle;
pub use keys::SimKeys;
pub use messages::SimMessage;
pub use notices::{Forgery, NoticeBytes, ReleaseOrder, SentNotice};
pub use server::{RunningSim, SimConfig, start};
pub use trades::{SimRefund, SimTrade};
pub use users::SimUser;
