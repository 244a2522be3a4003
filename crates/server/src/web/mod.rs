//! The built app: its files and page headers.

/// Which paths are addresses of the app.
mod addresses;
/// Serves the built app: languages, caching, compression, security headers.
pub mod app_files;
/// A student's page in the appearance that was chosen.
mod appearance;
/// Compresses pages that are drawn for one request.
mod compress;
/// The pages on privacy and terms.
mod legal;
/// The headers that every page carries, the content security policy first.
pub mod page_headers;
/// The seam to what draws pages.
pub mod pages;
/// Pages that arrive with their student's data.
pub mod student_pages;
/// Pages that leave out the style that the browser keeps.
mod style_sheet;
