//! The project's only script. `cargo xtask serve` runs Dika on this machine, `cargo xtask test`
//! runs all that CI runs; the rest serves these two.

mod bench;
mod budget;
mod checks;
mod deny;
mod fingerprint;
mod finish;
mod fuzz;
mod load;
mod native;
mod paths;
mod ports;
mod postgres;
mod process;
mod rehearsal;
mod sandbox;
mod say;
mod serve;
mod simulate;
mod simulator;
mod size;
mod standard_library;
mod system;
mod tally;
mod test;
mod tools;
mod web_build;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Dika's tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

/// What can be asked for.
#[derive(Subcommand)]
enum Task {
    /// Build and start app and API on this machine, with sandbox people to try it with.
    Serve(serve::Args),
    /// Run everything that CI runs, or a part of it.
    Test(test::Args),
    /// Measure how long a student waits, beside another app or build.
    Bench(bench::Args),
    /// Measure what the server carries: thousands of invented students, on this machine.
    Load(load::Args),
    /// Live through simulated terms with faults at every seam, each from one seed.
    Simulate(simulate::Args),
    /// Show what a visit weighs, and fail over the budget.
    Size,
    /// Build the release app into `dist/`, if anything changed.
    Build {
        /// Build even when nothing changed.
        #[arg(long)]
        force: bool,
        /// The small build: panics say nothing.
        #[arg(long)]
        small: bool,
    },
    /// Let a built app ask an API on another host, without a rebuild.
    ApiOrigin {
        /// Such as https://api.example.edu; leave it out to go back to the app's own origin.
        #[arg(default_value = "")]
        origin: String,
        /// The built app.
        #[arg(long, default_value = "dist")]
        dist: PathBuf,
    },
    /// Install the pinned tools and say where they are.
    Tools,
    /// Finish a release build: Trunk calls this as its `post_build` hook.
    #[command(hide = true)]
    Finish,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = process::stop_children_on_signals().and_then(|()| match cli.task {
        Task::Serve(args) => serve::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Load(args) => load::run(&args),
        Task::Simulate(args) => simulate::run(&args),
        Task::Size => size::run(),
        Task::Build { force, small } => native::build(false)
            .and_then(|()| {
                let size = if small {
                    web_build::Size::Small
                } else {
                    web_build::Size::Usual
                };
                web_build::ensure(force, size)
            })
            .map(|_| ()),
        Task::ApiOrigin { origin, dist } => {
            dika_ship::api_origin::set(&dist, &origin).map(|pages| {
                let whom = if origin.is_empty() {
                    "their own origin"
                } else {
                    &origin
                };
                say::note(&format!("{pages} pages now ask {whom}."));
            })
        }
        Task::Tools => tools::all().map(|tools| say::note(&tools.describe())),
        Task::Finish => finish::as_trunk_hook(),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error);
            ExitCode::FAILURE
        }
    }
}
