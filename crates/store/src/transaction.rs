use sqlx::{Postgres, Transaction};
use tokio::sync::OwnedSemaphorePermit;

use crate::engine::EngineChange;
use crate::group_commit::Turn;

/// What store calls give.
pub type Result<T> = std::result::Result<T, sqlx::Error>;

/// A change in progress; dropped without [`Tx::commit`], it never happened. Whoever holds one may
/// read through the store, but not begin another change.
#[derive(Debug)]
pub struct Tx {
    pub(crate) inner: TxInner,
    _writer: OwnedSemaphorePermit,
}

/// The change at the database.
#[derive(Debug)]
pub(crate) enum TxInner {
    /// At SQLite, in a transaction that others share.
    Sqlite(Turn),
    /// At PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
    /// At an engine.
    Engine(EngineChange),
}

impl Tx {
    /// A change that has begun, by one who may write.
    pub(crate) fn new(inner: TxInner, writer: OwnedSemaphorePermit) -> Self {
        Self {
            inner,
            _writer: writer,
        }
    }

    /// Makes the change last. Where it gives `Ok`, the change is on the disk.
    ///
    /// # Errors
    /// Any database failure; then nothing was changed.
    pub async fn commit(self) -> Result<()> {
        match self.inner {
            TxInner::Sqlite(turn) => turn.commit().await,
            TxInner::Postgres(tx) => tx.commit().await,
            TxInner::Engine(change) => change.commit().await,
        }
    }
}
