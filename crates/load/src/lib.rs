//! Load: whole journeys of tens of thousands of invented students against a sandbox. `docs/load.md` says how to run it
//! and what came of it.

/// Compares provider, ledger and orders after a run: whether a fen is lost.
pub mod books;
/// A student's phone, as the server sees it.
pub mod client;
/// Invented students.
pub mod crowd;
/// Fills the tables of a database.
pub mod fill;
/// What students do, call by call.
pub mod journey;
/// Many students at once.
pub mod play;
/// The plot.
pub mod plot;
/// What was measured.
pub mod report;
/// A server to measure, and the processor time that it takes.
pub mod server;
/// WeChat's side, simulated.
pub mod simulator;
