//! The last part of a release build, which Trunk calls as its `post_build` hook: `dika_ship` makes what ships of
//! the compiled app.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use dika_ship::programs::Programs;
use dika_ship::release;

use crate::{fingerprint, native, paths, process, say, tools};

/// Set by whoever calls Trunk with the native programs built already.
pub const PRERENDER_READY: &str = "DIKA_PRERENDER_READY";

/// Set by whoever calls Trunk: the fingerprint of the sources that it is called for.
pub const SOURCES: &str = "DIKA_SOURCES";

/// Trunk's `post_build` hook. A debug build stays as Trunk made it.
///
/// # Errors
/// When Trunk's variables are missing or a step fails.
pub fn as_trunk_hook() -> Result<()> {
    let staging =
        std::env::var_os("TRUNK_STAGING_DIR").context("only Trunk calls this: see Trunk.toml")?;
    if std::env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release") {
        let version = match std::env::var(SOURCES) {
            Ok(version) => version,
            // By hand, Trunk builds one module: not what `cargo xtask build` makes of the same sources.
            Err(_) => format!("{}-one-module", fingerprint::of_sources()?),
        };
        run(&paths::linked_wasm(), &version, &PathBuf::from(staging))?;
    }
    Ok(())
}

/// Makes the app that ships of the module `linked`, in place of what is in `staging`.
///
/// # Errors
/// When a tool can't be installed or a step fails.
pub fn run(linked: &Path, version: &str, staging: &Path) -> Result<()> {
    if std::env::var_os(PRERENDER_READY).is_none() {
        native::build(false)?;
    }
    release::build(
        &release::Sources {
            root: &paths::root(),
            linked,
            version,
        },
        &Programs {
            wasm_bindgen: &tools::bindgen()?,
            npm: &tools::npm_bin(),
            prerender: &paths::native_bin("dika-prerender"),
            run: in_checkout,
        },
        &paths::scratch().join("finish"),
        staging,
        |step| say::note(&format!("    {step}")),
    )
}

fn in_checkout(command: &mut Command) -> Result<String> {
    process::output(process::prepare(command))
}
