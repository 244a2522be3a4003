//! Everything that the server keeps, and all of its SQL. One text serves SQLite and PostgreSQL; see
//! `migrations/`.
//!
//! Every change happens in a transaction from [`Store::write`], which names what it locks, or is one statement that runs
//! on the store itself. SQLite has one writer at a time, whose commit those that wait share (`group_commit.rs`);
//! PostgreSQL takes an advisory lock on the name.

/// Accounts that may be one person's: asked about, joined, and parted again.
pub mod account_joins;
/// Who moved which money, for good.
pub mod audit;
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
/// The seam to a database of another kind.
pub mod engine;
/// Which failures pass.
mod faults;
/// Many changes, one commit, at SQLite.
mod group_commit;
/// Cards that a session does not show, because the phone number may have changed hands.
pub mod hidden_cards;
/// The built-in card system's accounts and entries.
pub mod ledger;
/// What others call an order's money.
pub mod numbers;
/// Orders and their timelines.
pub mod orders;
/// Messages to send, and the permissions that they use up.
pub mod outbox;
/// Deletes what nobody needs any more.
pub mod purge;
/// Reads of a few rows from an SQLite file, without another thread.
pub mod quick_reads;
/// Codes sent by SMS that wait to come back.
pub mod sign_in_codes;
/// One text of SQL for two databases.
pub mod sql;
/// A change in progress.
mod transaction;
/// Users, sessions, counted calls and wrong passwords.
pub mod users;
/// What goes into a statement and comes out of it.
mod value;
/// Payments at WeChat Pay, and sign-ins by WeChat.
pub mod wechat;
/// Who may write, and who waits for it.
mod writers;

pub use database::{Result, Store, Tx};
pub use faults::{is_conflict, is_passing};
pub use sqlx::Error;
pub use writers::{MOST_WAITING, Writer};
