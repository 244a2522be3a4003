//! How each statement finds its rows: no statement that runs beside students goes through a whole table. The statements are
//! read from this crate's own source, so that a new one is looked at, too.

use std::sync::Arc;

use dika_core::ids::Ids;
use dika_store::Store;
use dika_store::sql::{AssertSqlSafe, Pool};
use sqlx::Row;
use syn::visit::Visit;
use tempfile::TempDir;

/// What may go through a table, by how it begins, and why.
const THROUGH_ALL: [(&str, &str); 5] = [
    (
        "SELECT COUNT(*) FROM ledger_cards",
        "asked once, when the server starts",
    ),
    (
        "SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM ledger_entries",
        "the books' own check, which nobody waits for",
    ),
    (
        "SELECT t.id FROM ledger_transfers",
        "the books' own check, which nobody waits for",
    ),
    (
        "SELECT o.* FROM orders o WHERE ($1 = ''",
        "the desk's search, in a program of its own",
    ),
    (
        "SELECT COUNT(*) FROM orders",
        "a copy is counted after it was made",
    ),
];

#[derive(Debug)]
struct Zeros;

impl Ids for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// The texts in a file.
#[derive(Default)]
struct Texts(Vec<String>);

impl Visit<'_> for Texts {
    fn visit_lit_str(&mut self, text: &syn::LitStr) {
        self.0.push(text.value());
    }

    fn visit_attribute(&mut self, _: &syn::Attribute) {}
}

/// Every statement of this crate whose text stands there as a whole, each once, and where.
fn statements() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut found = Vec::<(String, String)>::new();
    for file in std::fs::read_dir(folder).expect("the source") {
        let path = file.expect("a file").path();
        // Tests of a module: their tables are their own.
        if path.is_dir() {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("text");
        let mut texts = Texts::default();
        texts.visit_file(&syn::parse_file(&source).expect("Rust"));
        let name = path.file_name().expect("a name").to_string_lossy();
        for text in texts.0 {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let is_statement = ["SELECT ", "UPDATE ", "DELETE ", "INSERT ", "WITH "]
                .iter()
                .any(|verb| text.starts_with(verb));
            // A part of a statement ends or begins where another text goes on.
            let is_part = text.contains('{')
                || text.ends_with('=')
                || text.contains("pg_advisory")
                || text.starts_with("SELECT $3, '");
            if is_statement && !is_part && !found.iter().any(|(other, _)| *other == text) {
                found.push((text, name.to_string()));
            }
        }
    }
    assert!(
        found.len() > 100,
        "only {} statements were found",
        found.len()
    );
    found
}

fn may_go_through_all(statement: &str) -> bool {
    THROUGH_ALL
        .iter()
        .any(|(begin, _)| statement.starts_with(begin))
}

/// Fails with every statement that goes through a table by these plans and, where exceptions are needed, with every one
/// that is none.
fn judge(plans: &[(String, String, Vec<String>)], exceptions_are_needed: bool) {
    let mut bad = Vec::new();
    let mut needed = Vec::new();
    for (statement, file, scans) in plans {
        if scans.is_empty() {
            continue;
        }
        if may_go_through_all(statement) {
            needed.push(statement);
        } else {
            bad.push(format!("{file}: {statement}\n    {}", scans.join("\n    ")));
        }
    }
    assert!(
        bad.is_empty(),
        "{} statement(s):\n{}",
        bad.len(),
        bad.join("\n")
    );
    for (begin, _) in THROUGH_ALL {
        let is_needed = needed.iter().any(|statement| statement.starts_with(begin));
        let is_good = is_needed || !exceptions_are_needed;
        assert!(is_good, "no longer needed: {begin}");
    }
}

async fn open(url: &str) -> Store {
    Store::open(url, Arc::new(Zeros)).await.expect("opens")
}

#[tokio::test]
async fn no_statement_goes_through_a_table_of_sqlite() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("dika.db");
    let store = open(&format!("sqlite://{}?mode=rwc", file.display())).await;
    let Pool::Sqlite(pool) = store.pool() else {
        panic!("SQLite");
    };
    let mut plans = Vec::new();
    for (statement, file) in statements() {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let rows = sqlx::query(explain).fetch_all(pool).await;
        let rows = rows.unwrap_or_else(|fault| panic!("{file}: {statement}: {fault}"));
        let steps = rows.iter().map(|row| row.get::<String, _>("detail"));
        let scans = steps.filter(|step| {
            // A partial index holds only what waits.
            step.starts_with("SCAN ")
                && !step.contains("CONSTANT ROW")
                // The rows that the statement itself brings.
                && !step.contains("VALUES CLAUSE")
                && ![
                    "orders_to_look_at",
                    "outbox_to_send",
                    "wechat_payments_to_look_at",
                ]
                .iter()
                .any(|index| step.ends_with(index))
        });
        plans.push((statement, file, scans.collect()));
    }
    judge(&plans, true);
}

#[tokio::test]
async fn no_statement_goes_through_a_table_of_postgresql() {
    let Ok(server) = std::env::var("DIKA_TEST_POSTGRES") else {
        return;
    };
    let folder = TempDir::new().expect("a folder");
    let name = folder.path().file_name().and_then(|name| name.to_str());
    let name = name
        .expect("a name")
        .replace(|it: char| !it.is_alphanumeric(), "");
    let schema = format!("plans_{}", name.to_lowercase());
    let url = Store::create_schema(&server, &schema)
        .await
        .expect("a schema");
    let store = open(&url).await;
    let Pool::Postgres(pool) = store.pool() else {
        panic!("PostgreSQL");
    };
    let mut connection = pool.acquire().await.expect("a connection");
    // Empty tables are gone through in any case: only what has no other way does it now.
    sqlx::raw_sql("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        .execute(&mut *connection)
        .await
        .expect("set");
    let mut plans = Vec::new();
    for (statement, file) in statements() {
        // What each parameter is follows from where it stands.
        let values = (1..=30).filter(|place| statement.contains(&format!("${place}")));
        let count = values.max().unwrap_or(0);
        let nothing = vec!["NULL"; count].join(", ");
        let given = if count == 0 {
            String::new()
        } else {
            format!("({nothing})")
        };
        let mut steps = Vec::new();
        for sql in [
            format!("PREPARE looked_at AS {statement}"),
            format!("EXPLAIN (COSTS OFF) EXECUTE looked_at{given}"),
            "DEALLOCATE looked_at".to_owned(),
        ] {
            let rows = sqlx::raw_sql(AssertSqlSafe(sql))
                .fetch_all(&mut *connection)
                .await;
            let rows = rows.unwrap_or_else(|fault| panic!("{file}: {statement}: {fault}"));
            steps.extend(rows.iter().map(|row| row.get::<String, _>(0)));
        }
        let scans = steps.into_iter();
        let scans = scans.filter(|step| step.contains("Seq Scan on"));
        plans.push((statement, file, scans.collect()));
    }
    // An index that holds all that is asked for is gone through as a whole without being called so.
    judge(&plans, false);
}
