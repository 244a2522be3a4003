//! Pages that come with their data: how many a second, what one costs, what stays in memory, and whether the API's
//! answers wait for them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use dika_load::client::Phone;
use dika_load::crowd::Student;
use dika_load::journey::{Gateway, bare_home};
use dika_load::play::{Journey, Pace, Plan, play};
use dika_load::report::Load;
use dika_load::server::copy_data;

use crate::runs::{Builds, Run, Sums};

/// What can be chosen.
#[derive(clap::Args)]
pub struct Pages {
    #[command(flatten)]
    builds: Builds,
    /// The built app, from the same sources as the server.
    #[arg(long)]
    app_dir: PathBuf,
    /// How long each load lasts.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Phones that open pages at once.
    #[arg(long, default_value_t = 8)]
    phones: usize,
    /// Answers of the API a second, beside the pages.
    #[arg(long, default_value_t = 300)]
    pace: u32,
    /// Pages over which memory is watched.
    #[arg(long, default_value_t = 100_000)]
    watched: u64,
}

/// How much may stay in memory over the watched pages: a page of 40 kB that stayed would be gigabytes.
const MOST_LEFT_KB: u64 = 32 * 1_024;
/// Orders in the tables: some of each student's.
const ORDERS_EACH: u32 = 2;

/// Measures the builds, one after the other.
pub async fn run(args: &Pages, report: &Path) -> Result<()> {
    let folder = args.builds.folder()?;
    let orders = args.builds.students * ORDERS_EACH;
    let filled = args.builds.filled(folder.path(), orders, 0).await?;
    let more = ["--app-dir".to_owned(), args.app_dir.display().to_string()];
    for (build, program) in args.builds.all() {
        let data = copy_data(&filled, &folder.path().join(build))?;
        let mut run = Run::start(program, &data, &more).await?;
        let mut phone = Phone::new(run.server.address);
        let bare = bare_home(&mut phone, Student(0)).await?;
        let pages = Plan {
            server: run.server.address,
            journey: Journey::Home { bare },
            first: 0,
            students: args.builds.students,
            lasts: Duration::from_secs(args.seconds),
            pace: Pace::Phones(args.phones),
            gateway: Gateway::Sandbox,
        };
        let reads = Plan {
            journey: Journey::Cards,
            pace: Pace::of(args.pace, Duration::from_secs(1)),
            ..pages
        };
        // Tables and pages are in memory before anything is measured.
        run.play(pages, &mut Sums::default()).await?;

        let mut as_fast_as_it_goes = Sums::default();
        run.play(pages, &mut as_fast_as_it_goes).await?;
        as_fast_as_it_goes.keep(build, Load::Pages, orders, report)?;
        let spent = as_fast_as_it_goes.spent.server.as_micros();
        let done = u128::from(as_fast_as_it_goes.outcome.done.max(1));
        println!("        {} µs of a processor for each page", spent / done);
        ensure!(as_fast_as_it_goes.outcome.done > 0, "no page came");

        let mut alone = Sums::default();
        run.play(reads, &mut alone).await?;
        alone.keep(build, Load::ReadsAlone, orders, report)?;
        let mut beside = Sums::default();
        let (drawn, read) = tokio::join!(play(pages), run.play(reads, &mut beside));
        read?;
        beside.keep(build, Load::ReadsBesidePages, orders, report)?;
        println!("        beside {} pages", drawn?.done);

        watch_memory(args, &mut run, pages).await?;
        run.server.kill().await?;
    }
    Ok(())
}

/// Opens pages until so many were watched, and says what memory the server holds.
async fn watch_memory(args: &Pages, run: &mut Run, pages: Plan) -> Result<()> {
    let before = run.server.resident_kb()?;
    let mut sums = Sums::default();
    while sums.outcome.done < args.watched {
        let done = sums.outcome.done;
        run.play(pages, &mut sums).await?;
        ensure!(sums.outcome.done > done, "no more pages came");
        println!(
            "        {} kB after {} pages",
            run.server.resident_kb()?,
            sums.outcome.done
        );
    }
    let after = run.server.resident_kb()?;
    println!(
        "        {} pages: {before} kB before, {after} kB after",
        sums.outcome.done
    );
    ensure!(
        after < before + MOST_LEFT_KB,
        "{} kB stayed in memory",
        after - before
    );
    Ok(())
}
