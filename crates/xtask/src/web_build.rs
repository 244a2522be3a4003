//! The built app: Trunk compiles it, its hook finishes it, and nothing is done twice.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use dika_ship::release::{VERSION_FILE, version_file};

use crate::{fingerprint, finish, native, paths, process, say, standard_library, tools};

/// The app's features.
const FEATURES: &str = "hydrate,split";

/// What the compiler leaves out of the app and its standard library: the places that panics name, and what `{:?}` writes
/// (docs/decisions/0003-code-in-chunks.md).
const FLAGS: [&str; 2] = ["-Zlocation-detail=none", "-Zfmt-debug=none"];

/// Builds the release app unless `dist/` already holds it. The native programs must be built.
/// Tells whether it built.
///
/// # Errors
/// When a tool can't be installed or the build fails.
pub fn ensure(force: bool, size: Size) -> Result<bool> {
    let _turn = wait_for_turn()?;
    let mut sources = fingerprint::of_sources()?;
    if size == Size::Small {
        sources += "-small";
    }
    let wanted = version_file(&sources);
    let found = std::fs::read_to_string(paths::dist().join(VERSION_FILE)).unwrap_or_default();
    if !force && found == wanted && paths::dist().join("index.html").is_file() {
        say::note("The built app is up to date.");
        return Ok(false);
    }
    let tools = tools::all()?;
    let step = say::step(
        "Building the app: compile, split, optimise, prerender, compress (3 to 6 minutes)",
    );
    // Not in place: whoever uses the old app goes on using it until the new one is whole.
    let fresh = paths::scratch().join("dist");
    make(&tools, size, &sources, &fresh)?;
    replace(&fresh, &paths::dist())?;
    step.done();
    Ok(true)
}

/// How hard the build tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// What ships.
    Usual,
    /// With panics that say nothing: `public/rescue.js` notices them all the same.
    Small,
}

/// Lets Trunk make the build, the standard library with it; its hook finishes it.
fn make(tools: &tools::Tools, size: Size, sources: &str, fresh: &Path) -> Result<()> {
    let mut trunk = process::command(tools.trunk.join("trunk"));
    trunk
        .args([
            "build",
            "--release",
            "--offline",
            "--locked",
            "--features",
            FEATURES,
            "--skip-version-check",
            "--dist",
        ])
        .arg(fresh)
        .env(finish::PRERENDER_READY, "1")
        // Taken before compiling: a source that changes meanwhile makes the next call build again.
        .env(finish::SOURCES, sources)
        // Trunk reads these as its own options and stumbles over the usual values.
        .env_remove("NO_COLOR")
        .env("TRUNK_COLOR", "never")
        .env("RUST_LOG", "error")
        .env_remove("RUST_BACKTRACE");
    native::plain_flags(&mut trunk);
    standard_library::compiled_too(&mut trunk);
    let mut flags = FLAGS.to_vec();
    if size == Size::Small {
        flags.extend(["-Zunstable-options", "-Cpanic=immediate-abort"]);
        trunk
            .env("CARGO_UNSTABLE_PANIC_IMMEDIATE_ABORT", "true")
            .env("CARGO_PROFILE_RELEASE_PANIC", "immediate-abort");
    }
    // Joined to those of .cargo/config.toml.
    trunk.env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
        flags.join(" "),
    );
    process::prepend_path(&mut trunk, &[&tools.bindgen, &tools::npm_bin()]);
    process::run(&mut trunk).context("the app could not be built")
}

/// Waits until nobody else builds this checkout's app; the returned file holds the turn while open.
fn wait_for_turn() -> Result<File> {
    std::fs::create_dir_all(paths::scratch())?;
    let file = File::create(paths::scratch().join("build.lock"))?;
    if file.try_lock().is_err() {
        say::note("Another build of the app is under way: waiting for it.");
        file.lock()?;
    }
    Ok(file)
}

/// Puts the folder `fresh` where `old` is.
fn replace(fresh: &Path, old: &Path) -> Result<()> {
    let aside = paths::scratch().join("dist.old");
    let _ = std::fs::remove_dir_all(&aside);
    if old.exists() {
        std::fs::rename(old, &aside).context("dist/ can't be replaced")?;
    }
    std::fs::rename(fresh, old).context("dist/ can't be put in place")?;
    let _ = std::fs::remove_dir_all(&aside);
    Ok(())
}
