//! The API over HTTP: parses calls, answers, refuses.

/// Makes a call again where two changes were in each other's way.
mod again;
/// Binding cards.
mod bindings;
/// A reminder as a calendar file.
mod calendar;
/// Bound cards.
mod cards;
/// Where a student is, by the user agent.
pub mod channel;
/// What connectors tell.
mod connectors;
/// The session's cookies.
pub mod cookies;
/// Which other origins may call.
pub mod cors;
/// Issuers, wallets, limits, hours, terminals, service points.
mod directory;
/// What every answer passes, pages included.
pub mod hardened;
/// Whether the server and its database work.
mod health;
/// What every call of the API passes.
mod layers;
/// Cards laid on machines of the built-in ledger.
mod machines;
/// The OpenAPI document.
pub mod openapi;
/// Reads for a page that is drawn with data.
pub mod page_read;
/// How a call is refused.
pub mod problem;
/// Extractors: bodies, ids, queries, the client's address.
pub mod request;
/// Names each request.
pub mod request_id;
/// The whole API.
mod router;
/// Signing in and out.
mod session;
/// What handlers may use.
pub mod state;
/// Orders.
mod top_ups;
/// Extractors: who is signed in, and whether they may write.
pub mod visitor;
/// WeChat's own addresses.
pub mod wechat;

pub use router::router;
