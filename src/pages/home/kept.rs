//! The last data of a student's home page, as it is kept on the device.

use dika_contract::{Card, Timestamp, TopUp};
use serde::{Deserialize, Serialize};

use crate::platform::{self, StorageKey};

/// What is kept. Where the app leaves a page as it came, `crates/ship/src/take_over.js` writes the same.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    /// Whose it is.
    user: String,
    /// When it was true, in seconds since 1970.
    at: i64,
    cards: Vec<Card>,
    /// As the API answers it.
    open: Open,
}

#[derive(Serialize, Deserialize)]
struct Open {
    items: Vec<TopUp>,
}

impl Kept {
    /// What is to be kept.
    pub(super) fn new(user: String, at: Timestamp, cards: Vec<Card>, orders: Vec<TopUp>) -> Self {
        Self {
            user,
            at: at.unix(),
            cards,
            open: Open { items: orders },
        }
    }

    /// What is kept on this device, if anything.
    pub(super) fn load() -> Option<Self> {
        dika_json::read(&platform::load(&StorageKey::Home)?).ok()
    }

    /// Keeps it on this device.
    pub(super) fn store(&self) {
        if let Ok(kept) = serde_json::to_string(self) {
            platform::store(&StorageKey::Home, &kept);
        }
    }

    /// When it was true.
    pub(super) fn at(&self) -> Timestamp {
        Timestamp::from_unix(self.at)
    }

    /// Whose it is, their cards, and their open orders.
    pub(super) fn into_parts(self) -> (String, Vec<Card>, Vec<TopUp>) {
        (self.user, self.cards, self.open.items)
    }
}
