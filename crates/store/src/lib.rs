//! Everything that the server keeps, and all of its SQL. One text serves SQLite and PostgreSQL; see
//! `migrations/`.
//!
//! Every change happens in a transaction from [`Store::write`], which names what it locks: SQLite
//! has one writer at a time anyway (`BEGIN IMMEDIATE`), PostgreSQL takes an advisory lock on the name.

/// What an operator watches: how much waits, and for how long.
pub mod backlog;
/// Bindings and bound cards.
pub mod cards;
/// How a database is reached.
pub mod connect;
/// Connections, transactions, migrations and settings.
mod database;
/// Reads ids from columns.
pub mod decode;
/// Orders as the desk looks for them, and its notes.
pub mod desk;
/// Which failures pass.
mod faults;
/// Cards that a session does not show, because the phone number may have changed hands.
pub mod hidden_cards;
/// The built-in card system's accounts and entries.
pub mod ledger;
/// Orders and their timelines.
pub mod orders;
/// Messages to send, and the permissions that they use up.
pub mod outbox;
/// Deletes what nobody needs any more.
mod purge;
/// Codes sent by SMS that wait to come back.
pub mod sign_in_codes;
/// One text of SQL for two databases.
pub mod sql;
/// A change in progress.
mod transaction;
/// Users, sessions, counted calls and wrong passwords.
pub mod users;
/// Payments at WeChat Pay, sign-ins by WeChat, and accounts that turn out to be one person's.
pub mod wechat;

pub use database::{MOST_WAITING, Result, Store, Tx};
pub use faults::{is_conflict, is_passing};
pub use sqlx::Error;
