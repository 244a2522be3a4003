//! Dika (嘀卡): top up a campus card.
//!
//! The app. It renders the same HTML natively, for prerendered pages, and in the browser; [`platform`]
//! holds what only a browser has. Modules are listed from the lowest layer to the highest: each uses only
//! those above it.

/// The browser: page lifecycle, storage, clipboard, clock; native stand-ins for prerendering.
pub mod platform;

/// Effects that share one copy of their machinery.
mod effect;

/// Polling for what changes elsewhere.
mod poll;

/// The API as methods, the transport below it, and the ways a call can fail.
pub mod api;

/// The current time as a signal, for views that count down.
mod current_time;

/// What is special inside WeChat: which browser this is, its sign-in, its payment bridge.
pub mod wechat;

/// Who is signed in.
pub mod session;

/// A read of the API that belongs to a page.
pub mod query;

/// A write of the API that a button or a form starts.
pub mod submit;

/// The table of pages: addresses, names, and what else is known of a page without its code.
pub mod route;

/// Going to another page of the app.
mod navigation;

/// All texts, in both languages.
pub mod text;

/// Components that know neither the API nor the addresses.
pub mod ui;

/// The pages on privacy and terms, which are not the app's.
#[cfg(feature = "ssr")]
pub mod legal;

/// The pages.
mod pages;

/// The frame around every page: contexts, router, tab bar, title and focus on page changes.
pub mod app;

/// Prerenders a page natively.
#[cfg(feature = "ssr")]
pub mod prerender;
