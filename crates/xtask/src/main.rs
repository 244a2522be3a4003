//! The project's only script.
fn main() {}
