//! A simulated term. Phones, the services of `dika-server` over the real store, WeChat Pay, two card systems, SMS, clock and
//! randomness, all on one thread in virtual time, and all decided by one seed: the same seed gives the same term, to the
//! last call.
//!
//! At every call over a port and around every commit a seed may choose that it is lost before or after it was done, late,
//! doubled, slow, refused, or the server's end. WeChat Pay and the card systems keep books of their own; what the server
//! does and says is held against these at every step. Nothing of this crate ships.

/// Money that people send back in WeChat Pay's console.
mod by_hand;
/// What the card systems know.
pub mod card_books;
/// The card systems: a model with its own books, and the built-in ledger.
pub mod cards;
/// Randomness from one seed, for the world and for the server.
pub mod chance;
/// What must be true, whatever happens.
mod checks;
/// Virtual time as the server's clock.
pub mod clock;
/// The database as one server reaches it: each statement and each commit under the seed's control.
mod connected;
/// SQLite in memory.
pub mod database;
/// What becomes of a call between two parties.
mod faults;
/// One server that runs until it crashes.
mod instance;
/// WeChat Pay's notifications on their way.
mod notices;
/// Students with their phones.
mod phone;
/// What one seed chooses: how many of whom, what they do, what fails.
pub mod plan;
/// What happened in one term, or in many.
pub mod report;
/// Starts servers, crashes them, and starts them again.
mod server;
/// SMS, as far as a phone sees it.
mod sms;
/// People at the school, who lose cards and complain, and crashes out of the blue.
mod staff;
/// One term from its beginning to its end.
pub mod term;
/// WeChat Pay: what it does when it is called, and by itself.
mod wechat;
/// What WeChat Pay knows.
pub mod wechat_books;
/// What all parties share.
mod world;
