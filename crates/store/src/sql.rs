//! One text of SQL for two databases, by the typed drivers of both, or by an engine. What is bound and read are whole
//! numbers and text, which both know: see `migrations/`.

use std::sync::Arc;
use std::time::Duration;

pub use crate::value::{Running, Value};
pub use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{
    ColumnIndex, Database, Decode, Encode, IntoArguments, PgPool, Postgres, Row as _, SqlSafeStr,
    SqlStr, Sqlite, SqlitePool, Type,
};

use crate::engine::{Engine, EngineRow};
use crate::faults::is_conflict;
use crate::quick_reads::QuickReads;
use crate::transaction::{Result, Tx, TxInner};
use crate::writers::{Single, Writers};

/// Begins a part of a statement that PostgreSQL alone is told, `/*postgres: FOR UPDATE*/`. To SQLite, which has one writer
/// and no row locks, it is a comment.
const POSTGRES: &str = "/*postgres:";

/// The connections to a database.
#[derive(Clone, Debug)]
pub enum Pool {
    /// A file on this machine.
    Sqlite(SqlitePool),
    /// A server.
    Postgres(PgPool),
    /// One that somebody brings.
    Engine(Arc<dyn Engine>),
}

/// Where a statement runs: on any connection, inside a change, or as a change by itself.
#[derive(Debug)]
pub enum On<'a> {
    /// On any connection: a statement that reads.
    Pool(&'a Pool),
    /// Inside a change.
    Tx(&'a mut Tx),
    /// On this thread where that works, else on any connection: a statement that reads a few rows by an index.
    Quick(&'a Pool, Option<&'a QuickReads>),
    /// As a change of its own, which lasts once the statement has run: `&Store` stands for it.
    Single(&'a Pool, &'a Writers),
}

impl<'a> On<'a> {
    /// Where a change of one statement runs.
    fn of_single(single: &'a mut Single, pool: &'a Pool) -> Self {
        match single {
            Single::Shared(tx) => Self::Tx(tx),
            Single::ByItself { .. } => Self::Pool(pool),
        }
    }
}

impl<'a> From<&'a Pool> for On<'a> {
    fn from(pool: &'a Pool) -> Self {
        Self::Pool(pool)
    }
}

impl<'a> From<&'a mut Tx> for On<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self::Tx(tx)
    }
}

/// A row of any database.
#[derive(Debug)]
pub enum Row {
    /// Of SQLite.
    Sqlite(SqliteRow),
    /// Of PostgreSQL.
    Postgres(PgRow),
    /// Of an engine.
    Engine(EngineRow),
}

/// What a column can be read as: `i64` or `String`, each also absent.
pub trait Column:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
    /// Reads an engine's value; nothing where it is of another kind.
    fn of(value: Value) -> Option<Self>;
}

impl Column for i64 {
    fn of(value: Value) -> Option<Self> {
        Option::of(value)?
    }
}

impl Column for String {
    fn of(value: Value) -> Option<Self> {
        Option::of(value)?
    }
}

impl Column for Option<i64> {
    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Number(number) => Some(number),
            Value::Text(None) => Some(None),
            Value::Text(Some(_)) => None,
        }
    }
}

impl Column for Option<String> {
    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            Value::Number(None) => Some(None),
            Value::Number(Some(_)) => None,
        }
    }
}

/// How a column is found: by its name, or by its place.
pub trait Place: std::fmt::Debug + ColumnIndex<SqliteRow> + ColumnIndex<PgRow> {
    /// Where it is among these.
    fn among(&self, columns: &[String]) -> Option<usize>;
}

impl Place for &str {
    fn among(&self, columns: &[String]) -> Option<usize> {
        columns.iter().position(|column| column == self)
    }
}

impl Place for usize {
    fn among(&self, columns: &[String]) -> Option<usize> {
        (*self < columns.len()).then_some(*self)
    }
}

impl Row {
    /// A column by its name, or by its place.
    ///
    /// # Errors
    /// Where there is no such column, or it holds something else.
    pub fn try_get<T: Column>(&self, column: impl Place) -> Result<T> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
            Self::Engine(row) => {
                let place = column.among(&row.columns);
                let value = place.and_then(|place| row.values.get(place).cloned());
                let value =
                    value.ok_or_else(|| sqlx::Error::ColumnNotFound(format!("{column:?}")))?;
                T::of(value).ok_or_else(|| sqlx::Error::Decode("of another kind".into()))
            }
        }
    }
}

/// What is read from a row.
pub trait FromRow: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// Where a column is missing or holds something else.
    fn from_row(row: &Row) -> Result<Self>;
}

macro_rules! rows_of_columns {
    ($($column:ident $place:tt),+) => {
        impl<$($column: Column),+> FromRow for ($($column,)+) {
            fn from_row(row: &Row) -> Result<Self> {
                Ok(($(row.try_get::<$column>($place)?,)+))
            }
        }
    };
}

rows_of_columns!(A 0);
rows_of_columns!(A 0, B 1);
rows_of_columns!(A 0, B 1, C 2);
rows_of_columns!(A 0, B 1, C 2, D 3);
rows_of_columns!(A 0, B 1, C 2, D 3, E 4);
rows_of_columns!(A 0, B 1, C 2, D 3, E 4, F 5);

/// What a statement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    rows: u64,
}

impl Done {
    /// How many rows it wrote.
    pub fn rows_affected(self) -> u64 {
        self.rows
    }
}

/// A statement and what it is given.
#[must_use = "a statement does nothing before it is run"]
#[derive(Clone, Debug)]
pub struct Query {
    sql: SqlStr,
    values: Vec<Value>,
}

/// A statement.
pub fn query(sql: impl SqlSafeStr) -> Query {
    Query {
        sql: sql.into_sql_str(),
        values: Vec::new(),
    }
}

impl Query {
    /// Gives the next `$n` its value.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs it.
    ///
    /// # Errors
    /// Any database failure.
    pub fn execute<'a>(self, on: impl Into<On<'a>>) -> Running<'a, Done> {
        Box::pin(self.execute_on(on.into()))
    }

    async fn execute_on(self, on: On<'_>) -> Result<Done> {
        let rows = match on {
            On::Quick(pool, _) => self.execute(pool).await?.rows,
            On::Single(pool, writers) => {
                let mut single = writers.single().await?;
                let done = self.execute(On::of_single(&mut single, pool)).await?;
                single.end().await?;
                done.rows
            }
            On::Pool(Pool::Sqlite(pool)) => {
                self.typed::<Sqlite>().execute(pool).await?.rows_affected()
            }
            On::Pool(Pool::Postgres(pool)) => {
                let run = || async { self.clone().for_postgres().execute(pool).await };
                repeated(run).await?.rows_affected()
            }
            On::Tx(Tx {
                inner: TxInner::Sqlite(tx),
                ..
            }) => self
                .typed::<Sqlite>()
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            On::Tx(Tx {
                inner: TxInner::Postgres(tx),
                ..
            }) => self
                .for_postgres()
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            On::Pool(Pool::Engine(engine)) => {
                let answer = engine.run(self.sql.as_str(), self.values, None);
                answer.await?.written
            }
            On::Tx(Tx {
                inner: TxInner::Engine(change),
                ..
            }) => change.run(self.sql.as_str(), self.values).await?.written,
        };
        Ok(Done { rows })
    }

    /// Runs it and gives all rows.
    ///
    /// # Errors
    /// Any database failure.
    pub fn fetch_all<'a>(self, on: impl Into<On<'a>>) -> Running<'a, Vec<Row>> {
        Box::pin(self.fetch_all_on(on.into()))
    }

    async fn fetch_all_on(self, on: On<'_>) -> Result<Vec<Row>> {
        Ok(match on {
            On::Quick(pool, quick) => match self.quickly(quick) {
                Some(rows) => rows.collect(),
                None => self.fetch_all(pool).await?,
            },
            On::Single(pool, writers) => {
                let mut single = writers.single().await?;
                let done = self.fetch_all(On::of_single(&mut single, pool)).await?;
                single.end().await?;
                done
            }
            On::Pool(Pool::Sqlite(pool)) => {
                all(self.typed::<Sqlite>().fetch_all(pool).await?, Row::Sqlite)
            }
            On::Pool(Pool::Postgres(pool)) => {
                let run = || async { self.clone().for_postgres().fetch_all(pool).await };
                all(repeated(run).await?, Row::Postgres)
            }
            On::Tx(Tx {
                inner: TxInner::Sqlite(tx),
                ..
            }) => all(
                self.typed::<Sqlite>().fetch_all(&mut **tx).await?,
                Row::Sqlite,
            ),
            On::Tx(Tx {
                inner: TxInner::Postgres(tx),
                ..
            }) => all(
                self.for_postgres().fetch_all(&mut **tx).await?,
                Row::Postgres,
            ),
            On::Pool(Pool::Engine(_))
            | On::Tx(Tx {
                inner: TxInner::Engine(_),
                ..
            }) => self.rows_of_engine(on).await?.collect(),
        })
    }

    /// Runs it and gives the first row, where there is one.
    ///
    /// # Errors
    /// Any database failure.
    pub fn fetch_optional<'a>(self, on: impl Into<On<'a>>) -> Running<'a, Option<Row>> {
        Box::pin(self.fetch_optional_on(on.into()))
    }

    async fn fetch_optional_on(self, on: On<'_>) -> Result<Option<Row>> {
        Ok(match on {
            On::Quick(pool, quick) => match self.quickly(quick) {
                Some(mut rows) => rows.next(),
                None => self.fetch_optional(pool).await?,
            },
            On::Single(pool, writers) => {
                let mut single = writers.single().await?;
                let done = self
                    .fetch_optional(On::of_single(&mut single, pool))
                    .await?;
                single.end().await?;
                done
            }
            On::Pool(Pool::Sqlite(pool)) => self
                .typed::<Sqlite>()
                .fetch_optional(pool)
                .await?
                .map(Row::Sqlite),
            On::Pool(Pool::Postgres(pool)) => {
                let run = || async { self.clone().for_postgres().fetch_optional(pool).await };
                repeated(run).await?.map(Row::Postgres)
            }
            On::Tx(Tx {
                inner: TxInner::Sqlite(tx),
                ..
            }) => self
                .typed::<Sqlite>()
                .fetch_optional(&mut **tx)
                .await?
                .map(Row::Sqlite),
            On::Tx(Tx {
                inner: TxInner::Postgres(tx),
                ..
            }) => self
                .for_postgres()
                .fetch_optional(&mut **tx)
                .await?
                .map(Row::Postgres),
            On::Pool(Pool::Engine(_))
            | On::Tx(Tx {
                inner: TxInner::Engine(_),
                ..
            }) => self.rows_of_engine(on).await?.next(),
        })
    }

    /// Runs it on this thread; nothing where that does not work.
    fn quickly(&self, quick: Option<&QuickReads>) -> Option<impl Iterator<Item = Row> + use<>> {
        let answer = quick?.run(self.sql.as_str(), &self.values)?;
        Some(answer.into_rows().map(Row::Engine))
    }

    /// Runs it at an engine; no rows anywhere else.
    async fn rows_of_engine(self, on: On<'_>) -> Result<impl Iterator<Item = Row> + use<>> {
        let answer = match on {
            On::Pool(Pool::Engine(engine)) => {
                engine.run(self.sql.as_str(), self.values, None).await
            }
            On::Tx(Tx {
                inner: TxInner::Engine(change),
                ..
            }) => change.run(self.sql.as_str(), self.values).await,
            On::Pool(_) | On::Tx(_) | On::Quick(..) | On::Single(..) => Ok(Default::default()),
        };
        Ok(answer?.into_rows().map(Row::Engine))
    }

    /// The statement with what is said to PostgreSQL alone.
    fn for_postgres<'q>(
        mut self,
    ) -> sqlx::query::Query<'q, Postgres, <Postgres as Database>::Arguments> {
        if self.sql.as_str().contains(POSTGRES) {
            let sql = self.sql.as_str().replace(POSTGRES, "").replace("*/", "");
            self.sql = AssertSqlSafe(sql).into_sql_str();
        }
        self.typed::<Postgres>()
    }

    /// The statement as one driver takes it.
    fn typed<'q, DB>(self) -> sqlx::query::Query<'q, DB, <DB as Database>::Arguments>
    where
        DB: Database,
        <DB as Database>::Arguments: IntoArguments<DB>,
        Option<i64>: for<'e> Encode<'e, DB> + Type<DB>,
        Option<String>: for<'e> Encode<'e, DB> + Type<DB>,
    {
        let mut query = sqlx::query(self.sql);
        for value in self.values {
            query = match value {
                Value::Number(number) => query.bind(number),
                Value::Text(text) => query.bind(text),
            };
        }
        query
    }
}

/// How often a statement of its own is made again where another change was in its way.
const MOST_CONFLICTS: u32 = 5;

/// Runs a statement that is a change of its own. Where PostgreSQL ended it because another one was in its way, nothing of it
/// was written: it is made again, a few times.
async fn repeated<T, Run: Future<Output = Result<T>>>(run: impl Fn() -> Run) -> Result<T> {
    let mut conflicts = 0;
    loop {
        match run().await {
            Err(fault) if conflicts < MOST_CONFLICTS && is_conflict(&fault) => {
                conflicts += 1;
                tokio::time::sleep(Duration::from_millis(5 << conflicts)).await;
            }
            done => return done,
        }
    }
}

fn all<R>(rows: Vec<R>, of: impl Fn(R) -> Row) -> Vec<Row> {
    rows.into_iter().map(of).collect()
}

/// A statement whose rows are read as `T`.
#[must_use = "a statement does nothing before it is run"]
#[derive(Clone, Debug)]
pub struct QueryAs<T> {
    query: Query,
    read: fn(&Row) -> Result<T>,
}

/// A statement whose rows are read as `T`.
pub fn query_as<T: FromRow>(sql: impl SqlSafeStr) -> QueryAs<T> {
    QueryAs {
        query: query(sql),
        read: T::from_row,
    }
}

/// A statement whose first column is read as `T`.
pub fn query_scalar<T: Column>(sql: impl SqlSafeStr) -> QueryAs<T> {
    QueryAs {
        query: query(sql),
        read: |row| row.try_get(0),
    }
}

impl<T: Send + 'static> QueryAs<T> {
    /// Gives the next `$n` its value.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.query = self.query.bind(value);
        self
    }

    /// Runs it and reads all rows.
    ///
    /// # Errors
    /// Any database failure.
    pub fn fetch_all<'a>(self, on: impl Into<On<'a>>) -> Running<'a, Vec<T>> {
        let on = on.into();
        Box::pin(async move {
            let rows = self.query.fetch_all_on(on).await?;
            rows.iter().map(self.read).collect()
        })
    }

    /// Runs it and reads the first row, where there is one.
    ///
    /// # Errors
    /// Any database failure.
    pub fn fetch_optional<'a>(self, on: impl Into<On<'a>>) -> Running<'a, Option<T>> {
        let on = on.into();
        Box::pin(async move {
            let row = self.query.fetch_optional_on(on).await?;
            row.as_ref().map(self.read).transpose()
        })
    }

    /// Runs it and reads the row that there is.
    ///
    /// # Errors
    /// Any database failure; [`sqlx::Error::RowNotFound`] where there is none.
    pub fn fetch_one<'a>(self, on: impl Into<On<'a>>) -> Running<'a, T> {
        let row = self.fetch_optional(on);
        Box::pin(async move { row.await?.ok_or(sqlx::Error::RowNotFound) })
    }
}
