//! The reference API: real HTTP, a real database, a real payment protocol.
//!
//! Services decide, [`http`] parses and answers, [`web`] serves the built app; adapters implement the
//! ports of `dika_core`. A program connects the ports ([`Services`]) and calls [`app`].

/// What implements the ports of `dika_core`.
pub mod adapters;
/// `dika-server check-connector`.
pub mod check_connector;
/// What only WeChat itself can say about the settings.
mod check_online;
/// What an operator sets: command line, environment, file.
pub mod config;
/// Takes connections and serves them.
mod connections;
/// Tells a real database from a sandbox's.
pub mod database_mark;
/// The API over HTTP.
pub mod http;
/// The two languages, and which one a request gets.
pub mod language;
/// What both programs share: log, listener, work beside the requests, graceful end.
pub mod program;
/// What happens, in the words of the business.
pub mod services;
/// What an operator sets, as handlers see it.
pub mod settings;
/// Metrics for an operator.
pub mod telemetry;
/// The built app.
pub mod web;

use std::sync::Arc;

use axum::Router;
pub use services::Services;
pub use settings::Settings;

/// The whole server as one service: API and built app.
pub fn app(services: Services, settings: Arc<Settings>) -> Router {
    app_with(services, settings, |server| server)
}

/// As [`app`], with routes and layers that `extend` adds inside of request ids and CORS.
pub fn app_with(
    services: Services,
    settings: Arc<Settings>,
    extend: impl FnOnce(Router) -> Router,
) -> Router {
    let state = http::state::HttpState {
        services,
        settings: settings.clone(),
    };
    let root = http::router(state).merge(web::app_files::router(&settings));
    let root = http::hardened::catch_panics(root);
    let root = http::cors::layer(extend(root), &settings);
    http::request_id::identified(http::hardened::layer(root, &settings))
}
