//! `dika-simulation`: simulated terms, seed after seed.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use dika_simulation::report::{Check, Report};
use dika_simulation::term::{self, Outcome};

/// Simulated terms.
#[derive(Parser)]
struct Args {
    /// Live through one term and tell every step.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Live through so many.
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// Beginning with this one.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Side by side; as many as there are cores where nothing is said.
    #[arg(long)]
    threads: Option<usize>,
    /// Stop after so many terms that failed.
    #[arg(long, default_value_t = 10)]
    failures: u64,
    /// Write the figures into this file, too.
    #[arg(long)]
    figures: Option<std::path::PathBuf>,
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    if let Some(seed) = args.seed {
        let outcome = term::run(seed, true)?;
        for line in &outcome.trace {
            println!("{line}");
        }
        println!("\n{}", outcome.report);
        println!("trace {:016x}", outcome.trace_hash);
        if let Some((check, violation)) = outcome.violation {
            println!("seed {seed}: {}: {violation}", check.name());
            return Ok(ExitCode::FAILURE);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let threads = match args.threads {
        Some(threads) => threads.max(1),
        None => std::thread::available_parallelism()?.get(),
    };
    let next = AtomicU64::new(args.from);
    let end = args.from + args.seeds;
    let total = Mutex::new(Total::default());
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    let lived = term::run(seed, false);
                    let mut total = lock(&total);
                    total.add(seed, lived);
                    if total.failures() >= args.failures {
                        next.store(end, Ordering::Relaxed);
                    }
                    if total.report.terms.is_multiple_of(KEPT_EVERY)
                        && let Some(file) = &args.figures
                        && let Err(fault) = std::fs::write(file, total.figures(args.from, began))
                    {
                        eprintln!("{} can't be written: {fault}", file.display());
                    }
                }
            });
        }
    });
    let total = lock(&total);
    let figures = total.figures(args.from, began);
    print!("{figures}");
    if let Some(file) = args.figures {
        std::fs::write(file, figures)?;
    }
    Ok(if total.failures() == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The figures so far are written whenever so many more terms are over: a run of days may be stopped at any time.
const KEPT_EVERY: u64 = 10_000;

/// What all terms brought.
#[derive(Default)]
struct Total {
    report: Report,
    /// Terms that failed, by the check that found it first.
    failed: BTreeMap<Check, u64>,
}

impl Total {
    fn add(&mut self, seed: u64, lived: anyhow::Result<Outcome>) {
        let violation = match lived {
            Ok(outcome) => {
                self.report.add(&outcome.report);
                outcome.violation
            }
            Err(fault) => Some((Check::Alive, format!("{fault:#}"))),
        };
        if let Some((check, violation)) = violation {
            println!("seed {seed}: {}: {violation}", check.name());
            *self.failed.entry(check).or_default() += 1;
        }
    }

    fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    fn figures(&self, from: u64, began: Instant) -> String {
        let checks = self.failed.iter();
        let checks: Vec<String> = checks
            .map(|(check, seeds)| format!("{} {seeds}", check.name()))
            .collect();
        let last_line = format!(
            "{} of {} seeds failed {}",
            self.failures(),
            self.report.terms,
            checks.join(", ")
        );
        format!(
            "from seed {from}\n{}\ntook {} s\n{}\n",
            self.report,
            began.elapsed().as_secs(),
            last_line.trim_end()
        )
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
