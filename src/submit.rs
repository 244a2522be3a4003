//! A write of the API that a button or a form starts.

use std::future::Future;

use leptos::prelude::*;

use crate::{api::Fault, platform};

/// A write: whether it is under way, and why the last one failed. Runs once at a time, to its end, also when
/// its page is gone by then.
#[derive(Clone, Copy)]
pub struct Submit {
    /// Whether the write is under way.
    pub busy: RwSignal<bool>,
    /// Why the last write failed, if it did.
    pub fault: RwSignal<Option<Fault>>,
}

impl Submit {
    /// A write that has not been started.
    pub fn new() -> Self {
        Self {
            busy: RwSignal::new(false),
            fault: RwSignal::new(None),
        }
    }

    /// Whether the write is under way; does not track.
    pub fn is_busy(self) -> bool {
        self.busy.get_untracked()
    }

    /// Whether the page that started the write is still open.
    pub fn is_open(self) -> bool {
        !self.busy.is_disposed()
    }

    /// Starts the write, unless it is under way already. `handle` gets the reply and returns the fault to
    /// show, if any.
    pub fn run<T: 'static>(
        self,
        call: impl Future<Output = Result<T, Fault>> + 'static,
        handle: impl FnOnce(Result<T, Fault>) -> Result<(), Fault> + 'static,
    ) {
        if self.is_busy() {
            return;
        }
        self.busy.set(true);
        self.fault.set(None);
        platform::spawn(async move {
            let reply = call.await;
            self.busy.try_set(false);
            if let Err(fault) = handle(reply) {
                self.fault.try_set(Some(fault));
            }
        });
    }
}

impl Default for Submit {
    fn default() -> Self {
        Self::new()
    }
}
