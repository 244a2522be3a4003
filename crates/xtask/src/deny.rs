//! Licences, banned crates and sources of everything in Cargo.lock, by `deny.toml`.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{process, say, tools};

/// Checks without a network; known flaws, too, where a copy of RustSec's database is at hand.
///
/// # Errors
/// When something is not allowed: cargo-deny has said what, and by which way it came in.
pub fn run() -> Result<()> {
    let mut deny = process::command(tools::cargo_deny()?);
    deny.args([
        "--offline",
        "--locked",
        "--log-level",
        "error",
        "check",
        "licenses",
        "bans",
        "sources",
    ]);
    if has_advisories() {
        deny.arg("advisories");
    } else {
        say::note(
            "    without advisories: no copy of RustSec's database is here (cargo deny fetch)",
        );
    }
    process::run(&mut deny).context("see deny.toml")
}

fn has_advisories() -> bool {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    home.is_some_and(|home| {
        std::fs::read_dir(home.join("advisory-dbs")).is_ok_and(|mut found| found.next().is_some())
    })
}
