//! The production program under faults that can be named: killed, its disk full, its database locked or cut off, its
//! parties down, its phones' networks failing. What was injected and survived is counted and compared with
//! `docs/reliability.md`; `DIKA_BLESS=1` writes it anew. With `DIKA_TEST_POSTGRES` on PostgreSQL, where three servers take turns.
#![cfg(unix)]

mod books;
mod database;
mod load;
mod parties;
mod phone;
#[path = "../rehearsal/proxy.rs"]
mod proxy;
#[path = "../wechat_flows/sleeping_cards.rs"]
mod sleeping_cards;
#[path = "../rehearsal/stage.rs"]
mod stage;
#[path = "../rehearsal/students.rs"]
mod students;
mod table;
#[path = "../../../connector/tests/toy/mod.rs"]
mod toy;
#[path = "../wechat_flows/support.rs"]
#[allow(dead_code, reason = "what WeChat's flows need besides")]
mod world;

use table::Table;

#[test]
fn every_fault_is_survived_and_counted() {
    let is_postgres = std::env::var_os("DIKA_TEST_POSTGRES").is_some();
    let mut table = Table::default();
    // Most of their time they wait for each other's processes and for time limits. Each has threads of its own: one that
    // waits for a process to start must not keep another from letting go of what that process waits for.
    std::thread::scope(|scope| {
        let mut running = vec![
            scope.spawn(|| alone("phones", phone::faults)),
            scope.spawn(|| alone("silent parties", parties::hour_of_silence)),
            scope.spawn(|| alone("kill -9", database::killed)),
        ];
        if is_postgres {
            running.push(scope.spawn(|| alone("connections cut", database::connections_cut)));
        } else {
            running.push(scope.spawn(|| alone("disk full", database::disk_full)));
            running.push(scope.spawn(|| alone("locked", database::locked)));
        }
        for one in running {
            match one.join() {
                Ok(counted) => table.add(counted),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    table.compare(if is_postgres { "PostgreSQL" } else { "SQLite" });
}

/// Runs to the end; says how long it took.
fn alone<Faults: Future<Output = Table>>(what: &str, faults: impl FnOnce() -> Faults) -> Table {
    let since = std::time::Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let table = runtime.expect("threads").block_on(faults());
    println!("{what}: {:.1} s", since.elapsed().as_secs_f32());
    table
}
