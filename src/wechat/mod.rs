//! What is special inside WeChat.

/// Where the app is shown, and so how a payment is started there.
mod place;

pub use place::Place;
