use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::play::{Outcome, quantile};

/// What was measured, in the order in which it was.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// One for each kind of load, build and size of the tables.
    pub measured: Vec<Measured>,
}

/// One kind of load on one build.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// Which build: `this`, or what it is compared with.
    pub build: String,
    /// What was done.
    pub load: Load,
    /// Orders in the tables before.
    pub orders: u32,
    /// Journeys that ended well.
    pub done: u64,
    /// Journeys that failed.
    pub failed: u64,
    /// Journeys a second.
    pub per_second: u64,
    /// How long a whole journey takes.
    pub whole: Times,
    /// How long each of its calls takes.
    pub steps: Vec<StepTimes>,
    /// The server's share of one processor, in hundredths.
    pub server_percent: u64,
    /// The generator's.
    pub generator_percent: u64,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// Create, pay, credit, as fast as it goes.
    TopUps,
    /// The same with WeChat Pay's signatures.
    TopUpsWechat,
    /// Looks at the cards, as fast as it goes.
    Reads,
    /// Looks at the cards, half as many a second.
    ReadsAtHalf,
    /// New students, at a pace.
    FirstHour,
    /// Home pages with their data, as fast as they go.
    Pages,
    /// Looks at the cards at a pace, with nothing beside it.
    ReadsAlone,
    /// The same while pages are drawn as fast as they go.
    ReadsBesidePages,
}

impl Load {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TopUps => "create, pay, credit",
            Self::TopUpsWechat => "create, pay, credit with WeChat Pay's signatures",
            Self::Reads => "/cards",
            Self::ReadsAtHalf => "/cards at half of that",
            Self::FirstHour => "new students",
            Self::Pages => "home pages with data",
            Self::ReadsAlone => "/cards at a pace, alone",
            Self::ReadsBesidePages => "/cards at that pace, beside home pages",
        }
    }
}

/// How long something takes, in microseconds.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Times {
    /// The middle.
    pub p50_us: u64,
    /// The slowest in a hundred.
    pub p99_us: u64,
}

/// How long a call takes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepTimes {
    /// Which.
    pub step: String,
    /// How long.
    #[serde(flatten)]
    pub times: Times,
}

/// The processor time that a run took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// By the server.
    pub server: Duration,
    /// By the generator.
    pub generator: Duration,
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn times(sorted: &[Duration]) -> Times {
    Times {
        p50_us: micros(quantile(sorted, 500)),
        p99_us: micros(quantile(sorted, 990)),
    }
}

/// A share of a time, in hundredths.
fn percent(part: Duration, whole: Duration) -> u64 {
    micros(part) * 100 / micros(whole).max(1)
}

impl Measured {
    /// What several runs on one build came to.
    pub fn of(build: &str, load: Load, orders: u32, outcome: &Outcome, spent: Spent) -> Self {
        Self {
            build: build.to_owned(),
            load,
            orders,
            done: outcome.done,
            failed: outcome.failed,
            per_second: outcome.done * 1_000_000 / micros(outcome.lasted).max(1),
            whole: times(&outcome.whole),
            steps: outcome
                .steps
                .iter()
                .map(|(step, taken)| StepTimes {
                    step: step.name().to_owned(),
                    times: times(taken),
                })
                .collect(),
            server_percent: percent(spent.server, outcome.lasted),
            generator_percent: percent(spent.generator, outcome.lasted),
        }
    }
}

impl Report {
    /// Reads a report; an empty one where there is none yet.
    ///
    /// # Errors
    /// Where the file holds something else.
    pub fn read(path: &Path) -> Result<Self> {
        match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).context("that is no report"),
            Err(_) => Ok(Self::default()),
        }
    }

    /// Keeps a report. What was measured anew takes the place of what was there.
    ///
    /// # Errors
    /// Where the file can't be written.
    pub fn keep(&mut self, measured: Measured, path: &Path) -> Result<()> {
        let is_same = |old: &Measured| {
            old.build == measured.build
                && old.load == measured.load
                && old.orders == measured.orders
        };
        self.measured.retain(|old| !is_same(old));
        self.measured.push(measured);
        std::fs::write(path, serde_json::to_vec_pretty(self)?)?;
        Ok(())
    }

    /// What was measured of a load, by build and size.
    pub fn of(&self, load: Load) -> impl Iterator<Item = &Measured> {
        self.measured.iter().filter(move |it| it.load == load)
    }

    /// As tables, in Markdown.
    pub fn tables(&self) -> String {
        let mut text = String::from(
            "| load | orders | build | a second | p50 ms | p99 ms | failed | server | generator |\n\
             | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
        );
        for it in &self.measured {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {} % | {} % |",
                it.load.name(),
                it.orders,
                it.build,
                it.per_second,
                millis(it.whole.p50_us),
                millis(it.whole.p99_us),
                it.failed,
                it.server_percent,
                it.generator_percent,
            );
        }
        for it in self.of(Load::FirstHour) {
            let _ = write!(
                text,
                "\n| step of the first day ({}) | p50 ms | p99 ms |\n| --- | ---: | ---: |\n",
                it.build
            );
            for step in &it.steps {
                let _ = writeln!(
                    text,
                    "| {} | {} | {} |",
                    step.step,
                    millis(step.times.p50_us),
                    millis(step.times.p99_us)
                );
            }
        }
        text
    }
}

/// Milliseconds with one decimal.
pub fn millis(micros: u64) -> String {
    let tenths = (micros + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}
