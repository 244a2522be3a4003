//! Putting a card into a student's hands: which card, account and password, is this you?

/// Which card to bind.
mod choose;
/// Is this you?
mod confirm;
/// Account or card number, and password.
mod form;

pub(crate) use choose::Choose;
pub(crate) use confirm::Confirm;
pub(crate) use form::Form;
