//! The seam to what draws the app's pages natively. The API has no part in how pages look: who serves both hands in
//! an implementation, and without one the pages go out as they were built.

use std::collections::BTreeMap;

use dika_contract::Language;

/// Where the part of a page ends that is seen first: what stands from here on is sent behind it.
pub const FOLD: &str = "<div hidden id=\"fold\">";
/// Where that ends: a script is the last in it.
pub const FOLD_END: &str = "</script></div>";

/// Whose data a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The same for everybody.
    Everybody,
    /// For everybody, and more for a student.
    Anyone,
    /// A student's own: others sign in first.
    Student,
}

/// What is known when a page is drawn. All of it travels with the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Replies of the API with status 200, as JSON, by path and query below the API's base.
    pub replies: BTreeMap<String, String>,
    /// The server's time, in milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// Whether a reply was cut short to be in time, so that the page should read all of them again.
    pub again: bool,
}

/// A page with data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The whole document.
    pub html: String,
    /// Replies that the page wanted and that were not there: path and query below the API's base.
    pub missing: Vec<String>,
}

/// Draws the app's pages.
pub trait Pages: Send + Sync {
    /// Whose data the page at a path shows.
    fn audience(&self, path: &str) -> Audience;

    /// The address of the page to sign in, which leads to `wanted`, a path and query, afterwards.
    fn sign_in(&self, wanted: &str) -> String;

    /// Draws the page at an address, a path and query, as far as it is known. `built` is the page as it was built
    /// for everybody. Takes about a millisecond and blocks.
    ///
    /// `None` where the page can't be drawn: the app was built from other sources than this program.
    fn draw(&self, address: &str, language: Language, known: &Known, built: &str) -> Option<Drawn>;
}
