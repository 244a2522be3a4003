//! What an operator does besides serving. Each command says what it did in plain words.

/// Opens and closes accounts of the built-in ledger.
pub mod accounts;
/// A copy of the database, and back.
pub mod backup;
/// The same for PostgreSQL, by its own tools.
mod backup_postgres;
/// Student accounts that were joined, and how they are parted again.
pub mod joins;
/// Orders for the desk that is told "I paid and got nothing".
pub mod orders;
