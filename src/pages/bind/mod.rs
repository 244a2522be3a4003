//! Binding a card: which card, account and password, identity.

/// Which card to bind.
mod choose;
/// Confirming the identity.
mod confirm;
/// Account or card number, and password.
mod form;

pub(crate) use choose::Choose;
pub(crate) use confirm::Confirm;
pub(crate) use form::Form;
