//! `dika-simulation`: simulated terms, seed after seed.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use dika_simulation::report::Report;
use dika_simulation::term;

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
    failures: usize,
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
        if let Some(violation) = outcome.violation {
            println!("seed {seed}: {violation}");
            return Ok(ExitCode::FAILURE);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let began = Instant::now();
    let threads = match args.threads {
        Some(threads) => threads.max(1),
        None => std::thread::available_parallelism()?.get(),
    };
    let next = AtomicU64::new(args.from);
    let end = args.from + args.seeds;
    let total = Mutex::new((Report::default(), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut mine = Report::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    let failed = match term::run(seed, false) {
                        Ok(outcome) => {
                            mine.add(&outcome.report);
                            outcome.violation
                        }
                        Err(fault) => Some(format!("{fault:#}")),
                    };
                    if let Some(violation) = failed {
                        println!("seed {seed}: {violation}");
                        let mut total = lock(&total);
                        total.1.push(seed);
                        if total.1.len() >= args.failures {
                            next.store(end, Ordering::Relaxed);
                        }
                    }
                }
                lock(&total).0.add(&mine);
            });
        }
    });
    let (report, failed) = std::mem::take(&mut *lock(&total));
    let figures = format!(
        "seeds {} to {}\n{report}\ntook {} s\n{} of {} seeds failed",
        args.from,
        end.saturating_sub(1),
        began.elapsed().as_secs(),
        failed.len(),
        report.terms
    );
    println!("{figures}");
    if let Some(file) = args.figures {
        std::fs::write(file, figures + "\n")?;
    }
    Ok(if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
