//! What an operator does besides serving. Each command says what it did in plain words.

/// Opens and closes accounts of the built-in ledger.
pub mod accounts;
