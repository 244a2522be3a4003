//! The server together with the app's pages: API, and students' own pages that arrive with their data.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use dika_server::config::CommandLine;
use dika_server::{production, program};
use dika_site::pages::SitePages;

fn main() -> ExitCode {
    let pages = Arc::new(SitePages::default());
    program::exit(production::run(CommandLine::parse(), Some(pages)))
}
