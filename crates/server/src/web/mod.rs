//! The built app: its files and page headers.

/// Which paths are addresses of the app.
mod addresses;
/// Serves the built app: languages, caching, compression, security headers.
pub mod app_files;
/// The headers that every page carries, the content security policy first.
pub mod page_headers;
