use dika_store::Store;

use super::place;

/// A schema of one journey's own in the PostgreSQL server that `DIKA_TEST_POSTGRES` names. It goes with this value.
#[derive(Debug)]
pub struct Schema {
    server: String,
    name: String,
    /// What opens it.
    pub url: String,
}

fn wait<T>(work: impl Future<Output = dika_store::Result<T>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for the database");
    runtime
        .block_on(work)
        .expect("PostgreSQL does as it is told")
}

impl Schema {
    /// Makes one, where there is a server.
    pub fn make() -> Option<Self> {
        let Ok(server) = std::env::var("DIKA_TEST_POSTGRES") else {
            println!("SKIPPED: DIKA_TEST_POSTGRES names no server; `cargo xtask test` starts one");
            return None;
        };
        let name = format!("e2e_{}_{}", std::process::id(), place::number());
        let url = wait(Store::create_schema(&server, &name));
        Some(Self { server, name, url })
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        wait(Store::drop_schema(&self.server, &self.name));
    }
}
