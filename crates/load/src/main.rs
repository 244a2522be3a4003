//! `dika-load`: fills tables, plays students against builds of the sandbox, and says what came of it. `cargo xtask load`
//! calls it.

mod pages;
mod runs;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand};
use dika_load::journey::Gateway;
use dika_load::play::{Journey, Pace, Plan};
use dika_load::report::{Load, Report};
use dika_load::server::copy_data;
use dika_load::simulator::Simulator;
use dika_load::{books, plot};
use runs::{Builds, Run, Sums, open};

/// Plays invented students against a sandbox.
#[derive(Parser)]
#[command(name = "dika-load")]
struct CommandLine {
    /// What is measured so far, as JSON; what comes is added.
    #[arg(long, global = true, default_value = "load.json")]
    report: PathBuf,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Top-ups and reads as fast as they go, with so many orders in the tables.
    Capacity(Capacity),
    /// New students at a steady pace: sign in, bind, top up, pay, look.
    FirstHour(FirstHour),
    /// Home pages that come with their data, and the API beside them.
    Pages(pages::Pages),
    /// Prints the tables, and draws the plot.
    Draw {
        /// The picture.
        #[arg(long)]
        svg: PathBuf,
    },
}

#[derive(clap::Args)]
struct Capacity {
    #[command(flatten)]
    builds: Builds,
    /// Orders in the tables.
    #[arg(long, default_value_t = 10_000)]
    orders: u32,
    /// How long each load lasts, in each turn.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// How many turns each build has.
    #[arg(long, default_value_t = 2)]
    turns: u32,
    /// Phones at once.
    #[arg(long, default_value_t = 64)]
    phones: usize,
    /// Reads alone.
    #[arg(long)]
    reads: bool,
    /// The simulator of WeChat: pay there, in place of the sandbox's gateway, and leave out the reads.
    #[arg(long)]
    wechat_sim: Option<PathBuf>,
}

#[derive(clap::Args)]
struct FirstHour {
    #[command(flatten)]
    builds: Builds,
    /// New students in an hour.
    #[arg(long, default_value_t = 30_000)]
    per_hour: u32,
    /// How much of that hour is played.
    #[arg(long, default_value_t = 180)]
    seconds: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let line = CommandLine::parse();
    let done = match &line.task {
        Task::Capacity(args) => capacity(args, &line.report).await,
        Task::FirstHour(args) => first_hour(args, &line.report).await,
        Task::Pages(args) => pages::run(args, &line.report).await,
        Task::Draw { svg } => draw(svg, &line.report),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault:#}");
            ExitCode::FAILURE
        }
    }
}

fn draw(svg: &Path, report: &Path) -> Result<()> {
    let report = Report::read(report)?;
    println!("{}", report.tables());
    std::fs::write(svg, plot::svg(&report)).context("the picture can't be written")
}

async fn check_books(data: &Path, sums: &[&Sums]) -> Result<()> {
    let store = open(data).await?;
    let told: Vec<_> = sums
        .iter()
        .flat_map(|sums| sums.outcome.credited.iter().cloned())
        .collect();
    let books = books::check(&store, &told).await?;
    store.close().await;
    println!(
        "        books agree: {} paid orders, {} fen; {} told to students",
        books.paid,
        books.fen,
        told.len()
    );
    Ok(())
}

async fn capacity(args: &Capacity, report: &Path) -> Result<()> {
    let folder = args.builds.folder()?;
    let filled = args.builds.filled(folder.path(), args.orders, 0).await?;
    println!("filled {} orders", args.orders);
    let builds = args.builds.all();
    let mut sums: Vec<[Sums; 3]> = builds.iter().map(|_| Default::default()).collect();
    let lasts = Duration::from_secs(args.seconds);
    let third = args.builds.students / 3;
    let mut data = Vec::new();
    for (build, _) in &builds {
        data.push(copy_data(&filled, &folder.path().join(build))?);
    }
    let top_up = if args.wechat_sim.is_some() {
        Load::TopUpsWechat
    } else {
        Load::TopUps
    };
    for turn in 0..args.turns {
        for (at, (_, program)) in builds.iter().enumerate() {
            let simulator = match &args.wechat_sim {
                Some(simulator) => Some(Simulator::start(simulator, &data[at]).await?),
                None => None,
            };
            let more = simulator.as_ref().map_or(&[][..], |it| &it.arguments);
            let mut run = Run::start(program, &data[at], more).await?;
            let plan = Plan {
                server: run.server.address,
                journey: Journey::TopUp,
                // Others each turn, so that nobody comes to the day's limit.
                first: third * (turn % 3),
                students: third,
                lasts,
                pace: Pace::Phones(args.phones),
                gateway: simulator
                    .as_ref()
                    .map_or(Gateway::Sandbox, |it| Gateway::WechatSim(it.address)),
            };
            let [top_ups, reads, half] = &mut sums[at];
            if !args.reads {
                run.play(plan, top_ups).await?;
            }
            if simulator.is_none() {
                let reading = Plan {
                    journey: Journey::Cards,
                    first: 0,
                    students: args.builds.students,
                    ..plan
                };
                run.play(reading, reads).await?;
                let reads_a_second = reads.outcome.done * 1_000
                    / u64::try_from(reads.outcome.lasted.as_millis())
                        .unwrap_or(1)
                        .max(1);
                let half_of_them = u32::try_from(reads_a_second / 2).unwrap_or(1);
                let pace = Pace::of(half_of_them, Duration::from_secs(1));
                run.play(Plan { pace, ..reading }, half).await?;
            }
            run.server.kill().await?;
        }
    }
    for (at, (build, _)) in builds.iter().enumerate() {
        let [top_ups, reads, half] = &sums[at];
        if !args.reads {
            top_ups.keep(build, top_up, args.orders, report)?;
        }
        if args.wechat_sim.is_none() {
            reads.keep(build, Load::Reads, args.orders, report)?;
            half.keep(build, Load::ReadsAtHalf, args.orders, report)?;
        }
    }
    // The simulator of WeChat keeps the provider's books by itself.
    if args.wechat_sim.is_none() {
        for (at, [top_ups, ..]) in sums.iter().enumerate() {
            check_books(&data[at], &[top_ups]).await?;
        }
    }
    Ok(())
}

async fn first_hour(args: &FirstHour, report: &Path) -> Result<()> {
    let folder = args.builds.folder()?;
    let hour = Duration::from_secs(3_600);
    let lasts = Duration::from_secs(args.seconds.into());
    let new = args.per_hour * args.seconds / 3_600 + 1;
    let filled = args.builds.filled(folder.path(), 10_000, new).await?;
    for (build, program) in args.builds.all() {
        let data = copy_data(&filled, &folder.path().join(build))?;
        let mut run = Run::start(program, &data, &[]).await?;
        let mut sums = Sums::default();
        let plan = Plan {
            server: run.server.address,
            journey: Journey::FirstDay,
            first: args.builds.students,
            students: new,
            lasts,
            pace: Pace::of(args.per_hour, hour),
            gateway: Gateway::Sandbox,
        };
        run.play(plan, &mut sums).await?;
        run.server.kill().await?;
        sums.keep(build, Load::FirstHour, 10_000, report)?;
        check_books(&data, &[&sums]).await?;
        ensure!(sums.outcome.done > 0, "nobody came through");
    }
    Ok(())
}
