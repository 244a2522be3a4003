//! Builds that are measured on databases that were filled, and what came of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Result;
use dika_contract::Timestamp;
use dika_core::ids::Ids;
use dika_load::fill;
use dika_load::play::{Outcome, Plan, play};
use dika_load::report::{Load, Measured, Report, Spent};
use dika_load::server::{Server, processor_time};
use dika_store::Store;
use tempfile::TempDir;

/// Unpredictable, though nothing here has to be.
#[derive(Debug)]
struct Random;

impl Ids for Random {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system's randomness");
    }
}

/// Which builds are measured, and on what.
#[derive(clap::Args)]
pub struct Builds {
    /// The build to measure: a `dika-sandbox`.
    #[arg(long)]
    pub server: PathBuf,
    /// Another one to measure beside it, in turns.
    #[arg(long)]
    pub against: Option<PathBuf>,
    /// Students whose sessions and cards are there.
    #[arg(long, default_value_t = 30_000)]
    pub students: u32,
    /// A folder for databases; on the disk that is to be measured.
    #[arg(long)]
    pub folder: Option<PathBuf>,
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    Timestamp::from_unix(i64::try_from(seconds).unwrap_or(0))
}

/// The database of a server that does not run.
pub async fn open(data: &Path) -> Result<Store> {
    let url = format!("sqlite://{}?mode=rwc", data.join("dika.db").display());
    Ok(Store::open(&url, Arc::new(Random)).await?)
}

impl Builds {
    /// The builds with their names, in the order of their turns.
    pub fn all(&self) -> Vec<(&'static str, &Path)> {
        let mut all = vec![("this", self.server.as_path())];
        all.extend(self.against.as_deref().map(|other| ("before", other)));
        all
    }

    /// A folder that goes when this run ends.
    pub fn folder(&self) -> Result<TempDir> {
        Ok(match &self.folder {
            Some(folder) => TempDir::new_in(folder)?,
            None => TempDir::new()?,
        })
    }

    /// A database with these students, `new` more who never came, and so many orders.
    pub async fn filled(&self, folder: &Path, orders: u32, new: u32) -> Result<PathBuf> {
        let data = folder.join("filled");
        std::fs::create_dir_all(&data)?;
        // The sandbox marks a database as its own while it holds nobody.
        Server::start(&self.server, &data, &[])
            .await?
            .kill()
            .await?;
        let store = open(&data).await?;
        let hash = fill::password_hash(19 * 1_024, 2)?;
        fill::open_cards(&store, 0..self.students + new, &hash).await?;
        fill::settle_in(&store, 0..self.students, now()).await?;
        if orders > 0 {
            fill::orders(&store, orders, self.students, now()).await?;
        }
        store.close().await;
        Ok(data)
    }
}

/// A server, and what it took.
pub struct Run {
    /// The server.
    pub server: Server,
    before: Spent,
}

impl Run {
    /// Starts a build on a folder of its own.
    pub async fn start(program: &Path, data: &Path, more: &[String]) -> Result<Self> {
        let server = Server::start(program, data, more).await?;
        Ok(Self {
            before: Spent::default(),
            server,
        })
    }

    fn spent(&self) -> Result<Spent> {
        Ok(Spent {
            server: self.server.processor_time()?,
            generator: processor_time("self")?,
        })
    }

    /// Plays a plan, and adds what came of it.
    pub async fn play(&mut self, plan: Plan, sums: &mut Sums) -> Result<()> {
        self.before = self.spent()?;
        let outcome = play(plan).await?;
        let after = self.spent()?;
        sums.spent.server += after.server.saturating_sub(self.before.server);
        sums.spent.generator += after.generator.saturating_sub(self.before.generator);
        sums.add(outcome);
        Ok(())
    }
}

/// What the turns of one build came to.
#[derive(Default)]
pub struct Sums {
    /// What came of it.
    pub outcome: Outcome,
    /// What it took.
    pub spent: Spent,
}

impl Sums {
    fn add(&mut self, more: Outcome) {
        let sum = &mut self.outcome;
        sum.done += more.done;
        sum.failed += more.failed;
        sum.reasons.extend(more.reasons);
        sum.lasted += more.lasted;
        sum.whole.extend(more.whole);
        sum.whole.sort_unstable();
        for (step, times) in more.steps {
            let all = sum.steps.entry(step).or_default();
            all.extend(times);
            all.sort_unstable();
        }
        sum.credited.extend(more.credited);
    }

    /// Prints it, and keeps it in the report.
    pub fn keep(&self, build: &str, load: Load, orders: u32, report: &Path) -> Result<()> {
        let measured = Measured::of(build, load, orders, &self.outcome, self.spent);
        println!(
            "{build:>7} {:<24} {:>8} a second, p50 {} µs, p99 {} µs, {} failed, server {} %, generator {} %",
            load.name(),
            measured.per_second,
            measured.whole.p50_us,
            measured.whole.p99_us,
            measured.failed,
            measured.server_percent,
            measured.generator_percent,
        );
        for reason in self.outcome.reasons.iter().take(3) {
            println!("        {reason}");
        }
        Report::read(report)?.keep(measured, report)
    }
}
