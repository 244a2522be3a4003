use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use dika_core::digest::digest;
use dika_core::ids::Ids;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Executor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::connect::{Locks, Reach};
use crate::sql::{self, Pool};
use crate::transaction::TxInner;
pub use crate::transaction::{Result, Tx};

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pool: Pool,
    pub(crate) ids: Arc<dyn Ids>,
    /// Who may write now. SQLite has one writer at a time: waiting here is fair and costs no
    /// connection. In PostgreSQL half of the connections stay for reading, so that a change which
    /// also reads never waits for others like it.
    writers: Arc<Semaphore>,
    /// What a change locks at PostgreSQL.
    locks: Locks,
    /// Who may wait for that. Whoever finds no place is told at once: an answer that comes too late helps nobody.
    places: Arc<Semaphore>,
}

/// How many may wait to write.
pub const MOST_WAITING: usize = 256;
/// How long each waits.
const WRITER_PATIENCE: Duration = Duration::from_secs(5);

impl Store {
    /// Connects and brings the schema up to date. `url` is `sqlite://FILE?mode=rwc` or `postgres://…`.
    ///
    /// # Errors
    /// Where the database cannot be reached, opened or migrated.
    pub async fn open(url: &str, ids: Arc<dyn Ids>) -> Result<Self> {
        Self::open_with(url, &Reach::default(), ids).await
    }

    /// As [`Store::open`], reached as `reach` says.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_with(url: &str, reach: &Reach, ids: Arc<dyn Ids>) -> Result<Self> {
        let (pool, writers) = if url.starts_with("sqlite:") {
            (Pool::Sqlite(sqlite(url, reach).await?), 1)
        } else {
            let pool = Pool::Postgres(postgres(url, reach).await?);
            (pool, (reach.connections / 2).max(1))
        };
        Ok(Self {
            pool,
            ids,
            locks: reach.locks,
            writers: Arc::new(Semaphore::new(writers as usize)),
            places: Arc::new(Semaphore::new(MOST_WAITING)),
        })
    }

    /// Connects for reading alone: nothing is migrated, and what would change something fails. `url` as for
    /// [`Store::open`]; a database that is not there is not made.
    ///
    /// # Errors
    /// Where the database cannot be reached or opened.
    pub async fn open_read_only(url: &str, reach: &Reach, ids: Arc<dyn Ids>) -> Result<Self> {
        let pool = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(&url.replace("mode=rwc", "mode=rw"))?
                .busy_timeout(Duration::from_secs(10))
                .pragma("query_only", "ON");
            let pool = SqlitePoolOptions::new().max_connections(READING_CONNECTIONS);
            Pool::Sqlite(pool.connect_with(options).await?)
        } else {
            let options = reach.server(url)?;
            let options = options.options([("default_transaction_read_only", "on")]);
            let pool = PgPoolOptions::new().max_connections(READING_CONNECTIONS);
            Pool::Postgres(pool.connect_with(options).await?)
        };
        Ok(Self {
            pool,
            ids,
            locks: reach.locks,
            writers: Arc::new(Semaphore::new(1)),
            places: Arc::new(Semaphore::new(MOST_WAITING)),
        })
    }

    /// Writes a copy of an SQLite database as it is at one moment, while it is used. `file` is not there yet.
    ///
    /// # Errors
    /// Any database failure; another kind of database.
    pub async fn copy_to(&self, file: &str) -> Result<()> {
        let Pool::Sqlite(pool) = &self.pool else {
            return Err(sqlx::Error::Configuration(
                "only an SQLite database is copied".into(),
            ));
        };
        let mut connection = pool.acquire().await?;
        // The copy is written; the database itself is only read.
        connection.execute("PRAGMA query_only = OFF").await?;
        sqlx::query("VACUUM INTO $1")
            .bind(file.to_owned())
            .execute(&mut *connection)
            .await?;
        // A connection that may write is no other reader's.
        connection.detach().close().await
    }

    /// Reads an SQLite database through and through. Gives what is damaged; nothing where all is well.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn damages(&self) -> Result<Vec<String>> {
        let found: Vec<String> = sql::query_scalar("PRAGMA integrity_check")
            .fetch_all(&self.pool)
            .await?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// Makes an empty schema in a PostgreSQL database and gives the URL that opens it: for tests, each
    /// of which wants a database of its own. `schema` is made of letters, digits and underscores.
    ///
    /// # Errors
    /// If the database cannot be reached or the schema cannot be created.
    pub async fn create_schema(url: &str, schema: &str) -> Result<String> {
        let pool = PgPoolOptions::new().max_connections(1).connect(url).await?;
        let sql = format!("CREATE SCHEMA {schema}");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await?;
        pool.close().await;
        let joint = if url.contains('?') { '&' } else { '?' };
        Ok(format!("{url}{joint}options[search_path]={schema}"))
    }

    /// The connections, for reads and for single statements by those who keep tables of their own here.
    pub fn pool(&self) -> &Pool {
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
        let inner = match &self.pool {
            Pool::Sqlite(pool) => TxInner::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Pool::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                match self.locks {
                    Locks::Advisory => {
                        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
                            .bind(lock)
                            .execute(&mut *tx)
                            .await?
                    }
                    Locks::Rows => {
                        sqlx::query(LOCK_ROW)
                            .bind(digest(&[lock])[..4].to_owned())
                            .execute(&mut *tx)
                            .await?
                    }
                };
                TxInner::Postgres(tx)
            }
        };
        Ok(Tx::new(inner, writer))
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// Where it gives none.
    pub async fn ping(&self) -> Result<()> {
        sql::query("SELECT 1").execute(&self.pool).await.map(drop)
    }

    /// Ends all connections; later calls fail.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// A stored setting.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        sql::query_scalar("SELECT value FROM settings WHERE key = $1")
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
        sql::query(
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

/// Writes the row, which nobody else can then until the change ends.
const LOCK_ROW: &str =
    "INSERT INTO locks (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name";
const SQLITE_CONNECTIONS: u32 = 8;
/// For what only reads, beside a server that serves.
const READING_CONNECTIONS: u32 = 2;

async fn sqlite(url: &str, reach: &Reach) -> Result<sqlx::SqlitePool> {
    let options = SqliteConnectOptions::from_str(url)?
        .journal_mode(SqliteJournalMode::Wal)
        // An answer that says "paid" survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(WRITER_PATIENCE);
    let pool = SqlitePoolOptions::new()
        .max_connections(SQLITE_CONNECTIONS)
        .acquire_timeout(reach.acquire_timeout)
        // Where the disk is full SQLite itself takes a change back, and the driver goes on counting it: such a connection
        // would begin no other one, for as long as the server runs.
        .after_release(|connection, _| {
            Box::pin(async move {
                // What takes a change back that was dropped is done before this is answered.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_with(options)
        .await?;
    migrations().run(&pool).await?;
    Ok(pool)
}

/// Two versions run side by side while one takes the other's place: the older one finds a newer schema, which only
/// expanded.
fn migrations() -> Migrator {
    let mut migrations = sqlx::migrate!("./migrations");
    migrations.set_ignore_missing(true);
    migrations
}

async fn postgres(url: &str, reach: &Reach) -> Result<sqlx::PgPool> {
    // Before the limits: a change of the schema may take its time.
    let unlimited = PgPoolOptions::new().max_connections(1);
    let unlimited = unlimited.connect_with(reach.server(url)?).await?;
    migrations().run(&unlimited).await?;
    unlimited.close().await;
    let pool = PgPoolOptions::new()
        .max_connections(reach.connections.max(2))
        .acquire_timeout(reach.acquire_timeout)
        .connect_with(reach.limited(url)?)
        .await?;
    Ok(pool)
}
