//! The client against the simulator, over real loopback HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop there"
)]

/// A day's payments and refunds.
mod bills;
/// Web sign-in and JS-SDK tickets.
mod messages;
/// Notifications: honest, forged, replayed, doubled, reordered, retried.
mod notices;
/// Orders and refunds, and every way a call fails.
mod orders;
/// What people see, and the bridge.
mod pages;
/// Settings and what is found wrong with them.
mod settings;
mod sign_in;
/// A simulator, a client and a receiver of notifications.
mod stage;
