use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::Context;
use dika_store::Error;
use dika_store::engine::Answer;
use dika_store::sql::Value;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, MAIN_DB, OpenFlags};

/// SQLite in memory. It outlives the servers that use it.
pub struct Database {
    connection: Mutex<Connection>,
    /// The number of the change in progress; 0 where there is none.
    pub(crate) change: AtomicU64,
    pub(crate) changes: AtomicU64,
    columns: Mutex<HashMap<String, Arc<[String]>>>,
    /// What [`Database::next_due`] found last.
    due: Mutex<Option<i64>>,
    /// Whether something was written since.
    is_due_stale: AtomicBool,
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
    // What both databases understand, and what SQLite alone does.
    let mut files = Vec::new();
    for folder in [
        concat!(env!("CARGO_MANIFEST_DIR"), "/../store/migrations"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../store/migrations/sqlite"),
    ] {
        let found = std::fs::read_dir(folder)
            .with_context(|| format!("reading {folder}"))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()?;
        files.extend(found.into_iter().filter(|file| file.is_file()));
    }
    files.sort_by_key(|file| file.file_name().map(ToOwned::to_owned));
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
        // The lock around the connection is ours: SQLite's own, one for each of its calls, cost a tenth of a term's time.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_in_memory_with_flags(flags)?;
        // Without it, each value that is bound beside a partial index has its statement compiled anew.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
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
            due: Mutex::default(),
            is_due_stale: AtomicBool::new(true),
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a statement, now.
    pub(crate) fn run(&self, sql: &str, values: &[Value]) -> rusqlite::Result<Answer> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(sql)?;
        if !statement.readonly() {
            self.is_due_stale.store(true, Ordering::SeqCst);
        }
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

    /// Begins or ends a change.
    pub(crate) fn batch(&self, sql: &str) -> Result<(), Error> {
        self.is_due_stale.store(true, Ordering::SeqCst);
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
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_due_stale.swap(false, Ordering::SeqCst) {
            let rows = self.read(
                "SELECT MIN(at) FROM (SELECT MIN(look_at) AS at FROM orders
                 UNION ALL SELECT MIN(look_at) FROM wechat_payments)",
                &[],
            );
            *due = match rows.first().and_then(|row| row.first()) {
                Some(Value::Number(at)) => *at,
                _ => None,
            };
        }
        *due
    }
}

pub(crate) fn broken(fault: rusqlite::Error) -> Error {
    Error::Protocol(fault.to_string())
}
