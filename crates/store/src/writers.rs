use std::sync::Arc;
use std::time::Duration;

use sqlx::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::group_commit::{Alone, GroupCommit};
use crate::transaction::{Result, Tx, TxInner};

/// How many may wait to write.
pub const MOST_WAITING: usize = 256;
/// How long each waits.
pub(crate) const WRITER_PATIENCE: Duration = Duration::from_secs(5);

/// Who may write, and who waits for it. Clones share it.
#[derive(Clone, Debug)]
pub struct Writers {
    /// Who may write now. At SQLite everybody, and they wait in `group`.
    permits: Arc<Semaphore>,
    /// SQLite's one writer.
    group: Option<GroupCommit>,
    /// Who may wait. Whoever finds no place is told at once: an answer that comes too late helps nobody.
    places: Arc<Semaphore>,
}

/// A place among the writers, for those who write over the pool's connections.
#[derive(Debug)]
pub struct Writer {
    /// At SQLite nobody else writes.
    _alone: Option<Alone>,
    _permit: OwnedSemaphorePermit,
}

/// A change of one statement.
#[derive(Debug)]
pub(crate) enum Single {
    /// In a transaction that others share.
    Shared(Tx),
    /// A transaction by itself, over any connection.
    ByItself {
        /// Held until it ends.
        _permit: OwnedSemaphorePermit,
    },
}

impl Single {
    /// Makes the change last.
    pub(crate) async fn end(self) -> Result<()> {
        match self {
            Self::Shared(tx) => tx.commit().await,
            Self::ByItself { .. } => Ok(()),
        }
    }
}

impl Writers {
    /// So many at a time.
    pub(crate) fn several(count: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(count)),
            group: None,
            places: Arc::new(Semaphore::new(MOST_WAITING)),
        }
    }

    /// One at a time, who shares commits with those that wait.
    pub(crate) fn one(group: GroupCommit) -> Self {
        Self {
            group: Some(group),
            ..Self::several(Semaphore::MAX_PERMITS)
        }
    }

    /// Waits until it may write, where several may.
    pub(crate) async fn permit(&self) -> Result<OwnedSemaphorePermit> {
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let permit = self.permits.clone().acquire_owned();
        self.in_turn(async { permit.await.map_err(|_| Error::PoolClosed) })
            .await
    }

    /// A turn to change what `lock` names, at SQLite.
    pub(crate) async fn shared(&self, lock: Option<&str>) -> Result<Tx> {
        let permit = self.permit().await?;
        let group = self.group.as_ref().ok_or(Error::PoolClosed)?;
        let turn = self.in_turn(group.change(lock)).await?;
        Ok(Tx::new(TxInner::Sqlite(turn), permit))
    }

    /// A change of one statement, which locks nothing but the rows that it writes.
    pub(crate) async fn single(&self) -> Result<Single> {
        match &self.group {
            Some(_) => self.shared(None).await.map(Single::Shared),
            None => {
                let _permit = self.permit().await?;
                Ok(Single::ByItself { _permit })
            }
        }
    }

    /// A place to write over a connection of one's own.
    pub(crate) async fn writer(&self) -> Result<Writer> {
        let permit = self.permit().await?;
        let alone = match &self.group {
            Some(group) => Some(self.in_turn(group.alone()).await?),
            None => None,
        };
        Ok(Writer {
            _alone: alone,
            _permit: permit,
        })
    }

    /// Ends the connection of SQLite's writer.
    pub(crate) async fn close(&self) {
        if let Some(group) = &self.group {
            group.close().await;
        }
    }

    /// Waits for a turn, if there is a place to wait, and not for ever.
    async fn in_turn<T>(&self, turn: impl Future<Output = Result<T>>) -> Result<T> {
        let _place = self.places.try_acquire().map_err(|_| Error::PoolTimedOut)?;
        timeout(WRITER_PATIENCE, turn)
            .await
            .map_err(|_| Error::PoolTimedOut)?
    }
}
