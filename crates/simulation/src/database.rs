use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::Context;
use dika_store::Error;
use dika_store::engine::{Answer, Engine};
use dika_store::sql::{Running, Value};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, MAIN_DB};

use crate::clock::pass_ms;
use crate::instance::Instance;
use crate::plan::{Fault, Seam};
use crate::world::World;

/// SQLite in memory. It outlives the servers that use it.
pub struct Database {
    connection: Mutex<Connection>,
    /// The number of the change in progress; 0 where there is none.
    change: AtomicU64,
    changes: AtomicU64,
    columns: Mutex<HashMap<String, Arc<[String]>>>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}

/// An empty database as its bytes: the store's migrations run once, for all terms.
fn empty() -> anyhow::Result<&'static [u8]> {
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(bytes) = EMPTY.get() {
        return Ok(bytes);
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../store/migrations");
    let mut files = std::fs::read_dir(folder)
        .with_context(|| format!("reading {folder}"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    let connection = Connection::open_in_memory()?;
    for file in files {
        connection
            .execute_batch(&std::fs::read_to_string(&file)?)
            .with_context(|| format!("running {}", file.display()))?;
    }
    let bytes = connection.serialize(MAIN_DB)?.to_vec();
    Ok(EMPTY.get_or_init(|| bytes))
}

impl Database {
    /// An empty database, its schema up to date.
    ///
    /// # Errors
    /// Where the migrations can't be read or run.
    pub fn open() -> anyhow::Result<Self> {
        let bytes = empty()?;
        let mut connection = Connection::open_in_memory()?;
        connection.deserialize_read_exact(MAIN_DB, bytes, bytes.len(), false)?;
        connection.execute_batch(
            "PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;",
        )?;
        connection.set_prepared_statement_cache_capacity(256);
        Ok(Self {
            connection: Mutex::new(connection),
            change: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            columns: Mutex::default(),
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a statement, now.
    fn run(&self, sql: &str, values: &[Value]) -> rusqlite::Result<Answer> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(sql)?;
        for index in 1..=statement.parameter_count() {
            // `$3` is the third value, wherever it stands first.
            let number: usize = statement
                .parameter_name(index)
                .and_then(|name| name.trim_start_matches('$').parse().ok())
                .unwrap_or(index);
            match &values[number - 1] {
                Value::Number(value) => statement.raw_bind_parameter(index, value)?,
                Value::Text(value) => statement.raw_bind_parameter(index, value)?,
            }
        }
        let width = statement.column_count();
        if width == 0 {
            let written = statement.raw_execute()? as u64;
            return Ok(Answer {
                written,
                ..Answer::default()
            });
        }
        let columns = {
            let mut known = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
            match known.get(sql) {
                Some(columns) => columns.clone(),
                None => {
                    let names = statement.column_names().into_iter().map(str::to_owned);
                    let columns: Arc<[String]> = names.collect();
                    known.insert(sql.to_owned(), columns.clone());
                    columns
                }
            }
        };
        let mut found = Vec::new();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let mut values = Vec::with_capacity(width);
            for place in 0..width {
                values.push(match row.get_ref(place)? {
                    ValueRef::Integer(number) => Value::Number(Some(number)),
                    ValueRef::Text(text) => {
                        Value::Text(Some(String::from_utf8_lossy(text).into_owned()))
                    }
                    ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Number(None),
                });
            }
            found.push(values);
        }
        Ok(Answer {
            columns,
            written: found.len() as u64,
            rows: found,
        })
    }

    fn batch(&self, sql: &str) -> Result<(), Error> {
        self.connection().execute_batch(sql).map_err(broken)
    }

    /// Reads numbers and words for a check, past every fault.
    ///
    /// # Panics
    /// Where the statement is wrong.
    pub fn read(&self, sql: &str, values: &[Value]) -> Vec<Vec<Value>> {
        match self.run(sql, values) {
            Ok(answer) => answer.rows,
            Err(fault) => panic!("{sql}: {fault}"),
        }
    }

    /// When a sweep has something to do next, in seconds since 1970.
    pub fn next_due(&self) -> Option<i64> {
        let rows = self.read(
            "SELECT MIN(at) FROM (SELECT MIN(look_at) AS at FROM orders
             UNION ALL SELECT MIN(look_at) FROM wechat_payments)",
            &[],
        );
        match rows.first().and_then(|row| row.first()) {
            Some(Value::Number(at)) => *at,
            _ => None,
        }
    }
}

fn broken(fault: rusqlite::Error) -> Error {
    Error::Protocol(fault.to_string())
}

fn cut_off() -> Error {
    Error::Io(std::io::ErrorKind::ConnectionReset.into())
}

/// The database as one server reaches it.
pub(crate) struct Connected {
    pub(crate) database: Arc<Database>,
    pub(crate) world: Arc<World>,
    pub(crate) instance: Arc<Instance>,
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connected")
    }
}

impl Connected {
    /// What a seed does before something that changes the database, or reads from it: lets others go first, fails it, or
    /// ends the server. Gives the fault that is to follow once it is done.
    async fn before(&self, what: &str) -> Result<Option<Fault>, Error> {
        self.instance.or_never().await;
        let fault = self.world.fault(Seam::Database);
        if let Some(fault) = fault {
            self.world.note(format_args!("database {what} {fault:?}"));
        }
        match fault {
            None => Ok(None),
            Some(Fault::LostBefore) => Err(cut_off()),
            Some(Fault::Refused) => Err(Error::PoolTimedOut),
            Some(Fault::CrashBefore) => self.instance.crash_here().await,
            Some(Fault::Late | Fault::Slow | Fault::Doubled) => {
                pass_ms(self.world.chance.between(1, 4_000)).await;
                self.instance.or_never().await;
                Ok(None)
            }
            Some(fault @ (Fault::LostAfter | Fault::CrashAfter)) => Ok(Some(fault)),
        }
    }

    async fn after(&self, fault: Option<Fault>) -> Result<(), Error> {
        match fault {
            Some(Fault::LostAfter) => Err(cut_off()),
            Some(Fault::CrashAfter) => self.instance.crash_here().await,
            _ => Ok(()),
        }
    }
}

impl Engine for Connected {
    fn run<'a>(
        &'a self,
        sql: &'a str,
        values: Vec<Value>,
        change: Option<u64>,
    ) -> Running<'a, Answer> {
        Box::pin(async move {
            if change.is_some() {
                // All or nothing: what goes wrong inside a change, goes wrong at its commit.
                return self.database.run(sql, &values).map_err(broken);
            }
            let fault = self.before("statement").await?;
            let open = self.database.change.load(Ordering::SeqCst);
            if open != 0 {
                self.world
                    .violate(format_args!("a statement by itself beside a change: {sql}"));
            }
            let answer = self.database.run(sql, &values).map_err(broken)?;
            self.after(fault).await?;
            Ok(answer)
        })
    }

    fn begin(&self) -> Running<'_, u64> {
        Box::pin(async move {
            let after = self.before("begin").await?;
            for _ in 0..5_000 {
                if self.database.change.load(Ordering::SeqCst) == 0 {
                    let number = self.database.changes.fetch_add(1, Ordering::SeqCst) + 1;
                    self.database.change.store(number, Ordering::SeqCst);
                    self.database.batch("BEGIN IMMEDIATE")?;
                    if after.is_some() {
                        // Whoever began it never hears of it.
                        self.abandon(number);
                        self.after(after).await?;
                    }
                    return Ok(number);
                }
                pass_ms(1).await;
            }
            Err(Error::PoolTimedOut)
        })
    }

    fn commit(&self, change: u64) -> Running<'_, ()> {
        Box::pin(async move {
            if self.instance.is_dead() {
                self.abandon(change);
                self.instance.or_never().await;
            }
            let fault = self.world.fault(Seam::Database);
            if let Some(fault) = fault {
                self.world.note(format_args!("database commit {fault:?}"));
            }
            match fault {
                Some(Fault::CrashBefore) => {
                    self.abandon(change);
                    return self.instance.crash_here().await;
                }
                Some(Fault::LostBefore | Fault::Refused) => {
                    self.abandon(change);
                    return Err(cut_off());
                }
                _ => {}
            }
            self.database.batch("COMMIT")?;
            self.database.change.store(0, Ordering::SeqCst);
            match fault {
                Some(Fault::Late | Fault::Slow | Fault::Doubled) => {
                    pass_ms(self.world.chance.between(1, 4_000)).await;
                    self.instance.or_never().await;
                    Ok(())
                }
                other => self.after(other).await,
            }
        })
    }

    fn abandon(&self, change: u64) {
        let open =
            self.database
                .change
                .compare_exchange(change, 0, Ordering::SeqCst, Ordering::SeqCst);
        if open.is_ok() {
            // Nothing to roll back where its beginning failed.
            let _ = self.database.batch("ROLLBACK");
        }
    }
}
