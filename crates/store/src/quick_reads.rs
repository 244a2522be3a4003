//! Reads of a few rows from an SQLite file, on the thread that asks for them. SQLite finds these rows in some microseconds;
//! to hand the statement to a connection's own thread, and each row back, takes ten times as long.
//!
//! They are for statements that find their rows by an index and give few of them: the thread answers nobody else meanwhile.
//! Nothing is kept from one read to the next but connections and their prepared statements: each read sees what was
//! committed before it began. Whatever hinders one here (a lock, a broken file), the pool's own connections try again; they
//! may wait, and say what is wrong.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row, Statement};

use crate::engine::Answer;
use crate::value::Value;

/// More statements than read here.
const STATEMENTS: usize = 64;

/// Connections to one file, as many as threads ever read at once. Clones share them.
#[derive(Clone, Debug)]
pub struct QuickReads(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: PathBuf,
    /// Those that nobody reads with now; none at all once the store is closed.
    idle: Mutex<Option<Vec<Reader>>>,
}

#[derive(Debug)]
struct Reader {
    connection: Connection,
    /// The names of each statement's columns.
    columns: HashMap<String, Arc<[String]>>,
}

impl QuickReads {
    /// Reads this file, which is there; each connection is opened when it is wanted first.
    pub(crate) fn of(file: &Path) -> Self {
        Self(Arc::new(Shared {
            file: file.to_owned(),
            idle: Mutex::new(Some(Vec::new())),
        }))
    }

    /// Runs a statement that reads. Gives nothing where that does not work at once.
    pub(crate) fn run(&self, sql: &str, values: &[Value]) -> Option<Answer> {
        // The lock is not held while a statement runs.
        let reader = self.idle().as_mut()?.pop();
        let mut reader = match reader {
            Some(reader) => reader,
            None => Reader::open(&self.0.file).ok()?,
        };
        let answer = reader.run(sql, values).ok()?;
        if let Some(idle) = self.idle().as_mut() {
            idle.push(reader);
        }
        Some(answer)
    }

    /// Ends all connections; later reads give nothing.
    pub(crate) fn close(&self) {
        *self.idle() = None;
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<Reader>>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    fn open(file: &Path) -> rusqlite::Result<Self> {
        // A file in WAL mode can't be read without writing beside it.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.execute_batch("PRAGMA query_only = ON")?;
        // This thread has others to answer.
        connection.busy_timeout(Duration::ZERO)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self {
            connection,
            columns: HashMap::new(),
        })
    }

    fn run(&mut self, sql: &str, values: &[Value]) -> rusqlite::Result<Answer> {
        let mut statement = self.connection.prepare_cached(sql)?;
        for index in 1..=statement.parameter_count() {
            // `$3` is the third value, wherever it stands first.
            let number: usize = statement
                .parameter_name(index)
                .and_then(|name| name.trim_start_matches('$').parse().ok())
                .unwrap_or(index);
            match values.get(number - 1) {
                Some(Value::Number(number)) => statement.raw_bind_parameter(index, number)?,
                Some(Value::Text(text)) => statement.raw_bind_parameter(index, text.as_deref())?,
                None => return Err(rusqlite::Error::InvalidParameterCount(number, values.len())),
            }
        }
        let mut answer = Answer::default();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            if answer.rows.is_empty() {
                // Named now: another server may have widened the table since the statement was prepared.
                answer.columns = names(&mut self.columns, sql, row.as_ref())?;
            }
            answer.rows.push(read(row, answer.columns.len())?);
        }
        Ok(answer)
    }
}

/// The names of a statement's columns, made anew where they are others than last time.
fn names(
    known: &mut HashMap<String, Arc<[String]>>,
    sql: &str,
    statement: &Statement<'_>,
) -> rusqlite::Result<Arc<[String]>> {
    let width = statement.column_count();
    if let Some(names) = known.get(sql) {
        let mut same = names.len() == width;
        for (place, name) in names.iter().enumerate().take(width) {
            same &= statement.column_name(place)? == name;
        }
        if same {
            return Ok(names.clone());
        }
    }
    let names = (0..width).map(|place| statement.column_name(place).map(str::to_owned));
    let names: Arc<[String]> = names.collect::<rusqlite::Result<_>>()?;
    known.insert(sql.to_owned(), names.clone());
    Ok(names)
}

fn read(row: &Row<'_>, width: usize) -> rusqlite::Result<Vec<Value>> {
    let mut values = Vec::with_capacity(width);
    for place in 0..width {
        values.push(match row.get_ref(place)? {
            ValueRef::Null => Value::Number(None),
            ValueRef::Integer(number) => Value::Number(Some(number)),
            text @ ValueRef::Text(_) => Value::Text(Some(text.as_str()?.to_owned())),
            // No table has such columns.
            other @ (ValueRef::Real(_) | ValueRef::Blob(_)) => {
                let (name, kind) = (place.to_string(), other.data_type());
                return Err(rusqlite::Error::InvalidColumnType(place, name, kind));
            }
        });
    }
    Ok(values)
}
