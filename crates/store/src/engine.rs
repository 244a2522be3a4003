//! The seam between the store and its database. What serves uses the drivers of SQLite and PostgreSQL; whoever wants to
//! decide how each statement and each commit ends brings an engine of its own: the simulation does.

use std::fmt::Debug;
use std::sync::Arc;

use sqlx::Error;

use crate::value::{Running, Value};

/// A database that runs the store's statements, in SQLite's way.
pub trait Engine: Debug + Send + Sync {
    /// Runs a statement, `$1` being the first of `values`: by itself, or inside the change of this number.
    fn run<'a>(
        &'a self,
        sql: &'a str,
        values: Vec<Value>,
        change: Option<u64>,
    ) -> Running<'a, Answer>;

    /// Begins a change and gives its number. No other one begins before it ends.
    fn begin(&self) -> Running<'_, u64>;

    /// Makes a change last.
    fn commit(&self, change: u64) -> Running<'_, ()>;

    /// A change is dropped: it never happened.
    fn abandon(&self, change: u64);
}

/// What a statement gives.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The names of the columns.
    pub columns: Arc<[String]>,
    /// The rows, each with a value for each column.
    pub rows: Vec<Vec<Value>>,
    /// How many rows it wrote.
    pub written: u64,
}

/// A row of an engine's answer.
#[derive(Clone, Debug)]
pub struct EngineRow {
    pub(crate) columns: Arc<[String]>,
    pub(crate) values: Vec<Value>,
}

impl Answer {
    pub(crate) fn into_rows(self) -> impl Iterator<Item = EngineRow> {
        let columns = self.columns;
        self.rows.into_iter().map(move |values| EngineRow {
            columns: columns.clone(),
            values,
        })
    }
}

/// An engine's change in progress; dropped without a commit, it is abandoned.
#[derive(Debug)]
pub(crate) struct EngineChange {
    engine: Arc<dyn Engine>,
    number: Option<u64>,
}

impl EngineChange {
    pub(crate) async fn begin(engine: &Arc<dyn Engine>) -> Result<Self, Error> {
        let number = engine.begin().await?;
        Ok(Self {
            engine: engine.clone(),
            number: Some(number),
        })
    }

    pub(crate) async fn run(&self, sql: &str, values: Vec<Value>) -> Result<Answer, Error> {
        self.engine.run(sql, values, self.number).await
    }

    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        match self.number.take() {
            Some(number) => self.engine.commit(number).await,
            None => Ok(()),
        }
    }
}

impl Drop for EngineChange {
    fn drop(&mut self) {
        if let Some(number) = self.number.take() {
            self.engine.abandon(number);
        }
    }
}
