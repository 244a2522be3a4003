//! Writes each static page's HTML into the built app.
fn main() {}
