use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use dika_core::digest::digest;
use dika_core::ids::Ids;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Executor};

use crate::connect::{Locks, Reach};
use crate::engine::{Engine, EngineChange};
use crate::group_commit::GroupCommit;
use crate::quick_reads::QuickReads;
use crate::sql::{self, On, Pool};
use crate::transaction::TxInner;
pub use crate::transaction::{Result, Tx};
use crate::writers::{WRITER_PATIENCE, Writer, Writers};

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pool: Pool,
    pub(crate) ids: Arc<dyn Ids>,
    /// Where the database is an SQLite file.
    quick: Option<QuickReads>,
    writers: Writers,
    /// What a change locks at PostgreSQL.
    locks: Locks,
}

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
        let mut quick = None;
        let (pool, writers) = if url.starts_with("sqlite:") {
            let (reading, writing) = sqlite(url, reach).await?;
            let writers = Writers::one(GroupCommit::start(writing));
            if is_file(url) {
                let options = SqliteConnectOptions::from_str(url)?;
                quick = Some(QuickReads::of(options.get_filename()));
            }
            (Pool::Sqlite(reading), writers)
        } else {
            // Half of the connections stay for reading, so that a change which also reads never waits for others like it.
            let writers = Writers::several((reach.connections as usize / 2).max(1));
            (Pool::Postgres(postgres(url, reach).await?), writers)
        };
        Ok(Self {
            pool,
            ids,
            quick,
            writers,
            locks: reach.locks,
        })
    }

    /// Keeps everything in a database that somebody brings, its schema up to date.
    pub fn over(engine: Arc<dyn Engine>, ids: Arc<dyn Ids>) -> Self {
        Self {
            pool: Pool::Engine(engine),
            ids,
            quick: None,
            writers: Writers::several(1),
            locks: Locks::Advisory,
        }
    }

    /// Connects for reading alone: nothing is migrated, and what would change something fails. `url` as for
    /// [`Store::open`]; a database that is not there is not made.
    ///
    /// # Errors
    /// Where the database cannot be reached or opened.
    pub async fn open_read_only(url: &str, reach: &Reach, ids: Arc<dyn Ids>) -> Result<Self> {
        let (pool, writers) = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(&url.replace("mode=rwc", "mode=rw"))?
                .busy_timeout(Duration::from_secs(10))
                .pragma("query_only", "ON");
            let pool = SqlitePoolOptions::new().max_connections(READING_CONNECTIONS);
            let pool = pool.connect_with(options).await?;
            let writers = Writers::one(GroupCommit::start(pool.clone()));
            (Pool::Sqlite(pool), writers)
        } else {
            let options = reach.server(url)?;
            let options = options.options([("default_transaction_read_only", "on")]);
            let pool = PgPoolOptions::new().max_connections(READING_CONNECTIONS);
            let pool = pool.connect_with(options).await?;
            (Pool::Postgres(pool), Writers::several(1))
        };
        Ok(Self {
            pool,
            ids,
            quick: None,
            writers,
            locks: reach.locks,
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

    /// Takes away what [`Store::create_schema`] made at this server, with all that is in it.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn drop_schema(url: &str, schema: &str) -> Result<()> {
        let pool = PgPoolOptions::new().max_connections(1).connect(url).await?;
        let sql = format!("DROP SCHEMA {schema} CASCADE");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await?;
        pool.close().await;
        Ok(())
    }

    /// The connections, for reads and for single statements by those who keep tables of their own here.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Waits for a place among the writers, for those who write over a connection of their own. At SQLite nobody else
    /// writes meanwhile, and no commit is shared: a change of one statement runs on the store itself instead
    /// (`.execute(store)`).
    ///
    /// # Errors
    /// [`sqlx::Error::PoolTimedOut`] where too many wait already, or the wait was too long.
    pub async fn writer(&self) -> Result<Writer> {
        self.writers.writer().await
    }

    /// Begins a change to the thing that `lock` names (`card/…`, `order/…`): no other change to the
    /// same thing runs until this one ends.
    ///
    /// # Errors
    /// Where the database gives no connection or no lock in time.
    pub async fn write(&self, lock: &str) -> Result<Tx> {
        match &self.pool {
            Pool::Sqlite(_) => self.writers.shared(Some(lock)).await,
            Pool::Postgres(pool) => {
                let writer = self.writers.permit().await?;
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
                Ok(Tx::new(TxInner::Postgres(tx), writer))
            }
            Pool::Engine(engine) => {
                let writer = self.writers.permit().await?;
                let change = EngineChange::begin(engine).await?;
                Ok(Tx::new(TxInner::Engine(change), writer))
            }
        }
    }

    /// Where a statement runs that finds a few rows by an index: at an SQLite file on the thread that asks.
    pub(crate) fn quick(&self) -> On<'_> {
        On::Quick(&self.pool, self.quick.as_ref())
    }

    /// Whether several servers may use this database side by side.
    pub const fn is_shared(&self) -> bool {
        matches!(self.pool, Pool::Postgres(_))
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
        self.writers.close().await;
        if let Some(quick) = &self.quick {
            quick.close();
        }
        match &self.pool {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
            Pool::Engine(_) => {}
        }
    }

    /// A stored setting.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        sql::query_scalar("SELECT value FROM settings WHERE key = $1")
            .bind(key.to_owned())
            .fetch_optional(self.quick())
            .await
    }

    /// Stores a setting.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<()> {
        sql::query(
            "INSERT INTO settings (key, value) VALUES ($1, $2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(key.to_owned())
        .bind(value.to_owned())
        .execute(self)
        .await
        .map(drop)
    }
}

impl<'a> From<&'a Store> for On<'a> {
    fn from(store: &'a Store) -> Self {
        Self::Single(&store.pool, &store.writers)
    }
}

/// Writes the row, which nobody else can then until the change ends.
const LOCK_ROW: &str =
    "INSERT INTO locks (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name";
const SQLITE_CONNECTIONS: u32 = 8;
/// For what only reads, beside a server that serves.
const READING_CONNECTIONS: u32 = 2;

/// The connections that read, and the one that writes. In a file they are apart: the writer keeps the pages that it wrote,
/// and nobody who reads waits for it.
async fn sqlite(url: &str, reach: &Reach) -> Result<(sqlx::SqlitePool, sqlx::SqlitePool)> {
    let options = SqliteConnectOptions::from_str(url)?
        .journal_mode(SqliteJournalMode::Wal)
        // An answer that says "paid" survives a power cut: each commit waits for the disk. Sharing commits pays for it.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // More statements than there are here, so that none is parsed twice.
        .statement_cache_capacity(400)
        .busy_timeout(WRITER_PATIENCE);
    let pool = SqlitePoolOptions::new()
        .acquire_timeout(reach.acquire_timeout)
        // A file's connection does not break while nobody uses it.
        .test_before_acquire(false);
    let reading = pool
        .clone()
        .max_connections(SQLITE_CONNECTIONS)
        .connect_with(options.clone())
        .await?;
    migrations().run(&reading).await?;
    of_sqlite().run(&reading).await?;
    // A database in memory may be its connection's alone.
    let writing = if is_file(url) {
        pool.max_connections(1).connect_with(options).await?
    } else {
        reading.clone()
    };
    Ok((reading, writing))
}

fn is_file(sqlite_url: &str) -> bool {
    !sqlite_url.contains(":memory:") && !sqlite_url.contains("mode=memory")
}

/// Two versions run side by side while one takes the other's place: the older one finds a newer schema, which only
/// expanded.
fn migrations() -> Migrator {
    expanding(sqlx::migrate!("./migrations"))
}

/// What SQLite says in its own way.
fn of_sqlite() -> Migrator {
    expanding(sqlx::migrate!("./migrations/sqlite"))
}

/// The same at PostgreSQL.
fn of_postgres() -> Migrator {
    expanding(sqlx::migrate!("./migrations/postgres"))
}

fn expanding(mut migrations: Migrator) -> Migrator {
    migrations.set_ignore_missing(true);
    migrations
}

async fn postgres(url: &str, reach: &Reach) -> Result<sqlx::PgPool> {
    // Before the limits: a change of the schema may take its time.
    let unlimited = PgPoolOptions::new().max_connections(1);
    let unlimited = unlimited.connect_with(reach.server(url)?).await?;
    migrations().run(&unlimited).await?;
    of_postgres().run(&unlimited).await?;
    unlimited.close().await;
    let pool = PgPoolOptions::new()
        .max_connections(reach.connections.max(2))
        .acquire_timeout(reach.acquire_timeout)
        .connect_with(reach.limited(url)?)
        .await?;
    Ok(pool)
}
