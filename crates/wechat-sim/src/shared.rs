use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::{keys::SimKeys, world::World};

/// What handlers share.
pub(crate) struct Shared {
    pub(crate) keys: Arc<SimKeys>,
    pub(crate) base_url: String,
    pub(crate) http: reqwest::Client,
    /// Rung when something may be due.
    pub(crate) wake: Notify,
    world: Mutex<World>,
}

impl Shared {
    /// A new world behind an address.
    pub(crate) fn new(keys: Arc<SimKeys>, base_url: String, http: reqwest::Client) -> Self {
        Self {
            keys,
            base_url,
            http,
            wake: Notify::new(),
            world: Mutex::default(),
        }
    }

    /// The state. Never held over an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
