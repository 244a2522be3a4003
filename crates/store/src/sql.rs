//! One text of SQL for two databases, by the typed drivers of both. What is bound and read are whole numbers and text,
//! which both know: see `migrations/`.

use std::pin::Pin;
use std::time::Duration;

pub use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{
    ColumnIndex, Database, Decode, Encode, IntoArguments, PgPool, Postgres, Row as _, SqlSafeStr,
    SqlStr, Sqlite, SqlitePool, Type,
};

use crate::faults::is_conflict;
use crate::transaction::{Result, Tx, TxInner};
use crate::writers::{Single, Writers};

/// Begins a part of a statement that PostgreSQL alone is told, `/*postgres: FOR UPDATE*/`. To SQLite, which has one writer
/// and no row locks, it is a comment.
const POSTGRES: &str = "/*postgres:";

/// The connections to one of the two databases.
#[derive(Clone, Debug)]
pub enum Pool {
    /// A file on this machine.
    Sqlite(SqlitePool),
    /// A server.
    Postgres(PgPool),
}

/// Where a statement runs: on any connection, inside a change, or as a change by itself.
#[derive(Debug)]
pub enum On<'a> {
    /// On any connection: a statement that reads.
    Pool(&'a Pool),
    /// Inside a change.
    Tx(&'a mut Tx),
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

/// What a statement is given.
#[derive(Clone, Debug)]
pub enum Value {
    /// A whole number, or none.
    Number(Option<i64>),
    /// Text, or none.
    Text(Option<String>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

/// A row of either database.
#[derive(Debug)]
pub enum Row {
    /// Of SQLite.
    Sqlite(SqliteRow),
    /// Of PostgreSQL.
    Postgres(PgRow),
}

/// What a column can be read as: `i64` or `String`, each also absent.
pub trait Column:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl<T> Column for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl Row {
    /// A column by its name, or by its place.
    ///
    /// # Errors
    /// Where there is no such column, or it holds something else.
    pub fn try_get<T: Column>(
        &self,
        column: impl ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    ) -> Result<T> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
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

/// A statement that runs. Boxed, so that what waits for it can be sent to any thread whatever it runs on.
pub type Running<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

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
        })
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
