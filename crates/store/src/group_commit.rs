//! Many changes, one commit: how SQLite's only writer serves many callers.
//!
//! A commit that survives a power cut waits for the disk, and SQLite takes one change at a time. So changes that wait for
//! their turn share a transaction: each runs in a savepoint of its own, one after the other, and one `COMMIT` makes them
//! all last. It comes as soon as nobody waits, so that a single caller waits for nobody. Only then is any of them told that
//! its change is done: an answer that leaves the server speaks of what is on the disk.
//!
//! * A change that is given up rolls back its own savepoint and nothing else.
//! * A commit that fails fails for all that shared it: nobody was answered.
//! * A caller that goes away midway (its phone hung up) gives its turn back, wherever it stood, and its savepoint with it.
//! * A change never sees another one under the same lock that does not last yet: it waits for the next transaction, as it
//!   would wait for the lock at PostgreSQL. What it answers without changing anything is therefore true.

use std::collections::{HashSet, VecDeque};
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::pool::PoolConnection;
use sqlx::{Error, Executor, Result, Sqlite, SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// How long changes are added to a transaction before it is committed, though others wait.
const LONGEST: Duration = Duration::from_millis(10);
/// How many changes share a transaction at most.
const MOST: usize = 128;
/// How many may be passed over because their lock is taken.
const MOST_HELD: usize = 64;

/// The way to the writer. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct GroupCommit {
    asks: mpsc::UnboundedSender<Ask>,
    pool: SqlitePool,
}

/// Somebody waits for a turn.
#[derive(Debug)]
enum Ask {
    /// To change something, together with others.
    Change(ChangeAsk),
    /// To write over a connection of their own: nobody else writes meanwhile.
    Alone(oneshot::Sender<Alone>),
}

#[derive(Debug)]
struct ChangeAsk {
    /// What it locks, where it locks anything.
    lock: Option<String>,
    turn: oneshot::Sender<Result<Turn>>,
}

/// A change's turn at the writing connection, to which it derefs. Dropped without [`Turn::commit`], the change never happened.
#[derive(Debug)]
pub(crate) struct Turn {
    lent: Option<Lent>,
}

#[derive(Debug)]
struct Lent {
    connection: PoolConnection<Sqlite>,
    back: oneshot::Sender<Returned>,
}

/// The connection comes back.
#[derive(Debug)]
struct Returned {
    connection: PoolConnection<Sqlite>,
    /// Who waits for the commit; nobody where the change was given up.
    done: Option<oneshot::Sender<Result<()>>>,
}

/// Nobody else writes while this is held.
#[derive(Debug)]
pub(crate) struct Alone {
    _end: oneshot::Sender<()>,
}

impl GroupCommit {
    /// Starts the writer beside the callers; it ends with the last handle. It takes a connection from `pool` for each
    /// transaction.
    pub(crate) fn start(pool: SqlitePool) -> Self {
        let (asks, asked) = mpsc::unbounded_channel();
        let queue = Queue {
            asked,
            held: VecDeque::new(),
        };
        tokio::spawn(serve(pool.clone(), queue));
        Self { asks, pool }
    }

    /// Ends the connection; later changes fail.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// Waits for a turn to change what `lock` names.
    pub(crate) async fn change(&self, lock: Option<&str>) -> Result<Turn> {
        let (turn, mine) = oneshot::channel();
        let lock = lock.map(str::to_owned);
        self.ask(Ask::Change(ChangeAsk { lock, turn }))?;
        mine.await.map_err(|_| Error::PoolClosed)?
    }

    /// Waits until nobody else writes.
    pub(crate) async fn alone(&self) -> Result<Alone> {
        let (turn, mine) = oneshot::channel();
        self.ask(Ask::Alone(turn))?;
        mine.await.map_err(|_| Error::PoolClosed)
    }

    fn ask(&self, ask: Ask) -> Result<()> {
        self.asks.send(ask).map_err(|_| Error::PoolClosed)
    }
}

impl Turn {
    /// Gives the turn to the next, and waits until the change lasts.
    pub(crate) async fn commit(mut self) -> Result<()> {
        let (done, outcome) = oneshot::channel();
        self.give_back(Some(done));
        outcome.await.map_err(|_| Error::WorkerCrashed)?
    }

    fn give_back(&mut self, done: Option<oneshot::Sender<Result<()>>>) {
        if let Some(Lent { connection, back }) = self.lent.take() {
            // Where nobody takes it, the runtime ends, and the connection rolls back.
            let _ = back.send(Returned { connection, done });
        }
    }
}

impl Deref for Turn {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.lent.as_ref().expect("held until it ends").connection
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.lent.as_mut().expect("held until it ends").connection
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.give_back(None);
    }
}

impl Ask {
    /// Whether its caller gave up.
    fn is_over(&self) -> bool {
        match self {
            Self::Change(ask) => ask.turn.is_closed(),
            Self::Alone(turn) => turn.is_closed(),
        }
    }
}

/// Who waits, in the order in which they came.
struct Queue {
    asked: mpsc::UnboundedReceiver<Ask>,
    /// Passed over, because others with their lock were not committed yet.
    held: VecDeque<Ask>,
}

impl Queue {
    /// The first that waits, and waits for one; `None` once nobody can come any more.
    async fn first(&mut self) -> Option<Ask> {
        loop {
            let ask = match self.held.pop_front() {
                Some(held) => held,
                None => self.asked.recv().await?,
            };
            if !ask.is_over() {
                return Some(ask);
            }
        }
    }

    /// The first of those that wait now which may share a transaction with these locks.
    fn fitting(&mut self, locks: &HashSet<String>) -> Option<ChangeAsk> {
        let mut waiting = std::mem::take(&mut self.held);
        let mut found = None;
        loop {
            let next = waiting.pop_front();
            let next = match next {
                Some(held) => held,
                None if self.held.len() < MOST_HELD => match self.asked.try_recv() {
                    Ok(ask) => ask,
                    Err(_) => break,
                },
                None => break,
            };
            match next {
                over if over.is_over() => {}
                Ask::Change(ask) if !ask.lock.as_ref().is_some_and(|it| locks.contains(it)) => {
                    found = Some(ask);
                    break;
                }
                // Nobody passes one that wants to be alone: it would wait for ever.
                alone @ Ask::Alone(_) => {
                    self.held.push_back(alone);
                    break;
                }
                taken => self.held.push_back(taken),
            }
        }
        self.held.append(&mut waiting);
        found
    }
}

/// Gives everybody their turn, until nobody can come any more.
async fn serve(pool: SqlitePool, mut queue: Queue) {
    while let Some(ask) = queue.first().await {
        match ask {
            Ask::Alone(turn) => {
                let (end, ended) = oneshot::channel();
                if turn.send(Alone { _end: end }).is_ok() {
                    // Nothing is sent: it ends when it is dropped.
                    let _ = ended.await;
                }
            }
            Ask::Change(ask) => match begin(&pool).await {
                Ok(connection) => share(connection, ask, &mut queue).await,
                Err(fault) => drop(ask.turn.send(Err(fault))),
            },
        }
    }
}

/// Begins a transaction, and the first change's savepoint.
async fn begin(pool: &SqlitePool) -> Result<PoolConnection<Sqlite>> {
    let mut connection = pool.acquire().await?;
    let begun = connection.execute("BEGIN IMMEDIATE; SAVEPOINT change");
    match begun.await {
        Ok(_) => Ok(connection),
        Err(fault) => {
            give_up(connection).await;
            Err(fault)
        }
    }
}

/// Rolls back whatever was begun.
async fn give_up(mut connection: PoolConnection<Sqlite>) {
    // SQLite may have rolled back already; then there is nothing to roll back, and that is no fault.
    let _ = connection.execute("ROLLBACK").await;
}

/// Runs a transaction: the first change, and those that wait behind it.
async fn share(connection: PoolConnection<Sqlite>, first: ChangeAsk, queue: &mut Queue) {
    let mut connection = connection;
    let since = Instant::now();
    let mut sealed = Vec::new();
    let mut locks = HashSet::new();
    let mut turn = Some(first);
    while let Some(ChangeAsk { lock, turn: grant }) = turn.take() {
        let (back, returned) = oneshot::channel();
        // A caller that gave up meanwhile drops its turn, which comes back as any other.
        drop(grant.send(Ok(Turn {
            lent: Some(Lent { connection, back }),
        })));
        let Ok(returned) = returned.await else {
            // Those that wait for the commit find their senders dropped.
            return;
        };
        connection = returned.connection;
        let kept = returned.done.is_some();
        if let Some(done) = returned.done {
            sealed.push(done);
            locks.extend(lock);
        }
        let is_full = sealed.len() >= MOST || since.elapsed() >= LONGEST;
        turn = if is_full { None } else { queue.fitting(&locks) };
        // Said in one breath: each word to the database costs a change of threads.
        let statement = match (kept, &turn, sealed.is_empty()) {
            (true, Some(_), _) => "RELEASE change; SAVEPOINT change",
            (true, None, _) => "RELEASE change; COMMIT",
            (false, Some(_), _) => "ROLLBACK TO change",
            (false, None, false) => "ROLLBACK TO change; COMMIT",
            (false, None, true) => "ROLLBACK",
        };
        if let Err(fault) = connection.execute(statement).await {
            give_up(connection).await;
            if let Some(ask) = turn {
                queue.held.push_front(Ask::Change(ask));
            }
            let fault = Arc::new(fault);
            for done in sealed {
                let _ = done.send(Err(same(&fault)));
            }
            return;
        }
    }
    drop(connection);
    for done in sealed {
        let _ = done.send(Ok(()));
    }
}

/// The fault that many share, for one of them.
fn same(fault: &Arc<Error>) -> Error {
    match fault.as_ref() {
        Error::Database(_) => Error::Database(Box::new(SharedFault(fault.clone()))),
        Error::Io(cause) => Error::Io(io::Error::new(cause.kind(), cause.to_string())),
        _ => Error::WorkerCrashed,
    }
}

/// A database's fault that several callers are told.
#[derive(Debug)]
struct SharedFault(Arc<Error>);

impl SharedFault {
    fn told(&self) -> Option<&dyn DatabaseError> {
        self.0.as_database_error()
    }
}

impl fmt::Display for SharedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for SharedFault {}

impl DatabaseError for SharedFault {
    fn message(&self) -> &str {
        self.told().map_or("", |fault| fault.message())
    }

    fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.told().and_then(|fault| fault.code())
    }

    fn kind(&self) -> ErrorKind {
        self.told().map_or(ErrorKind::Other, |fault| fault.kind())
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }
}

#[cfg(test)]
mod tests;
