use std::path::Path;
use std::sync::Arc;

use axum::Router;
use tempfile::TempDir;

use crate::adapters::built_in_cards::{BuiltInCards, Strength};
use crate::adapters::os_random::OsRandom;
use crate::sandbox::clock::MovableClock;
use crate::sandbox::gateway::SandboxGateway;
use crate::sandbox::{SandboxSms, people};
use crate::state::{AppState, Settings};
use dika_core::clock::Clock;
use dika_core::ids::Ids;
use dika_store::Store;

/// Names a PostgreSQL database, `postgres://…`, in which [`sandbox_app`] and [`sandbox_state`] then
/// make a schema for each test instead of a database file.
pub const DATABASE_VARIABLE: &str = "DIKA_TEST_POSTGRES";

/// A whole sandbox in a fresh database file: the server as one service, its state to reach behind
/// the scenes, and the folder that holds the database until it is dropped.
///
/// No sweep runs: a test that wants one calls
/// [`payment::reconcile::sweep`](crate::services::reconcile::sweep).
///
/// # Panics
/// Where no database can be made in the system's folder for temporary files.
pub async fn sandbox_app() -> (Router, AppState, TempDir) {
    let folder = TempDir::new().expect("a temporary folder");
    let state = sandbox_state(folder.path(), Settings::sandbox()).await;
    (crate::app(state.clone()), state, folder)
}

/// The state of a sandbox whose database belongs to `folder`, the same each time; its people are
/// there.
///
/// # Panics
/// Where the database cannot be opened or filled.
pub async fn sandbox_state(folder: &Path, settings: Settings) -> AppState {
    state_at(&database_of(folder).await, settings).await
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

async fn state_at(url: &str, settings: Settings) -> AppState {
    let ids: Arc<dyn Ids> = Arc::new(OsRandom);
    let store = Store::open(url, ids.clone()).await.expect("a database");
    let movable = MovableClock::default();
    movable.set_offset(store.clock_offset().await.expect("a clock"));
    let clock: Arc<dyn Clock> = Arc::new(movable.clone());
    let directory = settings.directory.clone();
    let cards = BuiltInCards::new(
        store.clone(),
        clock.clone(),
        ids.clone(),
        directory,
        Strength::Sandbox,
    );
    let state = AppState {
        cards: Arc::new(cards.expect("password hashing")),
        gateway: Arc::new(SandboxGateway::new(store.clone(), clock.clone())),
        wechat: None,
        sms: Arc::new(SandboxSms::new(store.clone(), clock.clone())),
        settings: Arc::new(settings),
        faults: crate::sandbox::faults::Faults::default(),
        store,
        clock,
        movable,
        ids,
    };
    people::seed(&state).await.expect("people");
    state
}
