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
/// What an operator does besides serving.
pub mod commands;
/// A school's server, put together from its settings.
pub mod compose;
/// What an operator sets: command line, environment, file.
pub mod config;
/// Takes connections and serves them.
pub mod connections;
/// Tells a real database from a sandbox's.
pub mod database_mark;
/// The API over HTTP.
pub mod http;
/// The two languages, and which one a request gets.
pub mod language;
/// The program that a school runs.
pub mod production;
/// What both programs share: log, listener, work beside the requests, graceful end.
pub mod program;
/// What a school decides about its cards.
pub mod school;
/// What happens, in the words of the business.
pub mod services;
/// What an operator sets, as handlers see it.
pub mod settings;
/// Metrics for an operator.
pub mod telemetry;
/// The built app.
pub mod web;
/// Amounts as operators read them.
pub mod yuan;

use std::sync::Arc;

use axum::Router;
pub use services::Services;
pub use settings::Settings;
use web::pages::Pages;
use web::student_pages::StudentPages;

/// The whole server as one service: API and built app. Pages go out as they were built.
pub fn app(services: Services, settings: Arc<Settings>) -> Router {
    app_with(services, settings, None, |server| server)
}

/// As [`app`]; with `pages`, students' own pages come with their data. `extend` adds routes and layers inside of
/// request ids and CORS: around the whole server, and around the API as pages read from it.
pub fn app_with(
    services: Services,
    settings: Arc<Settings>,
    pages: Option<Arc<dyn Pages>>,
    extend: impl Fn(Router) -> Router,
) -> Router {
    let state = http::state::HttpState {
        services,
        settings: settings.clone(),
    };
    // Where the API is at another origin, the session's cookie does not come here.
    let student_pages = pages
        .filter(|_| settings.api_origin.is_none())
        .map(|pages| {
            StudentPages::new(pages, extend(http::router(state.clone())), settings.clone())
        });
    let root = http::router(state).merge(web::app_files::router(&settings, student_pages));
    let root = http::hardened::catch_panics(root);
    let root = http::cors::layer(extend(root), &settings);
    http::request_id::identified(http::hardened::layer(root, &settings))
}
