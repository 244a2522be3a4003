//! The reference API: real HTTP, a real database, a real payment protocol.
//!
//! [`app`] puts the rooms together. Handlers hold no SQL, the store holds no HTTP, and the order's
//! state machines hold neither.

/// What implements the ports of `dika_core`.
pub mod adapters;
/// Serves the built app: languages, caching, compression, security headers.
pub mod app_files;
/// Asking for a card with its password, looking at the masked identity, saying yes or no.
pub mod bindings;
/// The student's bound cards and what is on them.
pub mod cards;
/// `dika-server check-connector`.
pub mod check_connector;
/// What only WeChat itself can say about the settings.
mod check_online;
/// What an operator sets: command line, environment, file.
pub mod config;
/// Which other origins may call.
pub mod cors;
/// Tells a real database from a sandbox's.
pub mod database_mark;
/// Issuers, wallets, limits, hours, terminals, service points.
pub mod directory;
/// How a call is refused.
pub mod error;
/// Whether the server and its database work.
pub mod health;
/// The two languages of pages, and which one a request gets.
pub mod language;
/// The OpenAPI document.
pub mod openapi;
/// The headers that every page carries, the content security policy first.
pub mod page_headers;
/// What both programs share: log, listener, graceful end.
pub mod program;
/// What every request passes: its id, its span, its cache header, bodies read as JSON.
pub mod request;
/// What happens to orders, in the words of the business.
pub mod services;
/// Who is signed in: SMS codes, cookies, the CSRF token.
pub mod session;
/// What every handler may use.
pub mod state;
/// Orders: create, look, list, cancel, continue, confirm a late claim.
pub mod top_ups;
/// WeChat: sign-in, notifications of payments, pages signed for its scripts.
pub mod wechat;

use axum::Router;
pub use state::AppState;

/// The whole server as one service: API and built app.
pub fn app(state: AppState) -> Router {
    app_with(state, |server| server)
}

/// As [`app`], with routes and layers that `extend` adds inside of request ids and CORS.
pub fn app_with(state: AppState, extend: impl FnOnce(Router) -> Router) -> Router {
    let api = Router::new()
        .merge(session::router())
        .merge(directory::router())
        .merge(bindings::router())
        .merge(cards::router())
        .merge(top_ups::router())
        .merge(wechat::api_router())
        .merge(health::router())
        .merge(openapi::router())
        .fallback(request::no_such_address)
        .method_not_allowed_fallback(request::no_such_method);
    let api = request::layers(api, &state);
    let root = Router::new()
        .nest(dika_contract::endpoint::BASE, api)
        .merge(wechat::page_router())
        .merge(app_files::router(&state))
        .with_state(state.clone());
    let root = extend(root);
    let root = cors::layer(root, &state);
    request::identified(root)
}
