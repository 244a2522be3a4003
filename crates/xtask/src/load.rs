//! `cargo xtask load`: what the server carries, as a school runs it. Fills tables, plays students, prints tables and draws
//! `docs/load.svg`.

use std::path::PathBuf;

use anyhow::Result;

use crate::{native, paths, process, web_build};

/// What can be chosen.
#[derive(clap::Args)]
pub struct Args {
    /// Another build of `dika-sandbox` to measure beside this one, in turns.
    #[arg(long)]
    against: Option<PathBuf>,
    /// One load only.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Seconds for each load and turn.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
}

/// A load.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Top-ups and reads, with a hundred, ten thousand and a million orders in the tables.
    Capacity,
    /// New students, 30,000 in an hour: three minutes of it.
    FirstHour,
    /// Top-ups with WeChat Pay's signatures.
    Wechat,
    /// Home pages that come with their data, and the API beside them (docs/performance.md).
    Pages,
}

/// Builds the programs with the profile that people deploy, and measures them.
///
/// # Errors
/// When something doesn't build or start, or a fen is lost.
pub fn run(args: &Args) -> Result<()> {
    native::build_as_deployed(&["dika-sandbox", "dika-wechat-sim", "dika-load"])?;

    let scratch = paths::scratch().join("load");
    std::fs::create_dir_all(&scratch)?;
    let report = scratch.join("report.json");
    let load = |task: &str, more: &[&str]| {
        let mut command = process::command(native::deployed("dika-load"));
        command.arg("--report").arg(&report).arg(task);
        command
            .arg("--server")
            .arg(native::deployed("dika-sandbox"));
        command.arg("--folder").arg(&scratch).args(more);
        if let Some(against) = &args.against {
            command.arg("--against").arg(against);
        }
        process::run(&mut command)
    };
    let wanted = |part: Part| args.only.is_none_or(|only| only == part);
    let seconds = args.seconds.to_string();
    if wanted(Part::Capacity) {
        for orders in ["100", "10000", "1000000"] {
            load("capacity", &["--orders", orders, "--seconds", &seconds])?;
        }
    }
    if wanted(Part::FirstHour) {
        load("first-hour", &[])?;
    }
    if wanted(Part::Wechat) {
        let simulator = native::deployed("dika-wechat-sim");
        let simulator = simulator.to_string_lossy();
        load(
            "capacity",
            &["--seconds", &seconds, "--wechat-sim", &simulator],
        )?;
    }
    if wanted(Part::Pages) {
        web_build::ensure(false, web_build::Size::Usual)?;
        let app = paths::dist();
        let app = app.to_string_lossy();
        load("pages", &["--students", "3000", "--app-dir", &app])?;
    }
    // The picture shows the loads of docs/load.md.
    if args.only == Some(Part::Pages) {
        return Ok(());
    }
    let mut draw = process::command(native::deployed("dika-load"));
    draw.arg("--report").arg(&report).args(["draw", "--svg"]);
    draw.arg(paths::root().join("docs/load.svg"));
    process::run(&mut draw)
}
