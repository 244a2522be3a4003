//! Dika (嘀卡): put money on a campus card.
//!
//! The app, in the order in which a reader meets it. It renders the same natively (for the
//! prerendered pages) and in the browser; what only a browser has lies behind [`platform`].

/// The API as methods, the transport behind it, and the ways a call can fail.
pub mod api;
/// The frame around every page: contexts, router, tab bar, title and focus on page changes.
pub mod app;
/// Code that runs again whenever a signal that it read changes.
mod effect;
/// Reads JSON into wire types.
mod json;
/// The browser's edge: page life, storage, clipboard, clock; native stand-ins for prerendering.
pub mod platform;
/// Each static page's HTML, rendered natively.
#[cfg(feature = "ssr")]
pub mod prerender;
/// One read of the API for one page: waiting, value, stale, fault, and trying again.
pub mod reading;
/// Every address, once.
pub mod route;
/// Who is here.
pub mod session;
/// Every word a person reads, in both languages.
pub mod text;
/// The time of day, for views that count down.
mod ticking;
/// Parts of pages that know neither the API nor the addresses.
pub mod ui;
/// What is special inside WeChat: where we are, and how its payment bridge is called.
pub mod wechat;

/// The pages, one room each.
mod pages;
