use std::path::Path;
use std::sync::Arc;

use axum::Router;
use dika_core::ids::Ids;
use dika_server::adapters::os_random::OsRandom;
use dika_server::settings::Settings;
use dika_store::Store;
use tempfile::TempDir;

use crate::compose;
use crate::sandbox::Sandbox;

/// Names a PostgreSQL database, `postgres://…`, in which [`sandbox_app`] and [`sandbox`] then
/// make a schema for each test instead of a database file.
pub const DATABASE_VARIABLE: &str = "DIKA_TEST_POSTGRES";

/// A whole sandbox in a fresh database: the server as one service, its parts to reach behind the
/// scenes, and the folder that holds the database until it is dropped.
///
/// No sweep runs: a test that wants one calls
/// [`reconcile::sweep`](dika_server::services::reconcile::sweep).
///
/// # Panics
/// Where no database can be made in the system's folder for temporary files.
pub async fn sandbox_app() -> (Router, Sandbox, TempDir) {
    let folder = TempDir::new().expect("a temporary folder");
    let sandbox = sandbox(folder.path(), compose::settings()).await;
    (compose::app(&sandbox), sandbox, folder)
}

/// A sandbox whose database belongs to `folder`, the same each time; its people are there.
///
/// # Panics
/// Where the database cannot be opened or filled.
pub async fn sandbox(folder: &Path, settings: Settings) -> Sandbox {
    let ids: Arc<dyn Ids> = Arc::new(OsRandom);
    let store = Store::open(&database_of(folder).await, ids.clone())
        .await
        .expect("a database");
    compose::open(store, ids, settings, |_, _| Ok(None))
        .await
        .expect("a sandbox")
}

/// A file in the folder, or the schema that was made for the folder.
async fn database_of(folder: &Path) -> String {
    let Ok(server) = std::env::var(DATABASE_VARIABLE) else {
        return format!("sqlite://{}?mode=rwc", folder.join("dika.db").display());
    };
    let note = folder.join("schema");
    if let Ok(url) = std::fs::read_to_string(&note) {
        return url;
    }
    let url = Store::create_schema(&server, &format!("test_{}", OsRandom.id()))
        .await
        .expect("a schema");
    std::fs::write(&note, &url).expect("a note of the schema");
    url
}
