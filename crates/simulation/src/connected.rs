use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use dika_store::Error;
use dika_store::engine::{Answer, Engine};
use dika_store::sql::{Running, Value};

use crate::clock::pass_ms;
use crate::database::{Database, broken};
use crate::instance::Instance;
use crate::plan::{Fault, Seam};
use crate::report::Check;
use crate::world::World;

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
                self.world.violate(
                    Check::Isolation,
                    format_args!("a statement by itself beside a change: {sql}"),
                );
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
