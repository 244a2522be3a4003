use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::world::World;

/// What handlers share.
pub(crate) struct Shared {
    pub(crate) base_url: String,
    world: Mutex<World>,
}

impl Shared {
    /// A new world behind an address.
    pub(crate) fn new(base_url: String) -> Self {
        Self {
            base_url,
            world: Mutex::default(),
        }
    }

    /// The state. Never held over an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
