//! The rules of an order and its money as pure functions, and the ports through which the server
//! reaches the world. No I/O, no HTTP and no SQL: adapters implement the ports.

/// Port: a school's card system.
pub mod card_system;
/// Port: the current time.
pub mod clock;
/// Digests of secrets and of request bodies.
pub mod digest;
/// Port: issuers, wallets, limits and hours.
pub mod directory;
/// Port: randomness, and the ids, tokens and codes made of it.
pub mod ids;
/// Rules about amounts and hours.
pub mod limits;
/// Names and numbers, masked.
pub mod mask;
/// Port: sends messages that students asked for.
pub mod messenger;
/// The order's two state machines: payment and claim.
pub mod order;
/// Port: a payment provider.
pub mod payment_gateway;
/// Port: sends SMS codes.
pub mod sms;
/// Double entry: transfers whose entries sum to zero.
pub mod transfer;

#[cfg(test)]
mod defaults;
