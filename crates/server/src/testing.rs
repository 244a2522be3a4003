use std::path::Path;
use std::sync::Arc;

use axum::Router;
use tempfile::TempDir;

use crate::clock::Clock;
use crate::ledger::{BuiltInCards, Strength};
use crate::payment::SandboxGateway;
use crate::sandbox::{SandboxSms, people};
use crate::state::{AppState, Settings};
use crate::store::Store;

/// Names a PostgreSQL database, `postgres://…`, in which [`sandbox_app`] then makes a schema for each
/// test instead of a database file.
pub const DATABASE_VARIABLE: &str = "DIKA_TEST_POSTGRES";

/// A whole sandbox in a fresh database file: the server as one service, its state to reach behind
/// the scenes, and the folder that holds the database until it is dropped.
///
/// No sweep runs: a test that wants one calls
/// [`payment::reconcile::sweep`](crate::payment::reconcile::sweep).
///
/// # Panics
/// Where no database can be made in the system's folder for temporary files.
pub async fn sandbox_app() -> (Router, AppState, TempDir) {
    let folder = TempDir::new().expect("a temporary folder");
    let url = match std::env::var(DATABASE_VARIABLE) {
        Ok(server) => Store::fresh_schema(&server).await.expect("a schema"),
        Err(_) => file_url(folder.path()),
    };
    let state = state_at(&url, Settings::sandbox()).await;
    (crate::app(state.clone()), state, folder)
}

/// The state of a sandbox whose database lies in `folder`; its people are there.
///
/// # Panics
/// Where the database cannot be opened or filled.
pub async fn sandbox_state(folder: &Path, settings: Settings) -> AppState {
    state_at(&file_url(folder), settings).await
}

fn file_url(folder: &Path) -> String {
    format!("sqlite://{}?mode=rwc", folder.join("dika.db").display())
}

async fn state_at(url: &str, settings: Settings) -> AppState {
    let store = Store::open(url).await.expect("a database");
    let clock = Clock::default();
    clock.set_offset(store.clock_offset().await.expect("a clock"));
    let directory = settings.directory.clone();
    let cards = BuiltInCards::new(store.clone(), clock.clone(), directory, Strength::Sandbox);
    let state = AppState {
        cards: Arc::new(cards.expect("password hashing")),
        gateway: Arc::new(SandboxGateway::new(store.clone(), clock.clone())),
        wechat: None,
        sms: Arc::new(SandboxSms::new(store.clone(), clock.clone())),
        settings: Arc::new(settings),
        faults: crate::sandbox::faults::Faults::default(),
        store,
        clock,
    };
    people::seed(&state).await.expect("people");
    state
}
