use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use dika_core::ids::Ids;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// What store calls give.
pub type Result<T> = std::result::Result<T, sqlx::Error>;

/// A change in progress; dropped without [`Tx::commit`], it never happened. Whoever holds one may
/// read through the store, but not begin another change.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Any>,
    _writer: OwnedSemaphorePermit,
}

impl Tx {
    /// Makes the change last.
    ///
    /// # Errors
    /// Any database failure; then nothing was changed.
    pub async fn commit(self) -> Result<()> {
        self.inner.commit().await
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pool: AnyPool,
    pub(crate) ids: Arc<dyn Ids>,
    dialect: Dialect,
    /// Who may write now. SQLite has one writer at a time: waiting here is fair and costs no
    /// connection. In PostgreSQL half of the connections stay for reading, so that a change which
    /// also reads never waits for others like it.
    writers: Arc<Semaphore>,
    /// Who may wait for that. Whoever finds no place is told at once: an answer that comes too late helps nobody.
    places: Arc<Semaphore>,
}

/// How many may wait to write.
pub const MOST_WAITING: usize = 256;
/// How long each waits.
const WRITER_PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection is waited for.
const READER_PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

impl Store {
    /// Connects and brings the schema up to date. `url` is `sqlite://FILE?mode=rwc` or `postgres://…`.
    ///
    /// # Errors
    /// Where the database cannot be reached, opened or migrated.
    pub async fn open(url: &str, ids: Arc<dyn Ids>) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let dialect = if url.starts_with("sqlite:") {
            Dialect::Sqlite
        } else {
            Dialect::Postgres
        };
        let (connections, writers) = match dialect {
            Dialect::Sqlite => (8, 1),
            Dialect::Postgres => (32, 16),
        };
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(READER_PATIENCE)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if dialect == Dialect::Sqlite {
                        // synchronous=FULL: an answer that says "paid" survives a power cut.
                        for pragma in [
                            "PRAGMA journal_mode = WAL",
                            "PRAGMA synchronous = FULL",
                            "PRAGMA foreign_keys = ON",
                            "PRAGMA busy_timeout = 10000",
                        ] {
                            connection.execute(pragma).await?;
                        }
                    }
                    Ok(())
                })
            })
            .connect(url)
            .await?;
        sqlx::migrate!("./migrations").run(&pool).await?;
        Ok(Self {
            pool,
            ids,
            dialect,
            writers: Arc::new(Semaphore::new(writers)),
            places: Arc::new(Semaphore::new(MOST_WAITING)),
        })
    }

    /// Makes an empty schema in a PostgreSQL database and gives the URL that opens it: for tests, each
    /// of which wants a database of its own. `schema` is made of letters, digits and underscores.
    ///
    /// # Errors
    /// If the database cannot be reached or the schema cannot be created.
    pub async fn create_schema(url: &str, schema: &str) -> Result<String> {
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(url).await?;
        let sql = format!("CREATE SCHEMA {schema}");
        connection.execute(sqlx::AssertSqlSafe(sql)).await?;
        connection.close().await?;
        let joint = if url.contains('?') { '&' } else { '?' };
        Ok(format!("{url}{joint}options[search_path]={schema}"))
    }

    /// The connections, for reads and for single statements by those who keep tables of their own here.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Waits for a place among the writers; for changes of one statement, which need no transaction.
    ///
    /// # Errors
    /// [`sqlx::Error::PoolTimedOut`] where too many wait already, or the wait was too long.
    pub async fn writer(&self) -> Result<OwnedSemaphorePermit> {
        if let Ok(writer) = self.writers.clone().try_acquire_owned() {
            return Ok(writer);
        }
        let _place = self
            .places
            .try_acquire()
            .map_err(|_| sqlx::Error::PoolTimedOut)?;
        timeout(WRITER_PATIENCE, self.writers.clone().acquire_owned())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)
    }

    /// Begins a change to the thing that `lock` names (`card/…`, `order/…`): no other change to the
    /// same thing runs until this one ends.
    ///
    /// # Errors
    /// Where the database gives no connection or no lock in time.
    pub async fn write(&self, lock: &str) -> Result<Tx> {
        let writer = self.writer().await?;
        let inner = match self.dialect {
            Dialect::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await?,
            Dialect::Postgres => {
                let mut tx = self.pool.begin().await?;
                sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
                    .bind(lock.to_owned())
                    .execute(&mut *tx)
                    .await?;
                tx
            }
        };
        Ok(Tx {
            inner,
            _writer: writer,
        })
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// Where it gives none.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await.map(drop)
    }

    /// Ends all connections; later calls fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A stored setting.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        sqlx::query_scalar("SELECT value FROM settings WHERE key = $1")
            .bind(key.to_owned())
            .fetch_optional(&self.pool)
            .await
    }

    /// Stores a setting.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<()> {
        let _writer = self.writer().await?;
        sqlx::query(
            "INSERT INTO settings (key, value) VALUES ($1, $2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(key.to_owned())
        .bind(value.to_owned())
        .execute(&self.pool)
        .await
        .map(drop)
    }
}
