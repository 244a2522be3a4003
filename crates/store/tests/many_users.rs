//! What every request asks for costs the same however many users there are.

use std::sync::Arc;

use dika_core::ids::Ids;
use dika_store::Store;
use dika_store::sql::{self, AssertSqlSafe, Pool};
use tempfile::TempDir;

/// Numbers that nobody needs here.
#[derive(Debug)]
struct NoIds;

impl Ids for NoIds {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// The statement with which a session's user is found, as it stands in the source.
fn visitor_statement() -> String {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/users.rs");
    let source = std::fs::read_to_string(file).expect("the source");
    let (_, begun) = source
        .split_once("\"SELECT s.user_id, s.csrf_token")
        .expect("the statement");
    let (rest, _) = begun.split_once('"').expect("its end");
    format!("SELECT s.user_id, s.csrf_token{rest}")
}

#[tokio::test]
async fn a_visitor_s_number_is_not_looked_for_among_all_numbers() {
    let folder = TempDir::new().expect("a folder");
    let url = format!(
        "sqlite://{}?mode=rwc",
        folder.path().join("dika.db").display()
    );
    let store = Store::open(&url, Arc::new(NoIds)).await.expect("opens");
    assert!(matches!(store.pool(), Pool::Sqlite(_)));
    let plan = format!("EXPLAIN QUERY PLAN {}", visitor_statement());
    let steps = sql::query(AssertSqlSafe(plan))
        .bind("token")
        .bind(0_i64)
        .fetch_all(store.pool())
        .await
        .expect("planned");
    let steps: Vec<String> = steps
        .iter()
        .map(|step| step.try_get("detail").expect("a step"))
        .collect();
    // SQLite takes the smallest number of all that are there for `MIN`, and goes on until it finds this user's.
    let finds_numbers = |step: &&String| step.contains("SEARCH i ");
    let numbers: Vec<&String> = steps.iter().filter(finds_numbers).collect();
    assert!(
        !numbers.is_empty() && numbers.iter().all(|step| step.contains("(user_id=?")),
        "{steps:?}"
    );
}
