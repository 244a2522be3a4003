//! The standard library, compiled for size with the app (docs/decisions/0003-code-in-chunks.md). Cargo calls this unstable:
//! the toolchain is stable and pinned, and is told for the app's build alone that it may. Nothing else is compiled so.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{process, say};

/// Tells the cargo that this command calls to compile the standard library, too. Trunk.toml takes these variables away from
/// Trunk's hook.
pub fn compiled_too(command: &mut Command) -> &mut Command {
    command
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
        .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
}

/// Adds the library's sources to the toolchain, and downloads the crates that its own lock file names.
///
/// # Errors
/// When they are missing and can't be downloaded.
pub fn ensure() -> Result<()> {
    let sysroot = process::output(process::command("rustc").args(["--print", "sysroot"]))?;
    let lock = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/Cargo.lock");
    if !lock.is_file() {
        let step =
            say::step("Adding the standard library's sources to the Rust toolchain (about 3 MB)");
        process::output(process::command("rustup").args(["component", "add", "rust-src"]))
            .context(
                "the standard library's sources are missing and could not be added: \
             run `rustup component add rust-src` with a network",
            )?;
        step.done();
    }
    let fetch = || {
        let mut cargo = process::cargo();
        cargo.args(["fetch", "--locked", "--target", "wasm32-unknown-unknown"]);
        compiled_too(&mut cargo);
        cargo
    };
    if process::output(fetch().arg("--offline")).is_ok() {
        return Ok(());
    }
    let step = say::step("Downloading the crates of the standard library");
    process::output(&mut fetch()).context(
        "the crates of the standard library could not be downloaded: is there a network?",
    )?;
    step.done();
    Ok(())
}
