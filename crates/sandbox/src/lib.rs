//! The server with invented people, payments, terminals and time, for people at `/sandbox` and as
//! JSON for tests. It adds itself to the server from outside: ports, routes and layers.

/// WeChat's bridge, for pages that are tried under WeChat's name.
pub mod bridge;
/// The page where a payment is made or given up, as a provider's would be.
mod cashier;
/// A clock that can be moved.
pub mod clock;
/// Puts a sandbox together.
mod compose;
/// The sandbox's addresses.
mod control;
/// The page at `/sandbox`.
mod desk;
/// The directory with invented limits and hours.
pub mod directory;
/// Faults injected into the API.
pub mod faults;
/// The sandbox's payment provider.
pub mod gateway;
/// What the pages share.
mod layout;
/// The mark that tells a sandbox's database from a real one.
pub mod mark;
/// Who runs the sandbox.
pub mod operator;
/// Decides payments.
pub mod payments;
/// Who there is.
pub mod people;
/// A sandbox's parts.
mod sandbox;
/// The SMS provider: an inbox that anybody may read.
pub mod sms;
/// What only the sandbox keeps, and its SQL.
pub mod tables;
/// Card terminals.
pub mod terminals;
/// A sandbox in a fresh database, for tests in process.
pub mod testing;

pub use compose::{app, app_with, open, settings};
pub use sandbox::Sandbox;
