//! What happens to the database's files, its locks and its connections.

use std::process::Command;
use std::time::{Duration, Instant};

use dika_server::adapters::os_random::OsRandom;
use dika_store::{Store, sql};
use serde_json::{Value, json};

use crate::books;
use crate::load::{Load, still_true};
use crate::stage::{Browser, Stage, eventually};
use crate::students::{Account, bound, stage_with, tap, usual_servers};
use crate::table::Table;

/// Points in time that look random and are the same each run.
struct Seed(u64);

impl Seed {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

const STUDENTS: usize = 6;
const KILLS: u32 = 12;

/// `kill -9` under load, again and again: one server after the other.
pub async fn killed() -> Table {
    let mut stage = stage_with(STUDENTS, usual_servers()).await;
    let load = Load::start(&stage, 0, STUDENTS).await;
    let mut seed = Seed(14);
    for kill in 0..KILLS {
        load.answered(5 + seed.below(20) as usize).await;
        tokio::time::sleep(Duration::from_millis(seed.below(40))).await;
        stage.restart(kill as usize);
    }
    load.answered(20).await;
    let told = load.end().await;
    still_true(&stage, &told).await;
    books::agree(&stage).await;
    let mut table = Table::default();
    table.survived("any, six students at once", "`kill -9`", KILLS);
    table
}

const CUTS: u32 = 15;

/// Every connection to PostgreSQL is cut under load, again and again.
pub async fn connections_cut() -> Table {
    let stage = stage_with(STUDENTS, usual_servers()).await;
    let load = Load::start(&stage, 0, STUDENTS).await;
    let name = stage.database.as_deref().expect("PostgreSQL");
    let (_, name) = name.rsplit_once("application_name=").expect("a name");
    let server = std::env::var("DIKA_TEST_POSTGRES").expect("PostgreSQL");
    let reach = dika_store::connect::Reach::default();
    let owner = Store::open_read_only(&server, &reach, std::sync::Arc::new(OsRandom)).await;
    let owner = owner.expect("PostgreSQL");
    let mut seed = Seed(15);
    let mut cut = 0;
    for _ in 0..CUTS {
        load.answered(5 + seed.below(20) as usize).await;
        let done: i64 = sql::query_scalar(
            "SELECT COUNT(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE application_name = $1) cut",
        )
        .bind(name)
        .fetch_one(owner.pool())
        .await
        .expect("cut");
        cut += u32::from(done > 0);
    }
    load.answered(20).await;
    let told = load.end().await;
    still_true(&stage, &told).await;
    books::agree(&stage).await;
    assert_eq!(cut, CUTS);
    let mut table = Table::default();
    table.survived(
        "any, six students at once",
        "all connections to the database cut",
        cut,
    );
    table
}

/// A student with an unpaid order.
async fn ordered(stage: &Stage) -> (Browser, String, String) {
    let (mut browser, card) = bound(stage, Account(0)).await;
    let order = browser.order(&card, "main", 2_000).await;
    (browser, card, order)
}

fn wish(card: &str) -> Option<Value> {
    Some(json!({"card_id": card, "wallet": "main", "amount_fen": 1_000, "channel": "native"}))
}

/// No file of the server's may grow or be written: what a full disk says.
fn let_write(stage: &Stage, anything: bool) {
    let size = if anything { "unlimited" } else { "0" };
    let set = Command::new("prlimit")
        .args([
            "--pid",
            &stage.pid().to_string(),
            &format!("--fsize={size}:"),
        ])
        .status();
    assert!(set.expect("prlimit").success());
}

/// The disk is full while an order is placed, paid and collected; then there is room again.
pub async fn disk_full() -> Table {
    let mut table = Table::default();
    let fault = "disk full, then room again";
    let stage = stage_with(1, 1).await;
    let (mut browser, card, order) = ordered(&stage).await;
    // Paid while nothing can be written: the notification fails, and is found later.
    let_write(&stage, false);
    stage.wechat.pay(&order).expect("payable");
    eventually("the notification was tried", async || {
        stage.wechat.sent().iter().any(|it| it.status.is_some())
    })
    .await;
    let shown = browser
        .call_as("GET", &format!("/top-ups/{order}"), None, "", "")
        .await;
    let shown = shown.expect("an answer");
    assert!(
        shown.body["payment"] != "paid" && shown.body["payment"] != "closed",
        "nothing can be said that is not kept: {shown:?}"
    );
    let_write(&stage, true);
    browser.until(&order, "paid", "waiting").await;
    table.survived("the provider says *paid*", fault, 1);
    // Collected.
    let_write(&stage, false);
    let (status, _) = tap(&stage, "full-1", &Account(0).card_no()).await;
    assert!(status >= 500, "{status}");
    let_write(&stage, true);
    tap(&stage, "full-2", &Account(0).card_no()).await;
    browser.until(&order, "paid", "claimed").await;
    table.survived("collect", fault, 1);
    // Ordered: the same key makes one order, later.
    let_write(&stage, false);
    let refused = browser
        .call_as("POST", "/top-ups", wish(&card), "full", "")
        .await;
    let refused = refused.expect("an answer");
    assert!(refused.status.as_u16() >= 500, "{refused:?}");
    let_write(&stage, true);
    let made = browser
        .call_as("POST", "/top-ups", wish(&card), "full", "")
        .await;
    let second = made.expect("an answer").is(201)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    table.survived("order", fault, 1);
    // Cancelled.
    let cancel = format!("/top-ups/{second}/cancel");
    let_write(&stage, false);
    let refused = browser.call_as("POST", &cancel, None, "", "").await;
    assert!(refused.expect("an answer").status.as_u16() >= 500);
    let_write(&stage, true);
    let closed = browser.call_as("POST", &cancel, None, "", "").await;
    assert_eq!(closed.expect("an answer").is(200)["payment"], "closed");
    table.survived("cancel", fault, 1);
    books::agree(&stage).await;
    table
}

/// Another program holds SQLite's only place to write for twelve seconds.
pub async fn locked() -> Table {
    const HELD: Duration = Duration::from_secs(12);
    let mut table = Table::default();
    let fault = "database locked by another program for 12 s";
    let stage = stage_with(1, 1).await;
    let (mut browser, card, order) = ordered(&stage).await;
    let other = stage.store().await;
    let held = other.write("another program").await.expect("locked");
    let since = Instant::now();
    stage.wechat.pay(&order).expect("payable");
    // Reads go on, at once.
    browser.get("/cards").await;
    assert!(
        since.elapsed() < Duration::from_secs(4),
        "reads wait for the lock"
    );
    let mut busy = 0;
    while since.elapsed() < HELD {
        let refused = browser
            .call_as("POST", "/top-ups", wish(&card), "locked", "")
            .await;
        let refused = refused.expect("an answer");
        if since.elapsed() < HELD {
            assert_eq!(refused.body["code"], "busy", "{refused:?}");
            busy += 1;
        }
    }
    assert!(busy > 0, "somebody is told to come back");
    drop(held);
    browser.until(&order, "paid", "waiting").await;
    table.survived("the provider says *paid*", fault, 1);
    let made = browser
        .call_as("POST", "/top-ups", wish(&card), "locked", "")
        .await;
    let second = made.expect("an answer").is(201)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    table.survived("order", fault, 1);
    tap(&stage, "locked-1", &Account(0).card_no()).await;
    browser.until(&order, "paid", "claimed").await;
    let cancel = format!("/top-ups/{second}/cancel");
    browser.call("POST", &cancel, None).await.is(200);
    books::agree(&stage).await;
    table
}
