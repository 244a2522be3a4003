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

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_survived_and_counted() {
    let mut table = Table::default();
    let is_postgres = std::env::var_os("DIKA_TEST_POSTGRES").is_some();
    // Most of their time they wait for each other's processes and for time limits.
    let (phone, parties, killed) = tokio::join!(
        phone::faults(),
        parties::hour_of_silence(),
        database::killed()
    );
    table.add(phone);
    table.add(parties);
    table.add(killed);
    if is_postgres {
        table.add(database::connections_cut().await);
    } else {
        let (full, locked) = tokio::join!(database::disk_full(), database::locked());
        table.add(full);
        table.add(locked);
    }
    table.compare(if is_postgres { "PostgreSQL" } else { "SQLite" });
}
