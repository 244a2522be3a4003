//! `cargo xtask simulate`: simulated terms, each from one seed; and the same with bugs that were planted, to see that they
//! are found.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{native, paths, process, say};

/// What can be chosen.
#[derive(clap::Args)]
pub struct Args {
    /// Replay one term and tell every step.
    #[arg(long, conflicts_with_all = ["seeds", "from", "mutants"])]
    seed: Option<u64>,
    /// Live through so many terms.
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// Beginning with this one.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Plant each bug of `crates/simulation/mutants/` in a copy of the sources, and count the seeds that find it; those
    /// alone whose name contains the text, where there is one.
    #[arg(long, num_args = 0..=1, default_missing_value = "")]
    mutants: Option<String>,
    /// Build as for a school: slower to build, several times as fast.
    #[arg(long)]
    optimised: bool,
}

/// Runs the terms.
///
/// # Errors
/// When one fails, or nothing can be built.
pub fn run(args: &Args) -> Result<()> {
    if let Some(name) = &args.mutants {
        return mutants(args, name);
    }
    let mut simulation = program(&paths::root(), args.optimised);
    if let Some(seed) = args.seed {
        return process::run(simulation.args(["--seed", &seed.to_string()]));
    }
    std::fs::create_dir_all(paths::scratch())?;
    let figures = paths::scratch().join("simulation.txt");
    let lived = process::run(seeds(&mut simulation, args).arg("--figures").arg(&figures));
    say::note(&format!("The figures are in {}.", figures.display()));
    lived
}

fn seeds<'a>(command: &'a mut Command, args: &Args) -> &'a mut Command {
    command.args([
        "--seeds",
        &args.seeds.to_string(),
        "--from",
        &args.from.to_string(),
    ])
}

/// The simulation of a source tree; its arguments follow. What is built lies in this checkout's folder either way, so that
/// dependencies are shared.
fn program(root: &Path, optimised: bool) -> Command {
    let mut cargo = process::cargo();
    cargo
        .current_dir(root)
        .args(["run", "--quiet", "--workspace", "--bin", "dika-simulation"])
        .args(native::FEATURES)
        .arg("--target-dir")
        .arg(paths::target());
    if optimised {
        cargo.args(["--profile", "server"]);
    }
    cargo.arg("--");
    cargo
}

fn mutants(args: &Args, name: &str) -> Result<()> {
    let folder = paths::root().join("crates/simulation/mutants");
    let mut patches: Vec<PathBuf> = std::fs::read_dir(&folder)
        .with_context(|| format!("{} can't be read", folder.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    patches.retain(|patch| {
        let stem = patch.file_stem().map(|stem| stem.to_string_lossy());
        stem.is_some_and(|stem| stem.contains(name))
    });
    patches.sort();
    if patches.is_empty() {
        bail!("no bug is called so");
    }
    let mut unseen = Vec::new();
    for patch in &patches {
        let bug = patch.file_stem().unwrap_or_default().to_string_lossy();
        let tree = copy_of_sources()?;
        process::run(
            process::command("git")
                .current_dir(&tree)
                .arg("apply")
                .arg(patch),
        )
        .with_context(|| format!("{bug} does not fit the sources any more"))?;
        let step = say::step(&format!("Planted: {bug}"));
        let (mut failed, mut checks) = (0_u64, String::new());
        let mut simulation = program(&tree, args.optimised);
        seeds(&mut simulation, args).args(["--failures", "18446744073709551615"]);
        process::run_watched(&mut simulation, |line| {
            // `3 of 2000 seeds failed page 2, decided 1`
            if let Some((seeds, found)) = line.split_once(" seeds failed") {
                let count = seeds.split(' ').next().map(str::parse);
                failed = count.and_then(Result::ok).unwrap_or(failed);
                checks = found.trim().to_owned();
            }
        })?;
        step.done();
        say::note(&format!(
            "{bug}: found by {failed} of {} seeds, first by these checks: {checks}",
            args.seeds
        ));
        if failed == 0 {
            unseen.push(bug.into_owned());
        }
    }
    if !unseen.is_empty() {
        bail!("not found: {}", unseen.join(", "));
    }
    Ok(())
}

/// A fresh copy of everything that git knows, as it is now. Unchanged files keep their times: cargo builds little anew.
fn copy_of_sources() -> Result<PathBuf> {
    let tree = paths::scratch().join("mutant");
    std::fs::create_dir_all(&tree)?;
    let listed = process::output(process::command("git").current_dir(paths::root()).args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    for file in listed.lines() {
        let (from, to) = (paths::root().join(file), tree.join(file));
        let Ok(wanted) = std::fs::read(&from) else {
            continue;
        };
        if std::fs::read(&to).is_ok_and(|there| there == wanted) {
            continue;
        }
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&to, wanted)
            .with_context(|| format!("{} can't be written", to.display()))?;
    }
    // A repository of its own, lest git takes the copy for a part of this one.
    process::run(
        process::command("git")
            .current_dir(&tree)
            .args(["init", "--quiet"]),
    )?;
    Ok(tree)
}
