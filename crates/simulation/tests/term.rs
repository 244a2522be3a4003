//! A fixed range of seeds, each a simulated term. A seed that fails is named; `cargo xtask simulate --seed N` replays it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use dika_simulation::report::Report;
use dika_simulation::term;

const SEEDS: u64 = 2_000;

#[test]
fn nothing_is_lost_or_doubled_in_two_thousand_terms() {
    let next = AtomicU64::new(0);
    let total = Mutex::new((Report::default(), Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= SEEDS {
                        return;
                    }
                    let outcome = term::run(seed, false).expect("a world");
                    let mut total = total.lock().expect("no panic");
                    total.0.add(&outcome.report);
                    if let Some((check, violation)) = outcome.violation {
                        total
                            .1
                            .push(format!("seed {seed}: {}: {violation}", check.name()));
                    }
                }
            });
        }
    });
    let (report, failed) = total.into_inner().expect("no panic");
    println!("{report}");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    // Something happened: a simulation in which nobody pays proves nothing.
    assert!(report.paid.0 > SEEDS && report.crashes > SEEDS && report.refunded.0 > 0);
}

#[test]
fn a_seed_gives_the_same_term_each_time() {
    for seed in 0..20 {
        let first = term::run(seed, true).expect("a world");
        let second = term::run(seed, true).expect("a world");
        if first.trace_hash != second.trace_hash {
            let differs = first.trace.iter().zip(&second.trace).find(|(a, b)| a != b);
            panic!("seed {seed} differs: {differs:?}");
        }
    }
}
