//! The native programs: server, prerenderer, simulator.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{paths, process, say};

/// What every native cargo command says about features. One answer everywhere: another one would
/// compile the same crates a second time.
pub const FEATURES: [&str; 3] = ["--locked", "--features", "dika/ssr"];

/// Builds all native programs with the dev profile.
///
/// With `for_tests`, as the tests do: test-only dependencies then take part in choosing the
/// features of shared ones, and sharing that choice saves a second build of them.
///
/// # Errors
/// When the compiler refuses.
pub fn build(for_tests: bool) -> Result<()> {
    let step =
        say::step("Building the native programs (4 to 8 minutes the first time, seconds later)");
    let mut build = process::cargo();
    build
        .args(["build", "--workspace", "--exclude", "xtask", "--bins"])
        .args(FEATURES);
    if for_tests {
        build.arg("--tests");
    }
    process::run(&mut build).context("the native programs don't compile")?;
    step.done();
    Ok(())
}

/// Builds programs of these packages with the profile that people deploy.
///
/// # Errors
/// When the compiler refuses.
pub fn build_as_deployed(packages: &[&str]) -> Result<()> {
    let step = say::step("Building what is measured (5 to 10 minutes the first time)");
    let mut build = process::cargo();
    build.args(["build", "--locked", "--profile", "server", "--bins"]);
    for package in packages {
        build.args(["-p", package]);
    }
    process::run(&mut build)?;
    step.done();
    Ok(())
}

/// A program that [`build_as_deployed`] has built.
pub fn deployed(name: &str) -> PathBuf {
    paths::target().join("server").join(name)
}

/// Cargo for the WASM target: the flags in `.cargo/config.toml` count only without these variables.
pub fn plain_flags(command: &mut Command) -> &mut Command {
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
    ] {
        command.env_remove(name);
    }
    command
}
