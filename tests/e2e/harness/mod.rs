//! What every journey needs: a server and a browser of its own, a person to be, hands and eyes.
//!
//! The harness looks at the app from outside only: addresses, `data-page`, input names,
//! `data-action`, `data-order`/`-payment`/`-claim`, `data-service-point`, and the sandbox's JSON.
//!
//! Set by environment, each with a default that fits a built checkout:
//! `DIKA_SERVER_BIN`, `DIKA_SITE_BIN`, `DIKA_WECHAT_SIM_BIN`, `DIKA_SMS_SIM_BIN`, `DIKA_DIST`, `CHROMEDRIVER`, `CHROMIUM`, `WEBKIT_DRIVER`, `WEBKIT_BROWSER`,
//! `XVFB`, `DIKA_ARTEFACTS`. `DIKA_TEST_POSTGRES` names a PostgreSQL server for the journeys that want one.

/// The app in a browser: what a person can do and see.
mod app;
/// Browsers: their drivers, their settings, one fresh profile for each journey.
mod browser;
/// A line to the server on which answers get lost or late.
mod line;
/// Where programs and folders are.
mod place;
/// Ports for servers whose address has to be known before they start.
#[path = "../../../crates/connector/tests/toy/port.rs"]
mod port;
/// A database server in place of a file.
mod postgres;
/// Programs that stop with their test, whatever happens.
mod process;
/// The production server among all outside parties, each a program that speaks its real protocol.
pub mod rehearsal;
/// The sandbox's JSON: people, SMS, payments, taps, clock, faults.
mod sandbox;
/// The reference server, one for each journey.
mod server;
/// What several journeys do in the same way: sign in, bind, top up, pay.
mod steps;
/// WeChat around the app: its side simulated, its bridge in the page.
pub mod wechat;
/// What words on a page must be like.
mod words;

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Duration,
};

pub use app::App;
pub use browser::{Engine, Options};
pub use line::{body_of, line};
pub use place::artefacts;
pub use sandbox::{GdutCard, HemcCard, Person};
pub use steps::Amounts;
pub use words::assert_plain;

/// Tells a story in Chromium, as a phone of 375 × 667 whose owner reads Chinese.
pub fn journey(story: impl AsyncFnOnce(&App)) {
    journey_with(Options::default(), story);
}

/// Tells a story with other settings. Whatever the story does, the browser and the server end
/// with it; when it fails, a picture and the server's log are kept.
pub fn journey_with(options: Options, story: impl AsyncFnOnce(&App)) {
    tell(server::Server::start(), options, story);
}

/// Tells a story with a sandbox that keeps everything in PostgreSQL, where there is a server.
pub fn journey_on_postgres(story: impl AsyncFnOnce(&App)) {
    if let Some(schema) = postgres::Schema::make() {
        let server = server::Server::start_program(place::server(), 0, None, Some(&schema.url));
        tell(server, Options::default(), story);
    }
}

/// Tells a story with this server.
fn tell(server: server::Server, options: Options, story: impl AsyncFnOnce(&App)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for the journey");
    let app = runtime.block_on(App::open(server, options));
    let told = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            story(&app).await;
            app.assert_clean_console().await;
        });
    }));
    runtime.block_on(async {
        if told.is_err() {
            app.keep_evidence().await;
        }
        app.close().await;
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    if let Err(failure) = told {
        resume_unwind(failure);
    }
}
