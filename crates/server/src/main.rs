//! The server: API, and the built app's pages as they were built.

use std::process::ExitCode;

use clap::Parser;
use dika_server::config::CommandLine;
use dika_server::{production, program};

fn main() -> ExitCode {
    program::exit(production::run(CommandLine::parse(), None))
}
