use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// One server that runs until it crashes. From then on nothing that it began goes on: its calls never return.
#[derive(Debug, Default)]
pub(crate) struct Instance {
    dead: AtomicBool,
    ended: Notify,
}

impl Instance {
    pub(crate) fn crash(&self) {
        self.dead.store(true, Ordering::SeqCst);
        self.ended.notify_waiters();
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Returns once it has crashed.
    pub(crate) async fn until_crash(&self) {
        let ended = self.ended.notified();
        if !self.is_dead() {
            ended.await;
        }
    }

    /// Returns where it lives still, and never where it does not.
    pub(crate) async fn or_never(&self) {
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }

    /// Crashes, from inside one of its calls.
    pub(crate) async fn crash_here<T>(&self) -> T {
        self.crash();
        std::future::pending().await
    }

    /// Does something until it is done or the server crashes.
    pub(crate) async fn unless_crash<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.until_crash() => None,
            done = work => Some(done),
        }
    }
}
