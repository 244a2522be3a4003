//! The order's two state machines, as pure functions: what a payment and a claim make of each event.
//!
//! Rules that hold in every order of events, duplicates and lateness included:
//! - What the provider said was paid never becomes unpaid; it is on its way to the card or back.
//! - A late success, after the order was closed or had failed, is honoured: the money goes onto the
//!   card if the card still takes it, else back to the payer. It is never kept.
//! - The timeline says each lasting thing once.

/// The money's way onto the card.
pub mod claim;
/// Both machines together.
mod machine;
/// The money's way from the payer.
pub mod payment;
/// Where an order is, and why a request about it is refused.
mod state;

pub use machine::{Event, Transition, apply};
pub use state::{OrderState, PAY_WITHIN_S, Refusal};

#[cfg(test)]
mod tests;
